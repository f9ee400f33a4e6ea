#include "cache/cache.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/pages.h"
#include "cache/cache_private.h"

#define EXPIRE_MAX 1000	/* pairs looked at by a call of cache_expire */
#define SEEK_MAX 1000	/* and of cache_seek */
/* Of an address: a line has room for them; what is beyond is left out. */
#define TAGS_MAX (ROUTE_MAX - 2048)

struct cache *
cache_new(uint64_t seed, const struct life *life, cache_route_fn *route, cache_gone_fn *gone)
{
	struct cache *c = mem_zero(1, sizeof(*c));

	c->seed = seed;
	c->tags.seed = c->rules.seed = seed;
	c->life = *life;
	c->route = route;
	c->gone = gone;
	c->epoch = 1;
	c->mend_to = NEVER;
	c->pairs_free = c->addresses_free = c->oldest = c->newest = NONE;
	return c;
}

void
cache_free(struct cache *c)
{
	evict_free(&c->evict);
	tally_free(&c->tag_counts);
	pages_free(c->addresses, c->addresses_cap, sizeof(*c->addresses));
	pages_free(c->pairs, c->pairs_cap, sizeof(*c->pairs));
	free(c->readers);
	free(c->touched);
	table_free(&c->by_addr);
	table_free(&c->by_pair);
	heap_free(&c->due);
	heap_free_places(&c->due_places);
	intern_free(&c->tags);
	intern_free(&c->rules);
	slab_free(&c->texts);
	free(c);
}

void
cache_set_guard(struct cache *c, const struct martians *guard)
{
	c->guard = guard;
}

void
cache_set_limits(struct cache *c, const struct cache_limits *limits)
{
	c->limits = *limits;
}

size_t
cache_pairs(const struct cache *c)
{
	return c->pairs_used;
}

size_t
cache_addresses(const struct cache *c)
{
	return c->addresses_used;
}

/* --- Texts --- */

/* A text that is absent is empty; none that is there can be. */
static struct str
view(const char *p, size_t n)
{
	return (struct str){ n > 0 ? p : NULL, n };
}

static struct str
name_of(const struct text *t)
{
	return view(t->bytes, t->name_n);
}

static struct str
rule_of(const struct cache *c, const struct text *t)
{
	return intern_text(&c->rules, t->rule);
}

static struct str
via_of(const struct text *t)
{
	return view(t->bytes + t->name_n, t->via_n);
}

static bool
says(const struct cache *c, const struct text *t, const struct answer *a)
{
	return str_eq(name_of(t), a->name) && str_eq(rule_of(c, t), a->rule) &&
	    str_eq(via_of(t), a->via) && str_eq(intern_text(&c->tags, t->tag), a->tag);
}

static char *
append_bytes(char *to, struct str s)
{
	return s.n > 0 ? (char *)memcpy(to, s.p, s.n) + s.n : to;
}

/* The texts of a line, for one more user. Most lines say what the one before said. */
static uint32_t
take_text(struct cache *c, const struct answer *a)
{
	size_t n = sizeof(struct text) + a->name.n + a->via.n;
	struct text *t;
	char *end;

	if (c->text != SLAB_NONE && says(c, cache_text(c, c->text), a)) {
		cache_text(c, c->text)->users++;
		return c->text;
	}
	c->text = slab_take(&c->texts, n);
	t = cache_text(c, c->text);
	*t = (struct text){ 1, intern_take(&c->tags, a->tag), intern_take(&c->rules, a->rule),
	    (uint16_t)a->name.n, (uint16_t)a->via.n };
	end = append_bytes(t->bytes, a->name);
	append_bytes(end, a->via);
	return c->text;
}

static void
drop_text(struct cache *c, uint32_t text)
{
	struct text *t = cache_text(c, text);

	if (--t->users > 0)
		return;
	intern_drop(&c->tags, t->tag);
	intern_drop(&c->rules, t->rule);
	slab_drop(&c->texts, text);
	if (c->text == text)
		c->text = SLAB_NONE;
}

static uint32_t
tag_of(const struct cache *c, const struct pair *p)
{
	return cache_text(c, p->text)->tag;
}

/* --- Addresses and pairs in their tables --- */

static uint64_t
hash_addr(const struct cache *c, const struct addr *a)
{
	return hash_bytes(c->seed, a->bytes, addr_size(a->family));
}

static uint32_t
hash_pair(const struct cache *c, uint64_t addr, struct str name)
{
	return (uint32_t)hash_bytes(c->seed ^ addr, name.p, name.n);
}

struct cache_key
cache_key(const struct cache *c, const struct answer *a)
{
	uint64_t address = hash_addr(c, &a->addr);

	return (struct cache_key){ address, hash_pair(c, address, a->name) };
}

static const void *
bytes_of(const struct cache *c, const struct address *a)
{
	return a->v6 ? slab_at(&c->texts, a->bytes) : &a->bytes;
}

static void
get_addr(const struct cache *c, const struct address *a, struct addr *addr)
{
	addr_from_bytes(addr, bytes_of(c, a), addr_size(a->v6 ? ADDR_V6 : ADDR_V4));
}

static bool
has_addr(const struct cache *c, const struct address *a, const struct addr *addr)
{
	return a->v6 == (addr->family == ADDR_V6) &&
	    memcmp(bytes_of(c, a), addr->bytes, addr_size(addr->family)) == 0;
}

static uint32_t
find_address(const struct cache *c, const struct addr *a, uint64_t hash)
{
	uint32_t i;

	for (size_t at = table_start(&c->by_addr, (uint32_t)hash);
	     (i = table_next(&c->by_addr, (uint32_t)hash, &at)) != NONE;)
		if (has_addr(c, &c->addresses[i], a))
			break;
	return i;
}

static uint32_t
find_pair(const struct cache *c, const struct addr *addr, struct str name, uint32_t hash)
{
	uint32_t i;

	for (size_t at = table_start(&c->by_pair, hash);
	     (i = table_next(&c->by_pair, hash, &at)) != NONE;) {
		const struct pair *p = &c->pairs[i];

		if (has_addr(c, &c->addresses[p->address], addr) &&
		    str_eq(name_of(cache_text(c, p->text)), name))
			break;
	}
	return i;
}

uint32_t
cache_find(const struct cache *c, const struct addr *addr, struct str name)
{
	return find_pair(c, addr, name, hash_pair(c, hash_addr(c, addr), name));
}

/* The first that has this hash: nearly always the one that is looked for. */
static uint32_t
likely(const struct table *t, uint32_t hash)
{
	size_t at = table_start(t, hash);

	return table_next(t, hash, &at);
}

static void
expect_text(const struct text *t)
{
	__builtin_prefetch(t);
	__builtin_prefetch((const char *)t + 64);
}

/* What a change of the pair's place in the order of change touches. */
static void
expect_neighbours(const struct cache *c, const struct pair *p)
{
	if (p->epoch == c->epoch)
		return;
	if (p->older != NONE)
		__builtin_prefetch(&c->pairs[p->older]);
	if (p->newer != NONE)
		__builtin_prefetch(&c->pairs[p->newer]);
}

/* Each step fetches for all lines what the one before has found, so that they wait side by side. */
void
cache_expect(const struct cache *c, const struct answer *lines, size_t n, struct cache_key *keys)
{
	uint32_t pair[CACHE_EXPECT_MAX];

	for (size_t i = 0; i < n; i++) {
		keys[i] = cache_key(c, &lines[i]);
		table_expect(&c->by_pair, keys[i].pair);
	}
	for (size_t i = 0; i < n; i++) {
		pair[i] = likely(&c->by_pair, keys[i].pair);
		if (pair[i] != NONE)
			__builtin_prefetch(&c->pairs[pair[i]]);
		else
			table_expect(&c->by_addr, (uint32_t)keys[i].address);
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t address = pair[i] != NONE ? c->pairs[pair[i]].address :
		    likely(&c->by_addr, (uint32_t)keys[i].address);

		if (address != NONE)
			__builtin_prefetch(&c->addresses[address]);
		if (pair[i] == NONE)
			continue;
		expect_text(cache_text(c, c->pairs[pair[i]].text));
		expect_neighbours(c, &c->pairs[pair[i]]);
	}
	for (size_t i = 0; i < n; i++)
		if (pair[i] != NONE)
			__builtin_prefetch(bytes_of(c, &c->addresses[c->pairs[pair[i]].address]));
}

void
cache_reserve(struct cache *c, size_t pairs)
{
	c->pairs = pages_reserve(c->pairs, pairs, &c->pairs_cap, sizeof(*c->pairs));
	c->addresses = pages_reserve(c->addresses, pairs, &c->addresses_cap,
	    sizeof(*c->addresses));
	table_reserve(&c->by_pair, pairs);
	table_reserve(&c->by_addr, pairs);
	heap_reserve(&c->due, &c->due_places, pairs);
}

static uint32_t
add_address(struct cache *c, const struct addr *a, uint64_t hash)
{
	uint32_t i = c->addresses_free;
	struct address *at;

	if (i != NONE) {
		c->addresses_free = c->addresses[i].pairs;
	} else {
		c->addresses = pages_grow(c->addresses, c->addresses_n, &c->addresses_cap,
		    sizeof(*c->addresses));
		i = (uint32_t)c->addresses_n++;
	}
	at = &c->addresses[i];
	*at = (struct address){ .pairs = NONE, .tags = TALLY_NONE,
	    .groups = TALLY_NONE, .v6 = a->family == ADDR_V6 };
	if (at->v6)
		at->bytes = slab_take(&c->texts, addr_size(a->family));
	memcpy(at->v6 ? slab_at(&c->texts, at->bytes) : &at->bytes, a->bytes, addr_size(a->family));
	table_add(&c->by_addr, (uint32_t)hash, i);
	return i;
}

/* One without pairs. */
static void
drop_address(struct cache *c, uint32_t i)
{
	struct address *a = &c->addresses[i];
	struct addr addr;

	get_addr(c, a, &addr);
	table_remove(&c->by_addr, (uint32_t)hash_addr(c, &addr), i);
	if (a->v6)
		slab_drop(&c->texts, a->bytes);
	*a = (struct address){ .pairs = c->addresses_free };
	c->addresses_free = i;
}

static uint32_t
free_pair_place(struct cache *c)
{
	uint32_t i = c->pairs_free;

	if (i != NONE) {
		c->pairs_free = c->pairs[i].address;
		return i;
	}
	c->pairs = pages_grow(c->pairs, c->pairs_n, &c->pairs_cap, sizeof(*c->pairs));
	return (uint32_t)c->pairs_n++;
}

/* --- The order of change --- */

static void
append(struct cache *c, uint32_t i)
{
	struct pair *p = &c->pairs[i];

	p->epoch = c->epoch;
	p->older = c->newest;
	p->newer = NONE;
	if (c->newest != NONE)
		c->pairs[c->newest].newer = i;
	else
		c->oldest = i;
	c->newest = i;
	for (size_t k = 0; k < c->readers_n; k++)
		if (c->readers[k]->next == NONE)
			c->readers[k]->next = i;
}

/*
 * Takes a pair out of the order; a reader that would have read it next goes on to the one behind
 * it.
 */
static void
take_out(struct cache *c, uint32_t i)
{
	struct pair *p = &c->pairs[i];

	for (size_t k = 0; k < c->readers_n; k++)
		if (c->readers[k]->next == i)
			c->readers[k]->next = p->newer;
	if (p->older != NONE)
		c->pairs[p->older].newer = p->newer;
	else
		c->oldest = p->newer;
	if (p->newer != NONE)
		c->pairs[p->newer].older = p->older;
	else
		c->newest = p->older;
}

static void
note_change(struct cache *c, uint32_t i)
{
	if (c->pairs[i].epoch == c->epoch)
		return;		/* no reader has come to it yet */
	take_out(c, i);
	append(c, i);
}

/* --- Tags of an address --- */

static void
mark_dirty(struct cache *c, uint32_t address)
{
	if (c->addresses[address].touched)
		return;
	c->addresses[address].touched = true;
	c->touched = mem_grow(c->touched, c->touched_n, &c->touched_cap, sizeof(*c->touched));
	c->touched[c->touched_n++] = address;
}

/* A pair has joined the address, before the others. */
static void
join_tag(struct cache *c, const struct pair *p)
{
	struct address *a = &c->addresses[p->address];
	uint32_t tag = tag_of(c, p), others = p->next != NONE ? tag_of(c, &c->pairs[p->next]) : tag;

	if (tally_join(&c->tag_counts, &a->tags, others, a->n - 1, tag))
		mark_dirty(c, p->address);
}

/* And one has left it. */
static void
leave_tag(struct cache *c, uint32_t address, uint32_t tag)
{
	struct address *a = &c->addresses[address];

	if (tally_leave(&c->tag_counts, &a->tags, a->n, tag))
		mark_dirty(c, address);
}

/* A pair of the address had the tag `before`. */
static void
change_tag(struct cache *c, const struct pair *p, uint32_t before)
{
	struct address *a = &c->addresses[p->address];
	uint32_t tag = tag_of(c, p);

	if (tag == before)
		return;
	if (tally_join(&c->tag_counts, &a->tags, before, a->n, tag))
		mark_dirty(c, p->address);
	leave_tag(c, p->address, before);
}

/* --- Routes --- */

static int
compare_texts(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static bool
is_one_tag(const struct cache *c, uint32_t tag)
{
	struct str text = intern_text(&c->tags, tag);

	return text.n <= TAGS_MAX && (text.n == 0 || memchr(text.p, ',', text.n) == NULL);
}

/* All tags of an address in one text: in order, each once. Interned, for one more user. */
static uint32_t
union_of_tags(struct cache *c, const struct address *a)
{
	static struct str tags[TAGS_MAX / 2];
	static struct buf text = BUF(TAGS_MAX);
	struct tally_value only = { tag_of(c, &c->pairs[a->pairs]), a->n };
	const struct tally one = { &only, 1, 1 };
	const struct tally *counts = a->tags != TALLY_NONE ? tally_at(&c->tag_counts, a->tags) :
	    &one;
	size_t n = 0;

	if (counts == &one && is_one_tag(c, only.value)) {
		intern_again(&c->tags, only.value);
		return only.value;
	}
	for (size_t i = 0; i < counts->n; i++) {
		struct str rest = intern_text(&c->tags, counts->of[i].value);

		while (n < TAGS_MAX / 2 && str_split(&rest, ',', &tags[n]))
			n++;
	}
	qsort(tags, n, sizeof(tags[0]), compare_texts);
	buf_cut(&text, 0);
	for (size_t i = 0; i < n; i++) {
		size_t mark = text.len;

		if (i > 0 && str_eq(tags[i], tags[i - 1]))
			continue;
		if (mark > 0)
			buf_byte(&text, ',');
		buf_str(&text, tags[i]);
		if (text.overflow) {
			buf_cut(&text, mark);
			break;
		}
	}
	return intern_take(&c->tags, text.len > 0 ? buf_view(&text) : (struct str){ NULL, 0 });
}

static void
get_route(const struct cache *c, const struct address *a, struct route *r)
{
	*r = (struct route){ .verb = ROUTE_WITHDRAW };
	get_addr(c, a, &r->prefix.addr);
	r->prefix.len = addr_bits(r->prefix.addr.family);
	if (a->announced) {
		r->verb = ROUTE_ANNOUNCE;
		r->tag = intern_text(&c->tags, a->told);
		r->name = name_of(cache_text(c, c->pairs[a->pairs].text));
	}
}

/* Tells the address's route if it is not what was told last; an address without pairs goes. */
static void
tell_route(struct cache *c, uint32_t i)
{
	struct address *a = &c->addresses[i];
	bool live = a->n > 0;
	uint32_t tags = live ? union_of_tags(c, a) : INTERN_ABSENT;
	bool same = a->announced == live && a->told == tags;
	struct route r;

	intern_drop(&c->tags, a->told);
	a->told = tags;
	a->announced = live;
	a->touched = false;
	if (!same) {
		get_route(c, a, &r);
		c->route(&r);
	}
	if (!live)
		drop_address(c, i);
}

/* After a load there are many: what is next but some is fetched from memory, step by step. */
static void
expect_touched(const struct cache *c, size_t i)
{
	const struct address *a;

	if (i + 16 < c->touched_n)
		__builtin_prefetch(&c->addresses[c->touched[i + 16]]);
	if (i + 12 < c->touched_n && (a = &c->addresses[c->touched[i + 12]])->n > 0) {
		__builtin_prefetch(&c->pairs[a->pairs]);
		__builtin_prefetch(bytes_of(c, a));
	}
	if (i + 8 < c->touched_n && (a = &c->addresses[c->touched[i + 8]])->n > 0)
		__builtin_prefetch(cache_text(c, c->pairs[a->pairs].text));
}

/* Tells each change of route that came of one event once, however many pairs it touched. */
static void
flush_routes(struct cache *c)
{
	for (size_t i = 0; i < c->touched_n; i++) {
		expect_touched(c, i);
		tell_route(c, c->touched[i]);
	}
	c->touched_n = 0;
}

void
cache_replay(struct cache *c)
{
	flush_routes(c);
}

/* --- Time --- */

/* When the pair is over. */
static int64_t
end_of(const struct cache *c, const struct pair *p)
{
	return clockstep_seen(&c->steps, p->last) + life_of(&c->life, p->ttl);
}

static bool
is_fixed(const struct cache *c)
{
	return c->life.fixed > 0;
}

static int64_t
due_of(const struct cache *c, const struct pair *p)
{
	return is_fixed(c) ? p->last : end_of(c, p);
}

/*
 * The heap may hold a pair under a time that has become later, never under one that has become
 * earlier.
 */
static void
advance_due(struct cache *c, uint32_t i, int64_t before)
{
	if (due_of(c, &c->pairs[i]) < before)
		heap_move(&c->due, &c->due_places, i, due_of(c, &c->pairs[i]));
}

static void
note_seen(struct cache *c, const struct pair *p)
{
	struct address *a = &c->addresses[p->address];

	if (cache_seconds(p->last) > a->seen)
		a->seen = cache_seconds(p->last);
	if (p->last > c->latest)
		c->latest = p->last;
}

static uint32_t
latest_of(const struct cache *c, const struct address *a)
{
	uint32_t latest = 0;

	for (uint32_t i = a->pairs; i != NONE; i = c->pairs[i].next)
		if (cache_seconds(c->pairs[i].last) > latest)
			latest = cache_seconds(c->pairs[i].last);
	return latest;
}

/*
 * The pair is dated earlier than before: the clock was set back, and it was in the future. While
 * dates are mended, all other pairs of the address are as early, or will be.
 */
static void
turn_back(struct cache *c, uint32_t i)
{
	const struct pair *p = &c->pairs[i];
	struct address *a = &c->addresses[p->address];

	if (p->last == c->mend_to)
		a->seen = cache_seconds(p->last);
	else
		a->seen = latest_of(c, a);
	evict_turn_back(c, i);
}

/* Sets when a pair was seen, and its TTL. */
static void
set_seen(struct cache *c, uint32_t i, int64_t last, uint32_t ttl)
{
	struct pair *p = &c->pairs[i];
	int64_t due = due_of(c, p), before = p->last;

	p->last = last;
	p->ttl = ttl;
	advance_due(c, i, due);
	if (last < before)
		turn_back(c, i);
	note_seen(c, p);
}

void
cache_clock(struct cache *c, int64_t wall, int64_t mono)
{
	int64_t longest = is_fixed(c) ? c->life.fixed : c->life.cap;

	clockstep_watch(&c->steps, wall, mono);
	clockstep_forget(&c->steps, wall - longest);
	if (c->latest <= wall + CACHE_AHEAD)
		return;
	c->latest = wall;
	c->mend_at = 0;
	c->mend_to = wall;
}

/* --- Merging --- */

static int64_t
ttl_end(int64_t time, uint32_t ttl)
{
	return time / SECOND + ttl;
}

/* Whose tag, rule and via are the greater, of two lines with the same TIME. */
static int
compare_said(const struct cache *c, const struct answer *a, const struct text *t)
{
	int d = str_cmp(a->tag, intern_text(&c->tags, t->tag));

	if (d == 0)
		d = str_cmp(a->rule, rule_of(c, t));
	if (d == 0)
		d = str_cmp(a->via, via_of(t));
	return d;
}

/* The text of a line about a pair, or of the pair as it is; for one more user. */
static uint32_t
text_for(struct cache *c, const struct pair *p, const struct answer *a)
{
	if (a != NULL && !says(c, cache_text(c, p->text), a))
		return take_text(c, a);
	cache_text(c, p->text)->users++;
	return p->text;
}

/*
 * Gives a pair the tag, rule and via of a line about it, or, where there is none, leaves them as
 * they are; and sets whether it counts as imported.
 */
static void
restate(struct cache *c, uint32_t i, const struct answer *a, bool imported)
{
	struct pair *p = &c->pairs[i];
	uint32_t old = p->text, tag = tag_of(c, p), group = evict_group_of(c, i),
	    owner = evict_owner(c, p->address);

	p->text = text_for(c, p, a);
	p->imported = imported;
	change_tag(c, p, tag);
	evict_regroup(c, i, group, owner);
	drop_text(c, old);
}

static int64_t
first_of(const struct answer *a)
{
	return a->first >= 0 && a->first < a->time ? a->first : a->time;
}

/* Puts a pair at the beginning of its address's. */
static void
link_pair(struct cache *c, uint32_t i)
{
	struct pair *p = &c->pairs[i];
	struct address *a = &c->addresses[p->address];

	p->next = a->pairs;
	p->prev = i;
	if (a->pairs != NONE) {
		p->prev = c->pairs[a->pairs].prev;
		c->pairs[a->pairs].prev = i;
	}
	a->pairs = i;
	a->n++;
}

static void
unlink_pair(struct cache *c, uint32_t i)
{
	struct pair *p = &c->pairs[i];
	struct address *a = &c->addresses[p->address];

	if (a->pairs == i)
		a->pairs = p->next;
	else
		c->pairs[p->prev].next = p->next;
	if (p->next != NONE)
		c->pairs[p->next].prev = p->prev;
	else if (a->pairs != NONE)
		c->pairs[a->pairs].prev = p->prev;
	a->n--;
}

void
cache_turn_pairs(struct cache *c, uint32_t address)
{
	uint32_t last = c->pairs[c->addresses[address].pairs].prev;

	unlink_pair(c, last);
	link_pair(c, last);
}

static uint32_t
add_pair(struct cache *c, uint32_t address, uint32_t hash, const struct answer *a)
{
	uint32_t i = free_pair_place(c), owner = evict_owner(c, address);
	struct pair *p = &c->pairs[i];

	*p = (struct pair){ .address = address, .text = take_text(c, a), .ttl = a->ttl,
	    .imported = a->imported, .last = a->time, .first = first_of(a) };
	link_pair(c, i);
	c->addresses_used += p->next == NONE;
	note_seen(c, p);
	join_tag(c, p);
	evict_join(c, i, owner);
	heap_add(&c->due, &c->due_places, i, due_of(c, p));
	table_add(&c->by_pair, hash, i);
	append(c, i);
	c->pairs_used++;
	return i;
}

/* A pair that is dated in the future, since the clock was set back, lives from now on. */
static void
mend_date(struct cache *c, uint32_t i, int64_t now)
{
	if (c->pairs[i].first > now)
		c->pairs[i].first = now;
	set_seen(c, i, now, c->pairs[i].ttl);
	note_change(c, i);
}

static enum cache_result
merge_into(struct cache *c, uint32_t i, const struct answer *a, int64_t now)
{
	struct pair *p = &c->pairs[i];
	int64_t first = first_of(a) < p->first ? first_of(a) : p->first;
	bool future = p->last > now + CACHE_AHEAD;	/* the clock was set back */
	int64_t last = future || a->time > p->last ? a->time : p->last;
	int64_t furthest = future ? 0 : ttl_end(p->last, p->ttl);
	uint32_t ttl;
	bool imported = p->imported && a->imported;
	bool newer = future || a->time > p->last ||
	    (a->time == p->last && compare_said(c, a, cache_text(c, p->text)) > 0);

	if (ttl_end(a->time, a->ttl) > furthest)
		furthest = ttl_end(a->time, a->ttl);
	ttl = (uint32_t)(furthest - last / SECOND);
	if (!newer && first == p->first && ttl == p->ttl && imported == p->imported)
		return CACHE_SAME;
	restate(c, i, newer ? a : NULL, imported);
	p->first = first;
	set_seen(c, i, last, ttl);
	return CACHE_MERGED;
}

/* --- Removing --- */

void
cache_remove_pair(struct cache *c, uint32_t i, enum cache_end why)
{
	struct pair *p = &c->pairs[i];
	uint32_t address = p->address, tag = tag_of(c, p), group = evict_group_of(c, i),
	    owner = evict_owner(c, address);
	struct answer a;

	cache_get(c, i, &a);
	c->gone(&a, p->place, why);
	table_remove(&c->by_pair, cache_key(c, &a).pair, i);
	heap_remove(&c->due, &c->due_places, i);
	take_out(c, i);
	unlink_pair(c, i);
	if (c->addresses[address].n == 0) {
		c->addresses_used--;
		c->addresses[address].seen = 0;
	}
	leave_tag(c, address, tag);
	evict_leave(c, i, group, owner);
	drop_text(c, p->text);
	*p = (struct pair){ .address = c->pairs_free };
	c->pairs_free = i;
	c->pairs_used--;
}

void
cache_remove(struct cache *c, uint32_t pair)
{
	cache_remove_pair(c, pair, CACHE_REMOVED);
	flush_routes(c);
}

static bool
make_room(struct cache *c, uint32_t address, const struct answer *a)
{
	uint32_t rule = intern_take(&c->rules, a->rule);
	bool made = evict_make_room(c, address, evict_group_number(rule, a->imported), a->time);

	intern_drop(&c->rules, rule);
	return made;
}

/* Adds the pair *i for a line, where there is none. While the cache is loaded, limits wait. */
static enum cache_result
make_pair(struct cache *c, const struct answer *a, struct cache_key key, bool loading,
    uint32_t *i)
{
	uint32_t address = find_address(c, &a->addr, key.address);

	if (address == NONE && c->guard != NULL && martians_denies(c->guard, &a->addr))
		return CACHE_DENIED;
	if (!loading && !make_room(c, address, a))
		return CACHE_FULL;
	if (address == NONE)
		address = add_address(c, &a->addr, key.address);
	*i = add_pair(c, address, key.pair, a);
	return CACHE_NEW;
}

enum cache_result
cache_merge(struct cache *c, const struct answer *a, struct cache_key key, int64_t now)
{
	enum cache_result result;
	uint32_t i;

	if (a->time > now + CACHE_AHEAD)
		return CACHE_AHEAD_OF_CLOCK;
	if (clockstep_seen(&c->steps, a->time) + life_of(&c->life, a->ttl) <= now)
		return CACHE_DEAD;
	i = find_pair(c, &a->addr, a->name, key.pair);
	/* An old line of a peer would date what was seen here before now, and so end it. */
	if (i != NONE && a->imported && !c->pairs[i].imported &&
	    c->pairs[i].last > now + CACHE_AHEAD)
		mend_date(c, i, now);
	result = i != NONE ? merge_into(c, i, a, now) : make_pair(c, a, key, false, &i);
	if (result == CACHE_MERGED)
		note_change(c, i);
	flush_routes(c);
	return result;
}

uint32_t
cache_load(struct cache *c, const struct answer *a, struct cache_key key, uint32_t place,
    uint32_t *before)
{
	uint32_t i = find_pair(c, &a->addr, a->name, key.pair);

	*before = 0;
	if (i == NONE) {
		if (make_pair(c, a, key, true, &i) != CACHE_NEW)
			return NONE;
	} else {
		*before = c->pairs[i].place;
		restate(c, i, a, a->imported);
		c->pairs[i].first = first_of(a);
		set_seen(c, i, a->time, a->ttl);
		note_change(c, i);
	}
	c->pairs[i].place = place;
	return i;
}

void
cache_unload(struct cache *c, uint32_t pair)
{
	cache_remove_pair(c, pair, CACHE_REMOVED);
}

bool
cache_retag(struct cache *c, const struct answer *a)
{
	uint32_t i = cache_find(c, &a->addr, a->name);
	struct answer now;

	if (i == NONE)
		return false;
	cache_get(c, i, &now);
	if (str_eq(a->tag, now.tag) && str_eq(a->rule, now.rule))
		return true;
	now.tag = a->tag;
	now.rule = a->rule;
	note_change(c, i);
	restate(c, i, &now, now.imported);
	flush_routes(c);
	return true;
}

/* --- Expiry --- */

static void
clamp_future_times(struct cache *c)
{
	for (int n = 0; n < EXPIRE_MAX && c->mend_to != NEVER; n++) {
		uint32_t i = (uint32_t)c->mend_at++;

		if (i >= c->pairs_n) {
			c->mend_to = NEVER;
			break;
		}
		if (!cache_is_pair(c, i) || c->pairs[i].last <= c->mend_to)
			continue;
		mend_date(c, i, c->mend_to);
	}
}

/* When the pair that is due first is. */
static int64_t
next_due(const struct cache *c)
{
	int64_t next = heap_next(&c->due);

	return next == NEVER || !is_fixed(c) ? next
					     : clockstep_seen(&c->steps, next) + c->life.fixed;
}

/* Looks at the pair that is due first: removes it, unless it was seen again. */
static void
expire_first(struct cache *c, int64_t now)
{
	uint32_t i = heap_first(&c->due);

	if (end_of(c, &c->pairs[i]) <= now)
		cache_remove_pair(c, i, CACHE_EXPIRED);
	else
		heap_move(&c->due, &c->due_places, i, due_of(c, &c->pairs[i]));
}

bool
cache_expire(struct cache *c, int64_t now)
{
	clamp_future_times(c);
	for (int n = 0; n < EXPIRE_MAX && next_due(c) <= now; n++)
		expire_first(c, now);
	flush_routes(c);
	return next_due(c) <= now;
}

void
cache_end_load(struct cache *c, int64_t now)
{
	while (next_due(c) <= now)
		expire_first(c, now);
	evict_trim(c);
}

int64_t
cache_next_expiry(const struct cache *c)
{
	return c->mend_to != NEVER ? 0 : next_due(c);
}

/* --- What others read --- */

uint32_t
cache_top(const struct cache *c)
{
	return (uint32_t)c->pairs_n;
}

bool
cache_is_pair(const struct cache *c, uint32_t number)
{
	return c->pairs[number].text != SLAB_NONE;
}

void
cache_get(const struct cache *c, uint32_t pair, struct answer *a)
{
	const struct pair *p = &c->pairs[pair];
	const struct text *t = cache_text(c, p->text);

	a->time = p->last;
	get_addr(c, &c->addresses[p->address], &a->addr);
	a->ttl = p->ttl;
	a->name = name_of(t);
	a->via = via_of(t);
	a->tag = intern_text(&c->tags, t->tag);
	a->rule = rule_of(c, t);
	a->first = p->first;
	a->imported = p->imported;
	/*
	 * Each by itself, here and elsewhere: the processor waits long for a whole that was just
	 * written in parts.
	 */
	a->address = (struct str){ NULL, 0 };
	a->keys = (struct str){ NULL, 0 };
	a->client = (struct str){ NULL, 0 };
}

uint32_t
cache_place(const struct cache *c, uint32_t pair)
{
	return c->pairs[pair].place;
}

void
cache_set_place(struct cache *c, uint32_t pair, uint32_t place)
{
	c->pairs[pair].place = place;
}

void
cache_attach(struct cache *c, struct cache_reader *r, uint64_t since)
{
	uint32_t at = c->newest;

	c->readers = mem_grow(c->readers, c->readers_n, &c->readers_cap, sizeof(*c->readers));
	c->readers[c->readers_n++] = r;
	r->next = NONE;
	if (since == 0)
		r->next = c->oldest;
	for (; since > 0 && at != NONE && c->pairs[at].epoch > since; at = c->pairs[at].older)
		r->next = at;
}

void
cache_detach(struct cache *c, struct cache_reader *r)
{
	for (size_t k = 0; k < c->readers_n; k++) {
		if (c->readers[k] == r) {
			c->readers[k] = c->readers[--c->readers_n];
			break;
		}
	}
}

bool
cache_seek(const struct cache *c, struct cache_reader *r, uint64_t since)
{
	for (size_t n = 0; n < SEEK_MAX; n++) {
		uint32_t before = r->next != NONE ? c->pairs[r->next].older : c->newest;

		if (before == NONE || c->pairs[before].epoch <= since)
			return true;
		r->next = before;
	}
	return false;
}

bool
cache_read(struct cache *c, struct cache_reader *r, struct answer *a, uint32_t *pair)
{
	uint32_t i = r->next;

	if (i == NONE)
		return false;
	if (c->pairs[i].epoch == c->epoch)
		/* From now on a change moves it, so that the reader comes to it again. */
		c->epoch++;
	r->next = c->pairs[i].newer;
	cache_get(c, i, a);
	*pair = i;
	return true;
}

bool
cache_is_unread(const struct cache *c, const struct cache_reader *r, uint32_t pair)
{
	return r->next != NONE && c->pairs[pair].epoch >= c->pairs[r->next].epoch;
}

uint64_t
cache_epoch_of(const struct cache *c, uint32_t pair)
{
	return c->pairs[pair].epoch;
}

uint64_t
cache_serial(struct cache *c)
{
	return c->epoch++;
}
