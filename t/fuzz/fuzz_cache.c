/*
 * Compares the cache with a table that is searched linearly: pairs, routes and changes for readers
 * are the same, for any sequence of lines, loads, expiry, limits, retagging and steps of the clock.
 */
#include "base/clock.h"
#include "cache/cache.h"
#include "cache/clockstep.h"
#include "fuzz.h"

#define ADDRESSES 4
#define NAMES 4
#define PAIRS (ADDRESSES * NAMES)
#define READERS 3
#define START (1000 * SECOND)

/* --- The reference --- */

struct naive {
	bool there, pending[READERS];	/* pending: the reader has not read the last change */
	bool imported;
	int64_t last, first;
	uint32_t ttl, place;
	int tag, rule;		/* indexes of the texts below; 0: absent */
};

static struct naive pairs[PAIRS];
static const char *announced[ADDRESSES];	/* the reported tags; NULL: withdrawn */
static struct cache *cache;
static struct life life;
static struct cache_limits limits;
static struct cache_reader readers[READERS];
static struct clockstep steps;
static int64_t wall, mono, latest;
static bool mending;
static int64_t mend_to;
/* The line that is being merged, which may evict other pairs; NULL at the end of a load. */
static const struct answer *newcomer;
/* Pairs may exist after the end of their life, because the clock was set back. */
static bool late;

static const struct str tags[] = { { NULL, 0 }, STR("p"), STR("q"), STR("q,p") };
static const char *const unions[] = { "", "p", "q", "p,q" };
#define RULES 3
static const struct str rules[RULES] = { { NULL, 0 }, STR("x"), STR("y") };
static const struct str names[NAMES] = { STR("a"), STR("b.x"), STR("c"),
    STR("a.name.that.is.longer.than.the.others") };

static struct addr
addr_at(int i)
{
	struct addr a = { .family = i < 2 ? ADDR_V4 : ADDR_V6, .bytes = { 11, 1, 1, (uint8_t)i } };

	return a;
}

static int
address_of(const struct addr *a)
{
	for (int i = 0; i < ADDRESSES; i++) {
		struct addr is = addr_at(i);

		if (addr_eq(a, &is))
			return i;
	}
	abort();
}

static int
pair_of(const struct answer *a)
{
	for (int i = 0; i < NAMES; i++)
		if (str_eq(a->name, names[i]))
			return address_of(&a->addr) * NAMES + i;
	abort();
}

static int64_t
end_of(const struct naive *n)
{
	return clockstep_seen(&steps, n->last) + life_of(&life, n->ttl);
}

static void
changed(struct naive *n)
{
	for (int r = 0; r < READERS; r++)
		n->pending[r] = true;
}

static void
seen(struct naive *n)
{
	changed(n);
	if (n->last > latest)
		latest = n->last;
}

/* --- Reports of the cache --- */

static void
note_route(const struct route *r)
{
	int i = address_of(&r->prefix.addr);

	if (r->verb == ROUTE_WITHDRAW) {
		FUZZ_ASSERT(announced[i] != NULL);
		announced[i] = NULL;
		return;
	}
	for (size_t u = 0; u < sizeof(unions) / sizeof(unions[0]); u++) {
		if (!str_eq(r->tag, str_of(unions[u])))
			continue;
		FUZZ_ASSERT(announced[i] != unions[u]);
		announced[i] = unions[u];
		return;
	}
	abort();
}

/* Whether the pair exists and is in this group (evict.c). */
static bool
is_of_group(const struct naive *n, int rule, bool imported)
{
	return n->there && n->rule == rule && n->imported == imported;
}

static int
size_of(int rule, bool imported)
{
	int size = 0;

	for (int i = 0; i < PAIRS; i++)
		size += is_of_group(&pairs[i], rule, imported);
	return size;
}

/* The index of the newcomer's rule; RULES if there is no newcomer. */
static int
newcomer_rule(void)
{
	int rule = 0;

	while (newcomer != NULL && !str_eq(rules[rule], newcomer->rule))
		rule++;
	return newcomer != NULL ? rule : RULES;
}

/* Whether this pair is the first to be evicted at a limit of pairs. */
static bool
is_first_to_lose(const struct naive *gone)
{
	int rule = newcomer_rule(), size = size_of(gone->rule, gone->imported), most = 0;
	bool same = newcomer != NULL && newcomer->imported == gone->imported;
	int own = same ? size_of(rule, gone->imported) + 1 : 0;

	for (int i = 0; i < PAIRS; i++) {
		const struct naive *n = &pairs[i];

		if (n->there && n->imported && !gone->imported)
			return false;
		if (is_of_group(n, gone->rule, gone->imported) && n->last < gone->last)
			return false;
		if (n->there && n->imported == gone->imported && size_of(n->rule,
		    n->imported) > most)
			most = size_of(n->rule, n->imported);
	}
	if (same && own > most)
		return gone->rule == rule && gone->last <= newcomer->time;
	return size == most && (!same || own < most || gone->last <= newcomer->time);
}

/* With a limit of addresses or names, checks only that imports evict only imported pairs. */
static bool
may_be_evicted(const struct naive *gone)
{
	if (newcomer != NULL && newcomer->imported && !gone->imported)
		return false;
	if (limits.pairs > 0 && limits.addresses == 0 && limits.names == 0)
		return is_first_to_lose(gone);
	return limits.pairs + limits.addresses + limits.names > 0;
}

static void
check_removal(const struct answer *a, uint32_t place, enum cache_end why)
{
	struct naive *n = &pairs[pair_of(a)];

	FUZZ_ASSERT(n->there && n->place == place);
	if (why == CACHE_EXPIRED)
		FUZZ_ASSERT(end_of(n) <= wall);
	if (why == CACHE_EVICTED)
		FUZZ_ASSERT(may_be_evicted(n));
	n->there = false;
	memset(n->pending, 0, sizeof(n->pending));
}

/* --- Operations --- */

static int
reach(int64_t time, uint32_t ttl)
{
	return (int)(time / SECOND + ttl);
}

static int
compare_said(const struct answer *a, const struct naive *n)
{
	int d = str_cmp(a->tag, tags[n->tag]);

	return d != 0 ? d : str_cmp(a->rule, rules[n->rule]);
}

static int
text_of(const struct str *texts, struct str text)
{
	int i = 0;

	while (!str_eq(texts[i], text))
		i++;
	return i;
}

static void
take_texts(struct naive *n, const struct answer *a)
{
	n->tag = text_of(tags, a->tag);
	n->rule = text_of(rules, a->rule);
}

/* Replaces the times of a pair that are in the future by `now`. */
static void
mend(struct naive *n, int64_t now)
{
	n->last = now;
	if (n->first > now)
		n->first = now;
	seen(n);
}

static enum cache_result
naive_merge(struct naive *n, const struct answer *a)
{
	struct naive before;
	bool future, newer;
	int furthest;

	if (a->imported && !n->imported && n->last > wall + CACHE_AHEAD)
		mend(n, wall);
	before = *n;
	future = n->last > wall + CACHE_AHEAD;
	furthest = future ? 0 : reach(n->last, n->ttl);
	newer = future || a->time > n->last || (a->time == n->last && compare_said(a, n) > 0);
	if (a->time > n->last || future)
		n->last = a->time;
	if (reach(a->time, a->ttl) > furthest)
		furthest = reach(a->time, a->ttl);
	n->ttl = (uint32_t)(furthest - n->last / SECOND);
	if (a->first < n->first)
		n->first = a->first;
	if (newer)
		take_texts(n, a);
	n->imported &= a->imported;
	if (!newer && n->first == before.first && n->ttl == before.ttl &&
	    n->imported == before.imported)
		return CACHE_SAME;
	seen(n);
	return CACHE_MERGED;
}

static void
add_reference(struct naive *n, const struct answer *a, uint32_t place)
{
	*n = (struct naive){ .there = true, .last = a->time, .first = a->first, .ttl = a->ttl,
	    .place = place, .imported = a->imported };
	take_texts(n, a);
	seen(n);
}

static void
merge_line(const struct answer *a)
{
	struct naive *n = &pairs[pair_of(a)];
	enum cache_result expected = n->there ? CACHE_SAME : CACHE_NEW, got;

	if (a->time > wall + CACHE_AHEAD)
		expected = CACHE_AHEAD_OF_CLOCK;
	else if (clockstep_seen(&steps, a->time) + life_of(&life, a->ttl) <= wall)
		expected = CACHE_DEAD;
	else if (n->there)
		expected = naive_merge(n, a);
	newcomer = a;
	got = cache_merge(cache, a, cache_key(cache, a), wall);
	newcomer = NULL;
	if (expected == CACHE_NEW && got == CACHE_FULL)
		FUZZ_ASSERT(limits.pairs + limits.addresses + limits.names > 0);
	else
		FUZZ_ASSERT(got == expected);
	if (got == CACHE_NEW)
		add_reference(n, a, 0);
}

static void
load(const struct answer *a, uint32_t place)
{
	struct naive *n = &pairs[pair_of(a)];
	bool there = n->there;
	uint32_t before, i;

	if (there) {
		uint32_t was = n->place;

		n->last = a->time;
		n->first = a->first;
		n->ttl = a->ttl;
		n->place = place;
		n->imported = a->imported;
		take_texts(n, a);
		seen(n);
		FUZZ_ASSERT(cache_load(cache, a, cache_key(cache, a), place,
		    &before) != CACHE_NONE && before == was);
		return;
	}
	i = cache_load(cache, a, cache_key(cache, a), place, &before);
	FUZZ_ASSERT(before == 0 && i != CACHE_NONE);
	add_reference(n, a, place);
}

static void
retag(const struct answer *a)
{
	struct naive *n = &pairs[pair_of(a)];

	FUZZ_ASSERT(cache_retag(cache, a) == n->there);
	if (!n->there || (str_eq(a->tag, tags[n->tag]) && str_eq(a->rule, rules[n->rule])))
		return;
	take_texts(n, a);
	changed(n);
}

static void
tell_clock(void)
{
	clockstep_watch(&steps, wall, mono);
	clockstep_forget(&steps, wall - (life.fixed > 0 ? life.fixed : life.cap));
	cache_clock(cache, wall, mono);
	if (latest <= wall + CACHE_AHEAD)
		return;
	latest = mend_to = wall;
	mending = true;
}

static void
expire(void)
{
	for (int i = 0; mending && i < PAIRS; i++) {
		struct naive *n = &pairs[i];

		if (!n->there || n->last <= mend_to)
			continue;
		mend(n, mend_to);
	}
	mending = false;
	while (cache_expire(cache, wall))
		;
	for (int i = 0; i < PAIRS; i++)
		FUZZ_ASSERT(!pairs[i].there || late || end_of(&pairs[i]) > wall);
}

static void
read_some(int r, int most)
{
	struct answer a;
	uint32_t pair;

	for (int n = 0; n < most; n++) {
		if (!cache_read(cache, &readers[r], &a, &pair)) {
			for (int i = 0; i < PAIRS; i++)
				FUZZ_ASSERT(!pairs[i].there || !pairs[i].pending[r]);
			return;
		}
		FUZZ_ASSERT(pairs[pair_of(&a)].pending[r]);
		pairs[pair_of(&a)].pending[r] = false;
	}
}

static void
read_anew(int r, bool all)
{
	cache_detach(cache, &readers[r]);
	cache_attach(cache, &readers[r], all ? 0 : cache_serial(cache));
	for (int i = 0; i < PAIRS; i++)
		pairs[i].pending[r] = all;
}

/* --- Comparison --- */

static void
check_pair(int i)
{
	const struct naive *n = &pairs[i];
	struct addr addr = addr_at(i / NAMES);
	uint32_t pair = cache_find(cache, &addr, names[i % NAMES]);
	struct answer a;

	FUZZ_ASSERT((pair != CACHE_NONE) == n->there);
	if (!n->there)
		return;
	cache_get(cache, pair, &a);
	FUZZ_ASSERT(a.imported == n->imported);
	FUZZ_ASSERT(a.time == n->last && a.first == n->first && a.ttl == n->ttl &&
	    cache_place(cache, pair) == n->place);
	FUZZ_ASSERT(str_eq(a.tag, tags[n->tag]) && str_eq(a.rule, rules[n->rule]) && a.via.n == 0);
	FUZZ_ASSERT(late || cache_next_expiry(cache) <= wall ||
	    cache_next_expiry(cache) <= end_of(n));
}

static void
check_all(void)
{
	size_t there = 0, addresses = 0;

	for (int at = 0; at < ADDRESSES; at++) {
		unsigned has = 0, here = 0;

		for (int i = at * NAMES; i < (at + 1) * NAMES; i++) {
			check_pair(i);
			here += pairs[i].there;
			has |= pairs[i].there ? (unsigned)pairs[i].tag : 0;
		}
		FUZZ_ASSERT(announced[at] == (here > 0 ? unions[has] : NULL));
		FUZZ_ASSERT(limits.names == 0 || here <= limits.names);
		there += here;
		addresses += here > 0;
	}
	FUZZ_ASSERT(cache_pairs(cache) == there && cache_addresses(cache) == addresses);
	FUZZ_ASSERT(limits.pairs == 0 || there <= limits.pairs);
	FUZZ_ASSERT(limits.addresses == 0 || addresses <= limits.addresses);
}

static struct answer
make_answer(const uint8_t op[4])
{
	int64_t time = wall + (op[2] % 128 - 96) * 2 * SECOND;

	return (struct answer){
		.addr = addr_at(op[1] % ADDRESSES), .name = names[op[1] / ADDRESSES % NAMES],
		.time = time > 0 ? time : 0, .ttl = op[3] % 64U * 4, .tag = tags[op[3] / 64],
		.rule = rules[op[1] / 16 % 3], .imported = op[0] / 16 % 2 == 1,
	};
}

static void
operate(const uint8_t op[4])
{
	struct answer a = make_answer(op);
	int64_t span = (op[1] + 256 * op[2]) * SECOND / 64;
	struct cache_key expected, key = cache_key(cache, &a);

	cache_expect(cache, &a, 1, &expected);
	FUZZ_ASSERT(expected.address == key.address && expected.pair == key.pair);
	a.first = op[2] & 128 ? a.time - a.time % (50 * SECOND) : a.time;
	switch (op[0] % 16) {
	default:
		merge_line(&a);
		break;
	case 6:
		load(&a, op[0]);
		cache_end_load(cache, wall);
		cache_replay(cache);
		break;
	case 7:
		retag(&a);
		break;
	case 8: {
		uint32_t pair = cache_find(cache, &a.addr, a.name);

		if (pair != CACHE_NONE)
			cache_remove(cache, pair);
		break;
	}
	case 9:
	case 10:
		wall += span;
		mono += span;
		tell_clock();
		expire();
		break;
	case 11:	/* set the clock */
		late |= life.fixed == 0 && (op[3] & 1) == 0;
		wall = op[3] & 1 ? wall + span : span < wall - SECOND ? wall - span : SECOND;
		tell_clock();
		break;
	case 12:
	case 13:
		read_some(op[1] % READERS, op[2] % 8);
		break;
	case 14:
		read_anew(op[1] % READERS, op[2] & 1);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct life lives[] = {
		{ .fixed = 100 * SECOND },
		{ .floor = 20 * SECOND, .grace = 5 * SECOND, .factor = 2, .cap = 200 * SECOND },
	};

	if (n < 4)
		return 0;
	memset(pairs, 0, sizeof(pairs));
	memset(announced, 0, sizeof(announced));
	memset(&steps, 0, sizeof(steps));
	wall = START;
	mono = latest = 0;
	mending = late = false;
	life = lives[data[0] % 2];
	limits = (struct cache_limits){ .pairs = data[1] % 12, .addresses = data[2] % 4,
	    .names = data[3] % 4 };
	cache = cache_new(data[0], &life, note_route, check_removal);
	cache_set_limits(cache, &limits);
	for (int r = 0; r < READERS; r++)
		cache_attach(cache, &readers[r], 0);
	tell_clock();
	for (size_t i = 4; i + 4 <= n; i += 4) {
		operate(data + i);
		check_all();
	}
	for (int r = 0; r < READERS; r++)
		read_some(r, PAIRS + 1);
	cache_free(cache);
	return 0;
}
