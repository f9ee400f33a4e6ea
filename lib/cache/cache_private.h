/*
 * The structs behind struct cache, which the files of the engine share: text.c, index.c,
 * changes.c, routes.c, expire.c, evict.c, prefetch.c and cache.c.
 *
 * Pairs, addresses and texts refer to each other by number, which takes half of the space of a
 * pointer.
 */
#ifndef CACHE_PRIVATE_H
#define CACHE_PRIVATE_H

#include "base/clock.h"
#include "base/intern.h"
#include "cache/cache.h"
#include "cache/clockstep.h"
#include "cache/evict.h"
#include "cache/heap.h"
#include "cache/slab.h"
#include "cache/tally.h"

#define NONE TABLE_NONE

struct pair {
	uint32_t address;	/* of a free place: the next free one, or NONE */
	/* The address's other pairs: next ends with NONE, prev goes round to the last. */
	uint32_t next, prev;
	uint32_t text;		/* in `texts`; SLAB_NONE in a free place */
	uint32_t ttl;
	uint32_t place;		/* on disk */
	uint32_t older, newer;	/* in the order of change, or NONE */
	uint64_t epoch : 63;	/* of its last change */
	uint64_t imported : 1;	/* it came by import, and was never seen here */
	int64_t last, first;
};

/* What a line says beside address and times. The addresses of a response share one. */
struct text {
	uint32_t users;
	uint32_t tag, rule;	/* interned */
	uint16_t name_n, via_n;
	char bytes[];		/* name, via */
};

struct address {
	uint32_t bytes;		/* of IPv4; of IPv6 where they are, in `texts` */
	uint32_t told;		/* the tags it is announced with, interned */
	/* The first, or NONE; of a free place: the next free one, or NONE. */
	uint32_t pairs;
	uint32_t tags, groups;	/* the tallies of its pairs, or TALLY_NONE */
	uint32_t seen;		/* the latest of its pairs, in seconds */
	uint32_t n : 29;	/* pairs */
	uint32_t v6 : 1;
	uint32_t announced : 1;
	uint32_t dirty : 1;	/* its route may have changed: routes_flush compares it */
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
	uint32_t text;		/* that was made last, if it lives still; or SLAB_NONE */
	struct pair *pairs;
	size_t pairs_n, pairs_cap, pairs_used;
	uint32_t pairs_free;
	struct address *addresses;
	size_t addresses_n, addresses_cap, addresses_used;	/* used: that have pairs */
	uint32_t addresses_free;
	struct tallies tag_counts;
	struct table by_addr, by_pair;
	struct evict evict;

	/*
	 * When pairs are over. With a fixed life they are in the order of their last sighting,
	 * which is what stands in the heap; else the end itself does. A pair that was seen again is
	 * still under its old time.
	 */
	struct heap due;
	struct heap_places due_places;
	struct clockstep steps;
	int64_t latest;		/* no pair is dated later */
	size_t clamp_at;	/* the next pair to be checked for a time in the future */
	int64_t clamp_to;	/* later times are set to it; NEVER: none is looked for */

	uint64_t epoch;		/* the present one, from 1 */
	uint32_t oldest, newest;	/* the ends of the order of change, or NONE */
	struct cache_reader **readers;
	size_t readers_n, readers_cap;
	uint32_t *dirty;	/* addresses */
	size_t dirty_n, dirty_cap;
};

static inline uint32_t
cache_seconds(int64_t time)
{
	return time / SECOND < UINT32_MAX ? (uint32_t)(time / SECOND) : UINT32_MAX;
}

/* Removes a pair; routes_flush reports its route. */
void cache_remove_pair(struct cache *c, uint32_t i, enum cache_end why);

#endif
