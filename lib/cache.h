/*
 * The cache: pairs (ADDRESS, NAME) with when they were seen, and the routes that follow from them. All in
 * memory, time passed in; what has to be written to disk is asked for with cache_save.
 *
 * A pair lives `life` microseconds from when it was last seen. Pairs merge by maximum, so that the order,
 * number and direction of merges do not matter: the latest TIME; the greatest TIME + TTL (in whole
 * seconds, so that a pair survives the way through a line unchanged); the earliest first; tag, rule and
 * via of the latest line, and of two at the same TIME the bytewise greater.
 *
 * An address is announced while it has a pair, with the tags of all its pairs.
 */
#ifndef CACHE_H
#define CACHE_H

#include "answer.h"
#include "route.h"

#define CACHE_AHEAD (60 * INT64_C(1000000))	/* a TIME so far ahead of the clock is refused */

struct cache;

enum cache_result {
	CACHE_NEW,	/* the pair was not there */
	CACHE_MERGED,	/* it was, and has changed */
	CACHE_SAME,	/* it was, and nothing changed */
	CACHE_DEAD,	/* the line is older than the life of a pair: not taken */
	CACHE_AHEAD_OF_CLOCK,	/* refused */
};

/* Told of each change of a route. The route's texts are good during the call. */
typedef void cache_route_fn(const struct route *r);

/* An empty cache. `seed` is random; `life` > 0 in microseconds. */
struct cache *cache_new(uint64_t seed, int64_t life, cache_route_fn *route);
void cache_free(struct cache *c);

/* Merges what a line says; `now` is wall time. Texts are copied. */
enum cache_result cache_merge(struct cache *c, const struct answer *a, int64_t now);

/*
 * The same for what is saved already: it is not to be saved again, no route is told, and what is dead is
 * left to cache_expire. When all is loaded, cache_replay tells the routes.
 */
void cache_load(struct cache *c, const struct answer *a);
void cache_replay(struct cache *c);

/* Gives the pair of `a`, if there is one, the tag and rule of `a`. False when there is none. */
bool cache_retag(struct cache *c, const struct answer *a);

/* Removes the pair of a->addr and a->name. False when there is none. */
bool cache_remove(struct cache *c, const struct answer *a);

/* Removes every pair for which `chosen` is true. */
void cache_remove_if(struct cache *c, bool (*chosen)(const struct answer *a, void *context), void *context);

/* Removes what has not been seen for its life. Costs nothing for what is not due. */
void cache_expire(struct cache *c, int64_t now);

/* When cache_expire may have something to do, in wall time; INT64_MAX: never. */
int64_t cache_next_expiry(const struct cache *c);

/* Calls `each` for every pair, with time, addr, ttl, name, via, tag, rule and first set. */
void cache_each(struct cache *c, void (*each)(const struct answer *a, void *context), void *context);

/* Tells what has changed since the last call: first each pair that went, then each to be written. */
void cache_save(struct cache *c, void (*gone)(const struct answer *a, void *context),
    void (*put)(const struct answer *a, void *context), void *context);

/* Whether cache_save has anything to tell. */
bool cache_is_dirty(const struct cache *c);

size_t cache_pairs(const struct cache *c);
size_t cache_addresses(const struct cache *c);

#endif
