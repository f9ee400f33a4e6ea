/*
 * Structs and functions that the files of the cache share. Pairs, addresses and texts refer to each
 * other by number, which is half the size of a pointer.
 */
#ifndef CACHE_PRIVATE_H
#define CACHE_PRIVATE_H

#include "base/clock.h"
#include "base/intern.h"
#include "cache/cache.h"
#include "cache/clockstep.h"
#include "cache/group.h"
#include "cache/heap.h"
#include "cache/slab.h"
#include "cache/tally.h"

#define NONE TABLE_NONE

struct pair {
	uint32_t address;	/* in an unused pair: the next unused pair, or NONE */
	uint32_t next, prev;	/* list of the pairs of the address; prev is circular, next not */
	uint32_t text;		/* a block of c->texts; SLAB_NONE: the pair is unused */
	uint32_t ttl;
	uint32_t place;		/* place on disk (cache.h) */
	uint32_t older, newer;	/* neighbours in the order of change, or NONE */
	uint64_t epoch : 63;	/* epoch of the last change */
	uint64_t imported : 1;	/* 1: only other caches have seen the pair (import) */
	int64_t last, first;
};

/* The texts of a line. The pairs of a DNS response share one struct. */
struct text {
	uint32_t users;		/* the number of pairs that share the struct */
	uint32_t tag, rule;	/* interned */
	uint16_t name_n, via_n;
	char bytes[];		/* name, via */
};

struct address {
	uint32_t bytes;		/* IPv4: the address; IPv6: a block of c->texts */
	uint32_t reported;	/* the tags in the last reported route, interned */
	uint32_t pairs;		/* first pair, or NONE; if unused: the next unused address */
	uint32_t tags, groups;	/* tallies (tally.h) of its pairs by tag and by group */
	uint32_t seen;		/* the latest sighting, in seconds */
	uint32_t n : 29;	/* number of pairs */
	uint32_t v6 : 1;
	uint32_t announced : 1;
	uint32_t dirty : 1;	/* listed in c->dirty: the route may have changed */
};

struct cache {
	uint64_t seed;
	struct life life;
	struct cache_limits limits;
	const struct martians *guard;	/* or NULL */
	cache_route_fn *route;
	cache_gone_fn *gone;
	struct intern tags, rules;
	struct slab texts;
	uint32_t text;		/* the text that was added last; SLAB_NONE: that text was freed */
	struct pair *pairs;
	size_t pairs_n, pairs_cap, pairs_used;
	uint32_t pairs_free;
	struct address *addresses;
	size_t addresses_n, addresses_cap, addresses_used;	/* _used: addresses with pairs */
	uint32_t addresses_free;
	struct tallies tag_counts;
	struct table by_addr, by_pair;
	struct groups groups;

	struct heap due;	/* pairs by the end of their lives (expire.c) */
	struct heap_places due_places;
	struct clockstep steps;
	int64_t latest;		/* no sighting of a pair is later */
	size_t clamp_at;	/* the next pair to check for a time in the future */
	int64_t clamp_to;	/* replaces times in the future; NEVER: no check is running */

	uint64_t epoch;		/* the current epoch; the first is 1 */
	uint32_t oldest, newest;	/* the ends of the order of change, or NONE */
	struct cache_reader **readers;
	size_t readers_n, readers_cap;
	uint32_t *dirty;	/* dirty addresses (routes.c) */
	size_t dirty_n, dirty_cap;
};

static inline uint32_t
cache_seconds(int64_t time)
{
	return time / SECOND < UINT32_MAX ? (uint32_t)(time / SECOND) : UINT32_MAX;
}

/* Removes a pair. The next routes_flush reports the change of the route. */
void cache_remove_pair(struct cache *c, uint32_t i, enum cache_end why);

/* --- text.c: the texts of pairs --- */

/* The pointer is valid until the text is freed. */
static inline struct text *
text_at(const struct cache *c, uint32_t text)
{
	return slab_at(&c->texts, text);
}

/* An empty text is returned as an absent str. The result is valid until the text is freed. */
struct str text_name(const struct text *t);
struct str text_via(const struct text *t);
struct str text_rule(const struct cache *c, const struct text *t);

/* The tag of a pair, interned. */
uint32_t text_tag(const struct cache *c, const struct pair *p);

/* Compares tag, rule and via of a line, in this order, bytewise with those of a text. */
int text_compare(const struct cache *c, const struct answer *a, const struct text *t);

/* Returns the text of a line, shared or new, and adds a user. */
uint32_t text_take(struct cache *c, const struct answer *a);

/* As text_take, for a line about *p. If `a` is NULL, adds a user to the present text of *p. */
uint32_t text_take_for(struct cache *c, const struct pair *p, const struct answer *a);

/* Removes a user. A text without users is freed. */
void text_drop(struct cache *c, uint32_t text);

/* --- index.c: finding addresses and pairs; results are numbers, or NONE --- */

/* The 4 or 16 bytes of an address, valid until an address is added or removed. */
const void *index_addr_bytes(const struct cache *c, const struct address *a);
void index_get_addr(const struct cache *c, const struct address *a, struct addr *addr);

/* `hash` is the member `address` or `pair` of struct cache_key. */
uint32_t index_find_address(const struct cache *c, const struct addr *a, uint64_t hash);
uint32_t index_find_pair(const struct cache *c, const struct addr *addr, struct str name,
    uint32_t hash);

/* Adds an address without pairs. Pointers to addresses become invalid. */
uint32_t index_add_address(struct cache *c, const struct addr *a, uint64_t hash);

/* Removes an address without pairs. */
void index_remove_address(struct cache *c, uint32_t i);

/* A new pair, whose members the caller sets. Pointers to pairs become invalid. */
uint32_t index_new_pair(struct cache *c);

/* Adds a pair to the table and to its address. The address and text of the pair must be set. */
void index_add_pair(struct cache *c, uint32_t i, uint32_t hash);

/* Removes a pair from the table and its address. The pair stays valid until index_free_pair. */
void index_remove_pair(struct cache *c, uint32_t i, uint32_t hash);
void index_free_pair(struct cache *c, uint32_t i);

/* Moves the last pair in an address's list of pairs to the front. */
void index_turn_pairs(struct cache *c, uint32_t address);

/* --- changes.c: the order of change --- */

void changes_append(struct cache *c, uint32_t i);
void changes_remove(struct cache *c, uint32_t i);

/* Records that a pair has changed. */
void changes_note(struct cache *c, uint32_t i);

/* --- routes.c: an address is announced while it has pairs, with all their tags --- */

/* Records the tag of a pair that was just added to the front of its address's list of pairs. */
void routes_join_tag(struct cache *c, const struct pair *p);

/* Records that a pair with this tag was removed from the address. */
void routes_leave_tag(struct cache *c, uint32_t address, uint32_t tag);

/* Records that the tag of the pair may have changed; `before` is the old tag. */
void routes_change_tag(struct cache *c, const struct pair *p, uint32_t before);

/* Reports the changed routes of dirty addresses, which are then no longer dirty. */
void routes_flush(struct cache *c);

/* --- expire.c: the ends of lives, also when the wall clock is set --- */

/* The wall time at which the life of a pair ends, if it was last seen at `last` with this TTL. */
int64_t expire_end(const struct cache *c, int64_t last, uint32_t ttl);
void expire_add(struct cache *c, uint32_t i);
void expire_set_seen(struct cache *c, uint32_t i, int64_t last, uint32_t ttl);

/* Sets the last sighting of a pair, which is in the future, to `now`. */
void expire_clamp_time(struct cache *c, uint32_t i, int64_t now);

/* --- evict.c: which pairs are removed at a limit --- */

/*
 * Makes room for a pair of `group` (group.h), last seen at `time`. `address` is NONE if the address
 * is new. False: the pair is refused.
 */
bool evict_make_room(struct cache *c, uint32_t address, uint32_t group, int64_t time);

/* Removes pairs beyond the limits. */
void evict_trim(struct cache *c);

/* --- prefetch.c --- */

/* Prefetches the memory that routes_flush needs for the dirty addresses that follow the i-th. */
void prefetch_dirty(const struct cache *c, size_t i);

#endif
