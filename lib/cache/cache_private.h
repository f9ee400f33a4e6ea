/*
 * The structs behind struct cache, shared by the files of this folder. Pairs, addresses and texts
 * refer to each other by number, which is half the size of a pointer.
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
	uint32_t address;	/* in an unused pair: the next unused one, or NONE */
	uint32_t next, prev;	/* of the same address: next ends with NONE, prev is circular */
	uint32_t text;		/* in `texts`; SLAB_NONE: unused */
	uint32_t ttl;
	uint32_t place;		/* on disk */
	uint32_t older, newer;	/* in the order of change, or NONE */
	uint64_t epoch : 63;	/* of its last change */
	uint64_t imported : 1;	/* and never seen here */
	int64_t last, first;
};

/* The texts of a line. The addresses of a response share them. */
struct text {
	uint32_t users;
	uint32_t tag, rule;	/* interned */
	uint16_t name_n, via_n;
	char bytes[];		/* name, via */
};

struct address {
	uint32_t bytes;		/* IPv4: the address; IPv6: a block of `texts` */
	uint32_t told;		/* the tags in the last reported route, interned */
	uint32_t pairs;		/* the first, or NONE; in an unused address: the next unused one */
	uint32_t tags, groups;	/* the tallies of its pairs, or TALLY_NONE */
	uint32_t seen;		/* the latest sighting, in seconds */
	uint32_t n : 29;	/* pairs */
	uint32_t v6 : 1;
	uint32_t announced : 1;
	uint32_t dirty : 1;	/* in `dirty`: its route may have changed */
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
	uint32_t text;		/* the latest, if it still exists; or SLAB_NONE */
	struct pair *pairs;
	size_t pairs_n, pairs_cap, pairs_used;
	uint32_t pairs_free;
	struct address *addresses;
	size_t addresses_n, addresses_cap, addresses_used;	/* used: with pairs */
	uint32_t addresses_free;
	struct tallies tag_counts;
	struct table by_addr, by_pair;
	struct groups groups;

	struct heap due;	/* expire.c */
	struct heap_places due_places;
	struct clockstep steps;
	int64_t latest;		/* no pair is dated later */
	size_t clamp_at;	/* the next pair to check for a time in the future */
	int64_t clamp_to;	/* the time for those; NEVER: the check is done */

	uint64_t epoch;		/* the current one, from 1 */
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
