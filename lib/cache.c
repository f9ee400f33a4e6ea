#include "cache.h"

#include <stdlib.h>

#include "clock.h"
#include "expiry.h"
#include "hash.h"
#include "intern.h"
#include "mem.h"

#define NONE TABLE_NONE
#define EXPIRE_MAX 1000	/* pairs looked at by a call of cache_expire */
#define SEEK_MAX 1000	/* and of cache_seek */
#define TAGS_MAX (ROUTE_MAX - 2048)	/* of an address: a line has room for them; what is beyond is left out */

/* Pairs, addresses and texts know each other by number, which takes half of what a pointer takes. */
struct pair {
	uint32_t address;	/* of a free place: the next free one, or NONE */
	uint32_t next, prev;	/* the address's other pairs, or NONE */
	uint32_t name, tag, rule, via;	/* interned */
	uint32_t ttl;
	uint32_t place;		/* on disk */
	uint32_t older, newer;	/* in the order of change, or NONE */
	uint64_t epoch;		/* of its last change */
	int64_t last, first;
};

/* How many pairs of an address have this text of tags. */
struct tag_count {
	uint32_t tag, pairs;
};

struct address {
	struct addr addr;
	bool announced;
	bool touched;		/* its route may have changed: settle is to look */
	uint32_t told;		/* the tags it is announced with, interned */
	uint32_t pairs;		/* the first, or NONE; of a free place: the next free one, or NONE */
	struct tag_count *counts;	/* owned; few, since tags name lists */
	size_t counts_n, counts_cap;
};

struct cache {
	uint64_t seed;
	struct life life;
	const struct guard *guard;	/* or NULL */
	cache_route_fn *route;
	cache_gone_fn *gone;
	struct intern texts;
	struct pair *pairs;
	size_t pairs_n, pairs_cap, pairs_used;
	uint32_t pairs_free;
	struct address *addresses;
	size_t addresses_n, addresses_cap, addresses_used;
	uint32_t addresses_free;
	struct table by_addr, by_pair;
	struct expiry expiry;
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
	c->texts.seed = seed;
	c->life = *life;
	c->route = route;
	c->gone = gone;
	c->epoch = 1;
	c->pairs_free = c->addresses_free = c->oldest = c->newest = NONE;
	return c;
}

void
cache_free(struct cache *c)
{
	for (size_t i = 0; i < c->addresses_n; i++)
		free(c->addresses[i].counts);
	free(c->addresses);
	free(c->pairs);
	free(c->readers);
	free(c->touched);
	table_free(&c->by_addr);
	table_free(&c->by_pair);
	expiry_free(&c->expiry);
	intern_free(&c->texts);
	free(c);
}

void
cache_set_guard(struct cache *c, const struct guard *guard)
{
	c->guard = guard;
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

/* --- Addresses and pairs in their tables --- */

static uint32_t
hash_addr(const struct cache *c, const struct addr *a)
{
	return (uint32_t)hash_bytes(c->seed, a->bytes, addr_size(a->family));
}

static uint32_t
hash_pair(const struct cache *c, uint32_t address, uint32_t name)
{
	return (uint32_t)hash_mix(c->seed ^ ((uint64_t)address << 32 | name), UINT64_C(0x9e3779b97f4a7c15));
}

static uint32_t
find_address(const struct cache *c, const struct addr *a, uint32_t hash)
{
	uint32_t i;

	for (size_t at = table_start(&c->by_addr, hash);
	     (i = table_next(&c->by_addr, hash, &at)) != NONE;)
		if (addr_eq(&c->addresses[i].addr, a))
			break;
	return i;
}

/* The address, made if there is none; or NONE when it is denied. */
static uint32_t
take_address(struct cache *c, const struct addr *a)
{
	uint32_t hash = hash_addr(c, a), i = find_address(c, a, hash);

	if (i != NONE)
		return i;
	if (c->guard != NULL && guard_denies(c->guard, a))
		return NONE;
	if ((i = c->addresses_free) != NONE) {
		c->addresses_free = c->addresses[i].pairs;
	} else {
		c->addresses = mem_grow(c->addresses, c->addresses_n, &c->addresses_cap,
		    sizeof(*c->addresses));
		i = (uint32_t)c->addresses_n++;
	}
	c->addresses[i] = (struct address){ .addr = *a, .pairs = NONE };
	table_add(&c->by_addr, hash, i);
	c->addresses_used++;
	return i;
}

static void
drop_address(struct cache *c, uint32_t i)
{
	struct address *a = &c->addresses[i];

	table_remove(&c->by_addr, hash_addr(c, &a->addr), i);
	free(a->counts);
	*a = (struct address){ .pairs = c->addresses_free };
	c->addresses_free = i;
	c->addresses_used--;
}

static uint32_t
find_pair(const struct cache *c, uint32_t address, uint32_t name)
{
	uint32_t hash = hash_pair(c, address, name), i;

	for (size_t at = table_start(&c->by_pair, hash);
	     (i = table_next(&c->by_pair, hash, &at)) != NONE;)
		if (c->pairs[i].address == address && c->pairs[i].name == name)
			break;
	return i;
}

uint32_t
cache_find(struct cache *c, const struct addr *addr, struct str text)
{
	uint32_t address = find_address(c, addr, hash_addr(c, addr));
	uint32_t name, pair;

	if (address == NONE)
		return NONE;
	name = intern_take(&c->texts, text);
	pair = find_pair(c, address, name);
	intern_drop(&c->texts, name);
	return pair;
}

static uint32_t
free_pair_place(struct cache *c)
{
	uint32_t i = c->pairs_free;

	if (i != NONE) {
		c->pairs_free = c->pairs[i].address;
		return i;
	}
	c->pairs = mem_grow(c->pairs, c->pairs_n, &c->pairs_cap, sizeof(*c->pairs));
	return (uint32_t)c->pairs_n++;
}

/* When the pair is over. */
static int64_t
end_of(const struct cache *c, const struct pair *p)
{
	return p->last + life_of(&c->life, p->ttl);
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

/* Takes a pair out of the order; a reader that would have read it next goes on to the one behind it. */
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

/* --- Routes --- */

static void
count_tag(struct address *a, uint32_t tag)
{
	for (size_t i = 0; i < a->counts_n; i++) {
		if (a->counts[i].tag == tag) {
			a->counts[i].pairs++;
			return;
		}
	}
	a->counts = mem_grow(a->counts, a->counts_n, &a->counts_cap, sizeof(*a->counts));
	a->counts[a->counts_n++] = (struct tag_count){ tag, 1 };
}

static void
discount_tag(struct address *a, uint32_t tag)
{
	size_t i = 0;

	while (a->counts[i].tag != tag)
		i++;
	if (--a->counts[i].pairs == 0)
		a->counts[i] = a->counts[--a->counts_n];
}

static int
compare_texts(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* All tags of an address in one text: in order, each once. Interned, for one more user. */
static uint32_t
union_of_tags(struct cache *c, const struct address *a)
{
	static struct str tags[TAGS_MAX / 2];
	static struct buf text = BUF(TAGS_MAX);
	size_t n = 0;

	for (size_t i = 0; i < a->counts_n; i++) {
		struct str rest = intern_text(&c->texts, a->counts[i].tag);

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
	return intern_take(&c->texts, n > 0 ? buf_view(&text) : (struct str){ NULL, 0 });
}

static struct route
route_of(const struct cache *c, const struct address *a, enum route_verb verb)
{
	struct route r = { .verb = verb, .prefix = { a->addr, addr_bits(a->addr.family) } };

	if (verb == ROUTE_ANNOUNCE) {
		r.tag = intern_text(&c->texts, a->told);
		r.name = intern_text(&c->texts, c->pairs[a->pairs].name);
	}
	return r;
}

/* Tells the address's route if it is not what was told last; an address without pairs goes. */
static void
tell_route(struct cache *c, uint32_t i)
{
	struct address *a = &c->addresses[i];
	bool live = a->pairs != NONE;
	uint32_t tags = live ? union_of_tags(c, a) : INTERN_ABSENT;
	bool same = a->announced == live && a->told == tags;
	struct route r;

	intern_drop(&c->texts, a->told);
	a->told = tags;
	a->announced = live;
	if (!same) {
		r = route_of(c, a, live ? ROUTE_ANNOUNCE : ROUTE_WITHDRAW);
		c->route(&r);
	}
	if (!live)
		drop_address(c, i);
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

/* Tells each change of route that came of one event once, however many pairs it touched. */
static void
settle(struct cache *c)
{
	for (size_t i = 0; i < c->touched_n; i++) {
		c->addresses[c->touched[i]].touched = false;
		tell_route(c, c->touched[i]);
	}
	c->touched_n = 0;
}

void
cache_replay(struct cache *c)
{
	settle(c);
}

/* --- Merging --- */

static int64_t
reach(int64_t time, uint32_t ttl)
{
	return time / SECOND + ttl;
}

static void
replace_text(struct cache *c, uint32_t *id, struct str text)
{
	uint32_t new = intern_take(&c->texts, text);

	intern_drop(&c->texts, *id);
	*id = new;
}

/* Gives a pair other tags, rule and via. */
static void
replace_texts(struct cache *c, struct pair *p, struct str tag, struct str rule, struct str via)
{
	uint32_t before = p->tag;
	struct address *a = &c->addresses[p->address];

	replace_text(c, &p->rule, rule);
	replace_text(c, &p->via, via);
	if (str_eq(intern_text(&c->texts, before), tag))
		return;
	p->tag = intern_take(&c->texts, tag);
	count_tag(a, p->tag);
	discount_tag(a, before);
	intern_drop(&c->texts, before);
	touch(c, p->address);
}

/* Whose tag, rule and via are the greater, of two lines with the same TIME. */
static int
compare_said(const struct cache *c, const struct answer *a, const struct pair *p)
{
	int d = str_cmp(a->tag, intern_text(&c->texts, p->tag));

	if (d == 0)
		d = str_cmp(a->rule, intern_text(&c->texts, p->rule));
	if (d == 0)
		d = str_cmp(a->via, intern_text(&c->texts, p->via));
	return d;
}

static int64_t
first_of(const struct answer *a)
{
	return a->first >= 0 && a->first < a->time ? a->first : a->time;
}

static uint32_t
add_pair(struct cache *c, uint32_t address, uint32_t name, const struct answer *a)
{
	uint32_t i = free_pair_place(c);
	struct address *at = &c->addresses[address];
	struct pair *p = &c->pairs[i];

	*p = (struct pair){
		.address = address, .next = at->pairs, .prev = NONE, .name = name,
		.tag = intern_take(&c->texts, a->tag),
		.rule = intern_take(&c->texts, a->rule),
		.via = intern_take(&c->texts, a->via),
		.ttl = a->ttl, .last = a->time, .first = first_of(a),
	};
	if (at->pairs != NONE)
		c->pairs[at->pairs].prev = i;
	at->pairs = i;
	count_tag(at, p->tag);
	table_add(&c->by_pair, hash_pair(c, address, name), i);
	expiry_add(&c->expiry, i, end_of(c, p));
	append(c, i);
	touch(c, address);
	c->pairs_used++;
	return i;
}

/* The heap may hold a pair under a time that has become later, never under one that has become earlier. */
static void
reschedule(struct cache *c, uint32_t i, int64_t before)
{
	int64_t end = end_of(c, &c->pairs[i]);

	if (end >= before)
		return;
	expiry_remove(&c->expiry, i);
	expiry_add(&c->expiry, i, end);
}

static enum cache_result
merge_into(struct cache *c, uint32_t i, const struct answer *a)
{
	struct pair *p = &c->pairs[i];
	int64_t end = end_of(c, p);
	int64_t first = first_of(a) < p->first ? first_of(a) : p->first;
	int64_t last = a->time > p->last ? a->time : p->last;
	int64_t furthest = reach(p->last, p->ttl);
	uint32_t ttl;
	bool newer = a->time > p->last || (a->time == p->last && compare_said(c, a, p) > 0);

	if (reach(a->time, a->ttl) > furthest)
		furthest = reach(a->time, a->ttl);
	ttl = (uint32_t)(furthest - last / SECOND);
	if (!newer && first == p->first && ttl == p->ttl)
		return CACHE_SAME;
	if (newer)
		replace_texts(c, p, a->tag, a->rule, a->via);
	p->first = first;
	p->last = last;
	p->ttl = ttl;
	reschedule(c, i, end);
	return CACHE_MERGED;
}

/* Merges; *i is the pair that the line is about. */
static enum cache_result
merge(struct cache *c, const struct answer *a, uint32_t *i)
{
	uint32_t address = take_address(c, &a->addr), name;

	*i = NONE;
	if (address == NONE)
		return CACHE_DENIED;
	name = intern_take(&c->texts, a->name);
	*i = find_pair(c, address, name);
	if (*i == NONE) {
		*i = add_pair(c, address, name, a);
		return CACHE_NEW;
	}
	intern_drop(&c->texts, name);
	return merge_into(c, *i, a);
}

enum cache_result
cache_merge(struct cache *c, const struct answer *a, int64_t now)
{
	enum cache_result result;
	uint32_t i;

	if (a->time > now + CACHE_AHEAD)
		return CACHE_AHEAD_OF_CLOCK;
	if (a->time + life_of(&c->life, a->ttl) <= now)
		return CACHE_DEAD;
	result = merge(c, a, &i);
	if (result == CACHE_MERGED)
		note_change(c, i);
	settle(c);
	return result;
}

uint32_t
cache_load(struct cache *c, const struct answer *a, uint32_t place, uint32_t *before)
{
	uint32_t i = cache_find(c, &a->addr, a->name);

	*before = 0;
	if (i == NONE) {
		if (merge(c, a, &i) == CACHE_DENIED)
			return NONE;
	} else {
		struct pair *p = &c->pairs[i];
		int64_t end = end_of(c, p);

		*before = p->place;
		replace_texts(c, p, a->tag, a->rule, a->via);
		p->first = first_of(a);
		p->last = a->time;
		p->ttl = a->ttl;
		reschedule(c, i, end);
		note_change(c, i);
	}
	c->pairs[i].place = place;
	return i;
}

bool
cache_retag(struct cache *c, const struct answer *a)
{
	uint32_t i = cache_find(c, &a->addr, a->name);
	struct pair *p;

	if (i == NONE)
		return false;
	p = &c->pairs[i];
	if (str_eq(a->tag, intern_text(&c->texts, p->tag)) &&
	    str_eq(a->rule, intern_text(&c->texts, p->rule)))
		return true;
	note_change(c, i);
	replace_texts(c, p, a->tag, a->rule, intern_text(&c->texts, p->via));
	settle(c);
	return true;
}

/* --- Removing --- */

static void
unlink_pair(struct cache *c, uint32_t i)
{
	struct pair *p = &c->pairs[i];
	struct address *a = &c->addresses[p->address];

	if (p->next != NONE)
		c->pairs[p->next].prev = p->prev;
	if (p->prev != NONE)
		c->pairs[p->prev].next = p->next;
	else
		a->pairs = p->next;
	discount_tag(a, p->tag);
	table_remove(&c->by_pair, hash_pair(c, p->address, p->name), i);
	expiry_remove(&c->expiry, i);
	take_out(c, i);
	c->pairs_used--;
}

static void
release_pair(struct cache *c, uint32_t i)
{
	struct pair *p = &c->pairs[i];

	intern_drop(&c->texts, p->name);
	intern_drop(&c->texts, p->tag);
	intern_drop(&c->texts, p->rule);
	intern_drop(&c->texts, p->via);
	*p = (struct pair){ .address = c->pairs_free };
	c->pairs_free = i;
}

static void
remove_pair(struct cache *c, uint32_t i, enum cache_end why)
{
	uint32_t address = c->pairs[i].address;
	struct answer a;

	cache_get(c, i, &a);
	c->gone(&a, c->pairs[i].place, why);
	unlink_pair(c, i);
	release_pair(c, i);
	touch(c, address);
}

void
cache_remove(struct cache *c, uint32_t pair)
{
	remove_pair(c, pair, CACHE_REMOVED);
	settle(c);
}

/* A pair that was seen again is still in the heap under its old time: it is put back under its new one. */
bool
cache_expire(struct cache *c, int64_t now)
{
	uint32_t i;

	for (int n = 0; n < EXPIRE_MAX && expiry_take(&c->expiry, now, &i); n++) {
		int64_t end = end_of(c, &c->pairs[i]);

		if (end > now)
			expiry_add(&c->expiry, i, end);
		else
			remove_pair(c, i, CACHE_EXPIRED);
	}
	settle(c);
	return expiry_next(&c->expiry) <= now;
}

int64_t
cache_next_expiry(const struct cache *c)
{
	return expiry_next(&c->expiry);
}

/* --- What others read --- */

uint32_t
cache_top(const struct cache *c)
{
	return (uint32_t)c->pairs_n;
}

/* A free place has no name. */
bool
cache_is_pair(const struct cache *c, uint32_t number)
{
	return c->pairs[number].name != INTERN_ABSENT;
}

void
cache_get(const struct cache *c, uint32_t pair, struct answer *a)
{
	const struct pair *p = &c->pairs[pair];

	*a = (struct answer){
		.time = p->last, .addr = c->addresses[p->address].addr, .ttl = p->ttl,
		.name = intern_text(&c->texts, p->name), .via = intern_text(&c->texts, p->via),
		.tag = intern_text(&c->texts, p->tag), .rule = intern_text(&c->texts, p->rule),
		.first = p->first,
	};
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
		c->epoch++;	/* from now on a change moves it, so that the reader comes to it again */
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
