#include "cache.h"

#include <stdlib.h>

#include "clock.h"
#include "expiry.h"
#include "hash.h"
#include "intern.h"
#include "mem.h"
#include "slab.h"
#include "steps.h"

#define NONE TABLE_NONE
#define EXPIRE_MAX 1000	/* pairs looked at by a call of cache_expire */
#define SEEK_MAX 1000	/* and of cache_seek */
#define EVICT_LOOK 1000	/* pairs, or addresses, looked at for the longest unseen */
#define NAMES_LOOK 64	/* pairs of an address */
/* Of an address: a line has room for them; what is beyond is left out. */
#define TAGS_MAX (ROUTE_MAX - 2048)

/*
 * Pairs, addresses and texts know each other by number, which takes half of what a pointer takes.
 */
struct pair {
	uint32_t address;	/* of a free place: the next free one, or NONE */
	/* The address's other pairs: next ends with NONE, prev goes round to the last. */
	uint32_t next, prev;
	uint32_t text;		/* in `texts`; SLAB_NONE in a free place */
	uint32_t ttl;
	uint32_t place;		/* on disk */
	uint32_t older, newer;	/* in the order of change, or NONE */
	uint64_t epoch;		/* of its last change */
	int64_t last, first;
};

/* What a line says beside address and times. The addresses of a response share one. */
struct text {
	uint32_t users;
	uint32_t tag;		/* interned */
	uint16_t name_n, rule_n, via_n;
	char bytes[];		/* name, rule, via */
};

/* How many pairs of an address have this text of tags. */
struct tag_count {
	uint32_t tag, pairs;
};

/* Of an address whose pairs do not all have the same tags. */
struct counts {
	struct tag_count *of;	/* owned */
	size_t n, cap;
};

struct address {
	uint32_t bytes;		/* of IPv4; of IPv6 where they are, in `texts` */
	uint32_t told;		/* the tags it is announced with, interned */
	/* The first, or NONE; of a free place: the next free one, or NONE. */
	uint32_t pairs;
	uint32_t mixed;		/* its struct counts, or NONE */
	uint32_t seen;		/* the latest of its pairs, in seconds */
	uint32_t n : 29;	/* pairs */
	uint32_t v6 : 1;
	uint32_t announced : 1;
	uint32_t touched : 1;	/* its route may have changed: settle is to look */
};

struct cache {
	uint64_t seed;
	struct life life;
	struct cache_limits limits;
	const struct guard *guard;	/* or NULL */
	cache_route_fn *route;
	cache_gone_fn *gone;
	struct intern tags;
	struct slab texts;
	uint32_t text;		/* that was made last, if it lives still; or SLAB_NONE */
	struct pair *pairs;
	size_t pairs_n, pairs_cap, pairs_used;
	uint32_t pairs_free;
	struct address *addresses;
	size_t addresses_n, addresses_cap, addresses_used;	/* used: that have pairs */
	uint32_t addresses_free;
	struct counts *mixed;
	size_t mixed_n, mixed_cap;
	uint32_t mixed_free;	/* a free place has the next one in `n` */
	struct table by_addr, by_pair;

	/*
	 * When pairs are over. With a fixed life they are in the order of their last sighting,
	 * which is what stands in the heap; else the end itself does. A pair that was seen again is
	 * still under its old time.
	 */
	struct expiry due;
	/* The first unseen_n pairs by their last sighting, where `due` is not that. */
	struct expiry unseen;
	struct expiry idle;	/* the first idle_n addresses likewise, in seconds */
	/* More and more as room gets scarce, so that all are there when it is wanted. */
	uint32_t unseen_n, idle_n;
	struct steps steps;
	int64_t latest;		/* no pair is dated later */
	size_t mend_at;		/* the next to be looked at for a date in the future */
	int64_t mend_to;	/* dates later than that are set to it; NEVER: none is looked for */

	uint64_t epoch;		/* the present one, from 1 */
	uint32_t oldest, newest;	/* the ends of the order of change, or NONE */
	struct cache_reader **readers;
	size_t readers_n, readers_cap;
	uint32_t *touched;	/* addresses */
	size_t touched_n, touched_cap;
};

struct cache *
cache_new(uint64_t seed, const struct life *life, cache_route_fn *route, cache_gone_fn *gone)
{
	struct cache *c = mem_zero(1, sizeof(*c));

	c->seed = seed;
	c->tags.seed = seed;
	c->life = *life;
	c->route = route;
	c->gone = gone;
	c->epoch = 1;
	c->mend_to = NEVER;
	c->pairs_free = c->addresses_free = c->mixed_free = c->oldest = c->newest = NONE;
	return c;
}

void
cache_free(struct cache *c)
{
	for (size_t i = 0; i < c->mixed_n; i++)
		free(c->mixed[i].of);
	free(c->mixed);
	mem_free_large(c->addresses, c->addresses_cap, sizeof(*c->addresses));
	mem_free_large(c->pairs, c->pairs_cap, sizeof(*c->pairs));
	free(c->readers);
	free(c->touched);
	table_free(&c->by_addr);
	table_free(&c->by_pair);
	expiry_free(&c->due);
	expiry_free(&c->unseen);
	expiry_free(&c->idle);
	intern_free(&c->tags);
	slab_free(&c->texts);
	free(c);
}

void
cache_set_guard(struct cache *c, const struct guard *guard)
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

static struct text *
text_at(const struct cache *c, uint32_t text)
{
	return slab_at(&c->texts, text);
}

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
rule_of(const struct text *t)
{
	return view(t->bytes + t->name_n, t->rule_n);
}

static struct str
via_of(const struct text *t)
{
	return view(t->bytes + t->name_n + t->rule_n, t->via_n);
}

static bool
says(const struct cache *c, const struct text *t, const struct answer *a)
{
	return str_eq(name_of(t), a->name) && str_eq(rule_of(t), a->rule) &&
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
	size_t n = sizeof(struct text) + a->name.n + a->rule.n + a->via.n;
	struct text *t;
	char *end;

	if (c->text != SLAB_NONE && says(c, text_at(c, c->text), a)) {
		text_at(c, c->text)->users++;
		return c->text;
	}
	c->text = slab_take(&c->texts, n);
	t = text_at(c, c->text);
	*t = (struct text){ 1, intern_take(&c->tags, a->tag), (uint16_t)a->name.n,
	    (uint16_t)a->rule.n, (uint16_t)a->via.n };
	end = append_bytes(t->bytes, a->name);
	end = append_bytes(end, a->rule);
	append_bytes(end, a->via);
	return c->text;
}

static void
drop_text(struct cache *c, uint32_t text)
{
	struct text *t = text_at(c, text);

	if (--t->users > 0)
		return;
	intern_drop(&c->tags, t->tag);
	slab_drop(&c->texts, text);
	if (c->text == text)
		c->text = SLAB_NONE;
}

static uint32_t
tag_of(const struct cache *c, const struct pair *p)
{
	return text_at(c, p->text)->tag;
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
		    str_eq(name_of(text_at(c, p->text)), name))
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
		expect_text(text_at(c, c->pairs[pair[i]].text));
		expect_neighbours(c, &c->pairs[pair[i]]);
	}
	for (size_t i = 0; i < n; i++)
		if (pair[i] != NONE)
			__builtin_prefetch(bytes_of(c, &c->addresses[c->pairs[pair[i]].address]));
}

void
cache_reserve(struct cache *c, size_t pairs)
{
	if (c->limits.pairs > 0 && pairs > c->limits.pairs)
		pairs = c->limits.pairs;
	c->pairs = mem_reserve_large(c->pairs, pairs, &c->pairs_cap, sizeof(*c->pairs));
	c->addresses = mem_reserve_large(c->addresses, pairs, &c->addresses_cap,
	    sizeof(*c->addresses));
	table_reserve(&c->by_pair, pairs);
	table_reserve(&c->by_addr, pairs);
	expiry_reserve(&c->due, pairs);
}

void
cache_touch(const struct cache *c)
{
	mem_touch_next(c->pairs, c->pairs_n, c->pairs_cap, sizeof(*c->pairs));
	mem_touch_next(c->addresses, c->addresses_n, c->addresses_cap, sizeof(*c->addresses));
	expiry_touch(&c->due);
	slab_touch(&c->texts);
}

static uint32_t
add_address(struct cache *c, const struct addr *a, uint64_t hash)
{
	uint32_t i = c->addresses_free;
	struct address *at;

	if (i != NONE) {
		c->addresses_free = c->addresses[i].pairs;
	} else {
		c->addresses = mem_grow_large(c->addresses, c->addresses_n, &c->addresses_cap,
		    sizeof(*c->addresses));
		i = (uint32_t)c->addresses_n++;
	}
	at = &c->addresses[i];
	*at = (struct address){ .pairs = NONE, .mixed = NONE, .v6 = a->family == ADDR_V6 };
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
	c->pairs = mem_grow_large(c->pairs, c->pairs_n, &c->pairs_cap, sizeof(*c->pairs));
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
count_tag(struct counts *counts, uint32_t tag, uint32_t pairs)
{
	for (size_t i = 0; i < counts->n; i++) {
		if (counts->of[i].tag == tag) {
			counts->of[i].pairs += pairs;
			return;
		}
	}
	counts->of = mem_grow(counts->of, counts->n, &counts->cap, sizeof(*counts->of));
	counts->of[counts->n++] = (struct tag_count){ tag, pairs };
}

/* From now on the tags of the address are counted; so many pairs have this one. */
static void
mix(struct cache *c, struct address *a, uint32_t tag, uint32_t pairs)
{
	uint32_t i = c->mixed_free;

	if (i != NONE) {
		c->mixed_free = (uint32_t)c->mixed[i].n;
	} else {
		c->mixed = mem_grow(c->mixed, c->mixed_n, &c->mixed_cap, sizeof(*c->mixed));
		i = (uint32_t)c->mixed_n++;
	}
	c->mixed[i] = (struct counts){ 0 };
	count_tag(&c->mixed[i], tag, pairs);
	a->mixed = i;
}

static void
unmix(struct cache *c, struct address *a)
{
	struct counts *counts = &c->mixed[a->mixed];

	free(counts->of);
	*counts = (struct counts){ .n = c->mixed_free };
	c->mixed_free = a->mixed;
	a->mixed = NONE;
}

static void
touch(struct cache *c, uint32_t address)
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

	if (a->mixed == NONE && others != tag)
		mix(c, a, others, a->n - 1);
	if (a->mixed != NONE)
		count_tag(&c->mixed[a->mixed], tag, 1);
	if (p->next == NONE || a->mixed != NONE)
		touch(c, p->address);
}

/* And one has left it. */
static void
leave_tag(struct cache *c, uint32_t address, uint32_t tag)
{
	struct address *a = &c->addresses[address];
	struct counts *counts;
	size_t i = 0;

	if (a->n == 0 || a->mixed != NONE)
		touch(c, address);
	if (a->mixed == NONE)
		return;
	counts = &c->mixed[a->mixed];
	while (counts->of[i].tag != tag)
		i++;
	if (--counts->of[i].pairs == 0)
		counts->of[i] = counts->of[--counts->n];
	if (counts->n < 2)
		unmix(c, a);
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

	return text.n == 0 || memchr(text.p, ',', text.n) == NULL;
}

/* All tags of an address in one text: in order, each once. Interned, for one more user. */
static uint32_t
union_of_tags(struct cache *c, const struct address *a)
{
	static struct str tags[TAGS_MAX / 2];
	static struct buf text = BUF(TAGS_MAX);
	struct tag_count only = { tag_of(c, &c->pairs[a->pairs]), a->n };
	const struct counts one = { &only, 1, 1 };
	const struct counts *counts = a->mixed != NONE ? &c->mixed[a->mixed] : &one;
	size_t n = 0;

	if (a->mixed == NONE && is_one_tag(c, only.tag)) {
		intern_again(&c->tags, only.tag);
		return only.tag;
	}
	for (size_t i = 0; i < counts->n; i++) {
		struct str rest = intern_text(&c->tags, counts->of[i].tag);

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
	return intern_take(&c->tags, n > 0 ? buf_view(&text) : (struct str){ NULL, 0 });
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
		r->name = name_of(text_at(c, c->pairs[a->pairs].text));
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
		__builtin_prefetch(text_at(c, c->pairs[a->pairs].text));
}

/* Tells each change of route that came of one event once, however many pairs it touched. */
static void
settle(struct cache *c)
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
	settle(c);
}

/* --- Time --- */

/* When the pair is over. */
static int64_t
end_of(const struct cache *c, const struct pair *p)
{
	return steps_seen(&c->steps, p->last) + life_of(&c->life, p->ttl);
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
 * A heap may hold what it has under a time that has become later, never under one that has become
 * earlier.
 */
static void
advance(struct expiry *e, uint32_t id, int64_t before, int64_t now)
{
	if (now >= before)
		return;
	expiry_remove(e, id);
	expiry_add(e, id, now);
}

static uint32_t
in_seconds(int64_t time)
{
	return time / SECOND < UINT32_MAX ? (uint32_t)(time / SECOND) : UINT32_MAX;
}

/* Sets when a pair was seen, and its TTL. */
static void
set_seen(struct cache *c, uint32_t i, int64_t last, uint32_t ttl)
{
	struct pair *p = &c->pairs[i];
	struct address *a = &c->addresses[p->address];
	int64_t due = due_of(c, p), before = p->last;

	p->last = last;
	p->ttl = ttl;
	advance(&c->due, i, due, due_of(c, p));
	if (i < c->unseen_n)
		advance(&c->unseen, i, before, last);
	if (last / SECOND > a->seen)
		a->seen = in_seconds(last);
	if (last > c->latest)
		c->latest = last;
}

void
cache_clock(struct cache *c, int64_t wall, int64_t mono)
{
	int64_t longest = is_fixed(c) ? c->life.fixed : c->life.cap;

	steps_watch(&c->steps, wall, mono);
	steps_forget(&c->steps, wall - longest);
	if (c->latest <= wall + CACHE_AHEAD)
		return;
	c->latest = wall;
	c->mend_at = 0;
	c->mend_to = wall;
}

/* --- Merging --- */

static int64_t
reach(int64_t time, uint32_t ttl)
{
	return time / SECOND + ttl;
}

/* Whose tag, rule and via are the greater, of two lines with the same TIME. */
static int
compare_said(const struct cache *c, const struct answer *a, const struct text *t)
{
	int d = str_cmp(a->tag, intern_text(&c->tags, t->tag));

	if (d == 0)
		d = str_cmp(a->rule, rule_of(t));
	if (d == 0)
		d = str_cmp(a->via, via_of(t));
	return d;
}

/* Gives a pair the tag, rule and via of a line about it. */
static void
replace_text(struct cache *c, struct pair *p, const struct answer *a)
{
	uint32_t old = p->text, before = tag_of(c, p), tag;

	if (says(c, text_at(c, old), a))
		return;
	p->text = take_text(c, a);
	if ((tag = tag_of(c, p)) != before) {
		struct address *at = &c->addresses[p->address];

		touch(c, p->address);
		if (at->n > 1) {
			if (at->mixed == NONE)
				mix(c, at, before, at->n);
			count_tag(&c->mixed[at->mixed], tag, 1);
			leave_tag(c, p->address, before);
		}
	}
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

static uint32_t
add_pair(struct cache *c, uint32_t address, uint32_t hash, const struct answer *a)
{
	uint32_t i = free_pair_place(c);
	struct address *at = &c->addresses[address];
	struct pair *p = &c->pairs[i];

	*p = (struct pair){ .address = address, .text = take_text(c, a), .first = first_of(a) };
	link_pair(c, i);
	c->addresses_used += p->next == NONE;
	join_tag(c, p);
	p->last = a->time;
	p->ttl = a->ttl;
	expiry_add(&c->due, i, due_of(c, p));
	if (i < c->unseen_n)
		expiry_add(&c->unseen, i, a->time);
	set_seen(c, i, a->time, a->ttl);
	if (address < c->idle_n && p->next == NONE)
		expiry_add(&c->idle, address, at->seen);
	table_add(&c->by_pair, hash, i);
	append(c, i);
	c->pairs_used++;
	return i;
}

static enum cache_result
merge_into(struct cache *c, uint32_t i, const struct answer *a, int64_t now)
{
	struct pair *p = &c->pairs[i];
	int64_t first = first_of(a) < p->first ? first_of(a) : p->first;
	bool future = p->last > now + CACHE_AHEAD;	/* the clock was set back */
	int64_t last = future || a->time > p->last ? a->time : p->last;
	int64_t furthest = future ? 0 : reach(p->last, p->ttl);
	uint32_t ttl;
	bool newer = future || a->time > p->last ||
	    (a->time == p->last && compare_said(c, a, text_at(c, p->text)) > 0);

	if (reach(a->time, a->ttl) > furthest)
		furthest = reach(a->time, a->ttl);
	ttl = (uint32_t)(furthest - last / SECOND);
	if (!newer && first == p->first && ttl == p->ttl)
		return CACHE_SAME;
	if (newer)
		replace_text(c, p, a);
	p->first = first;
	set_seen(c, i, last, ttl);
	return CACHE_MERGED;
}

/* --- Removing --- */

static void
remove_pair(struct cache *c, uint32_t i, enum cache_end why)
{
	struct pair *p = &c->pairs[i];
	uint32_t address = p->address, tag = tag_of(c, p);
	struct answer a;

	cache_get(c, i, &a);
	c->gone(&a, p->place, why);
	table_remove(&c->by_pair, cache_key(c, &a).pair, i);
	expiry_remove(&c->due, i);
	expiry_remove(&c->unseen, i);
	take_out(c, i);
	unlink_pair(c, i);
	if (c->addresses[address].n == 0) {
		c->addresses_used--;
		expiry_remove(&c->idle, address);
		c->addresses[address].seen = 0;
	}
	leave_tag(c, address, tag);
	drop_text(c, p->text);
	*p = (struct pair){ .address = c->pairs_free };
	c->pairs_free = i;
	c->pairs_used--;
}

void
cache_remove(struct cache *c, uint32_t pair)
{
	remove_pair(c, pair, CACHE_REMOVED);
	settle(c);
}

/* --- Room --- */

static void
sort_pairs(struct cache *c, size_t n)
{
	for (; n > 0 && c->unseen_n < c->pairs_n; n--, c->unseen_n++)
		if (cache_is_pair(c, c->unseen_n))
			expiry_add(&c->unseen, c->unseen_n, c->pairs[c->unseen_n].last);
}

static void
sort_addresses(struct cache *c, size_t n)
{
	for (; n > 0 && c->idle_n < c->addresses_n; n--, c->idle_n++)
		if (c->addresses[c->idle_n].n > 0)
			expiry_add(&c->idle, c->idle_n, c->addresses[c->idle_n].seen);
}

static bool
is_scarce(uint32_t most, size_t used)
{
	return most > 0 && used >= most / 4 * 3;
}

/*
 * When a quarter is left, so many for each that comes: all, when the last place is taken. Only
 * where there is less room than there was are some left for then.
 */
#define SORT_STEP 5

static void
prepare_room(struct cache *c)
{
	if (is_scarce(c->limits.addresses, c->addresses_used))
		sort_addresses(c, SORT_STEP);
	if (!is_fixed(c) && is_scarce(c->limits.pairs, c->pairs_used))
		sort_pairs(c, SORT_STEP);
}

static struct expiry *
unseen_pairs(struct cache *c)
{
	if (is_fixed(c))
		return &c->due;
	sort_pairs(c, c->pairs_n);
	return &c->unseen;
}

static struct expiry *
idle_addresses(struct cache *c)
{
	sort_addresses(c, c->addresses_n);
	return &c->idle;
}

/* Makes room for a pair that was seen at `time`, if it was seen later than the one to go. */
static bool
evict_pair(struct cache *c, int64_t time)
{
	struct expiry *e = unseen_pairs(c);

	for (int n = 0; n < EVICT_LOOK; n++) {
		uint32_t i = expiry_first(e);

		if (c->pairs[i].last <= expiry_next(e))
			break;
		expiry_remove(e, i);
		expiry_add(e, i, c->pairs[i].last);
	}
	if (expiry_next(e) > time)
		return false;
	remove_pair(c, expiry_first(e), CACHE_EVICTED);
	return true;
}

static bool
evict_address(struct cache *c, int64_t time)
{
	struct expiry *e = idle_addresses(c);
	uint32_t i;

	for (int n = 0; n < EVICT_LOOK; n++) {
		i = expiry_first(e);
		if (c->addresses[i].seen <= expiry_next(e))
			break;
		expiry_remove(e, i);
		expiry_add(e, i, c->addresses[i].seen);
	}
	if (expiry_next(e) > in_seconds(time))
		return false;
	i = expiry_first(e);
	while (c->addresses[i].n > 0)
		remove_pair(c, c->addresses[i].pairs, CACHE_EVICTED);
	return true;
}

/*
 * The pairs of an address stand in the order in which they came; of those at the end that were seen
 * again later than the one to go, some come to the beginning again.
 */
static bool
evict_name(struct cache *c, uint32_t address, int64_t time)
{
	struct address *a = &c->addresses[address];
	uint32_t last = c->pairs[a->pairs].prev, i = last, chosen = last;

	for (int n = 0; n < NAMES_LOOK && n < (int)a->n; n++, i = c->pairs[i].prev)
		if (c->pairs[i].last < c->pairs[chosen].last)
			chosen = i;
	if (c->pairs[chosen].last > time)
		return false;
	while ((i = c->pairs[a->pairs].prev) != chosen) {
		unlink_pair(c, i);
		link_pair(c, i);
	}
	remove_pair(c, chosen, CACHE_EVICTED);
	return true;
}

/*
 * Whether there is room for another pair of an address, which may be NONE: a new one. So is one
 * that has none left.
 */
static bool
make_room(struct cache *c, uint32_t address, int64_t time)
{
	const struct cache_limits *most = &c->limits;
	uint32_t names = address == NONE ? 0 : c->addresses[address].n;

	prepare_room(c);
	if (most->names > 0 && names >= most->names)
		return evict_name(c, address, time);
	if (most->addresses > 0 && names == 0 && c->addresses_used >= most->addresses &&
	    !evict_address(c, time))
		return false;
	return most->pairs == 0 || c->pairs_used < most->pairs || evict_pair(c, time);
}

/* Makes the pair *i for a line, where there is none. */
static enum cache_result
make_pair(struct cache *c, const struct answer *a, struct cache_key key, uint32_t *i)
{
	uint32_t address = find_address(c, &a->addr, key.address);

	if (address == NONE && c->guard != NULL && guard_denies(c->guard, &a->addr))
		return CACHE_DENIED;
	if (!make_room(c, address, a->time))
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
	if (steps_seen(&c->steps, a->time) + life_of(&c->life, a->ttl) <= now)
		return CACHE_DEAD;
	i = find_pair(c, &a->addr, a->name, key.pair);
	result = i != NONE ? merge_into(c, i, a, now) : make_pair(c, a, key, &i);
	if (result == CACHE_MERGED)
		note_change(c, i);
	settle(c);
	return result;
}

uint32_t
cache_load(struct cache *c, const struct answer *a, struct cache_key key, uint32_t place,
    uint32_t *before)
{
	uint32_t i = find_pair(c, &a->addr, a->name, key.pair);

	*before = 0;
	if (i == NONE) {
		if (make_pair(c, a, key, &i) != CACHE_NEW)
			return NONE;
	} else {
		*before = c->pairs[i].place;
		replace_text(c, &c->pairs[i], a);
		c->pairs[i].first = first_of(a);
		set_seen(c, i, a->time, a->ttl);
		note_change(c, i);
	}
	c->pairs[i].place = place;
	return i;
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
	replace_text(c, &c->pairs[i], &now);
	settle(c);
	return true;
}

/* --- Expiry --- */

/* What is dated in the future, since the clock was set back, lives from now on. */
static void
mend_dates(struct cache *c)
{
	for (int n = 0; n < EXPIRE_MAX && c->mend_to != NEVER; n++) {
		uint32_t i = (uint32_t)c->mend_at++;

		if (i >= c->pairs_n) {
			c->mend_to = NEVER;
			break;
		}
		if (!cache_is_pair(c, i) || c->pairs[i].last <= c->mend_to)
			continue;
		if (c->pairs[i].first > c->mend_to)
			c->pairs[i].first = c->mend_to;
		set_seen(c, i, c->mend_to, c->pairs[i].ttl);
		note_change(c, i);
	}
}

/* When the pair that is due first is. */
static int64_t
next_due(const struct cache *c)
{
	int64_t next = expiry_next(&c->due);

	return next == NEVER || !is_fixed(c) ? next : steps_seen(&c->steps, next) + c->life.fixed;
}

bool
cache_expire(struct cache *c, int64_t now)
{
	mend_dates(c);
	for (int n = 0; n < EXPIRE_MAX && next_due(c) <= now; n++) {
		uint32_t i = expiry_first(&c->due);

		if (end_of(c, &c->pairs[i]) <= now) {
			remove_pair(c, i, CACHE_EXPIRED);
		} else {
			expiry_remove(&c->due, i);
			expiry_add(&c->due, i, due_of(c, &c->pairs[i]));
		}
	}
	settle(c);
	return next_due(c) <= now;
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
	const struct text *t = text_at(c, p->text);

	a->time = p->last;
	get_addr(c, &c->addresses[p->address], &a->addr);
	a->ttl = p->ttl;
	a->name = name_of(t);
	a->via = via_of(t);
	a->tag = intern_text(&c->tags, t->tag);
	a->rule = rule_of(t);
	a->first = p->first;
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
