/*
 * The cache: pairs (ADDRESS, NAME) with the time of their last sighting, and the routes that follow
 * from them. Everything is in memory. The caller passes the wall time in microseconds.
 *
 * A pair lives for the time LIFE (life.h) after it was last seen. If two lines about a pair are
 * merged, the result has the latest TIME, the greatest TIME + TTL (in whole seconds), the earliest
 * value of `first`, and tag, rule and via of the line with the latest TIME; if the TIMEs are equal,
 * the bytewise greater texts. So caches that merge the same lines agree, whatever the order.
 *
 * An address is announced while it has a pair, with the tags of all its pairs.
 *
 * A reader is a cursor in the list of all pairs, which is ordered by last change (changes.c). The
 * reader returns each pair that changed after the reader passed the pair, only once if the pair
 * changed several times. A change records the number of the current epoch.
 *
 * A pair is identified by a number, which is constant while the pair lives and is reused later.
 */
#ifndef CACHE_H
#define CACHE_H

#include "cache/life.h"
#include "cache/martians.h"
#include "line/answer.h"
#include "line/route.h"

#define CACHE_AHEAD (60 * INT64_C(1000000))	/* microseconds; a later TIME is refused */
#define CACHE_NONE UINT32_MAX			/* no pair */

struct cache;

enum cache_result {
	CACHE_NEW,	/* the pair was added */
	CACHE_MERGED,	/* the pair has changed */
	CACHE_SAME,	/* the pair has not changed */
	CACHE_DEAD,	/* refused: the life of the pair would be over already */
	CACHE_AHEAD_OF_CLOCK,	/* refused: TIME is too far in the future */
	CACHE_DENIED,	/* refused: the address must not be routed */
	CACHE_FULL,	/* refused: a limit is reached, and no pair may be evicted */
	CACHE_RESULTS,	/* the number of results */
};

/* Why a pair is removed. */
enum cache_end {
	CACHE_EXPIRED,	/* its life is over; cache_end_load checks this for loaded pairs */
	CACHE_EVICTED,	/* a limit was reached */
	CACHE_REMOVED,	/* a caller of the cache requested the removal */
};

/* Receives each change of a route. The texts of the route are valid during the call. */
typedef void cache_route_fn(const struct route *r);

/*
 * Receives each pair that is removed, and its place on disk (cache_place). The texts are valid
 * during the call. The function must not use the cache.
 */
typedef void cache_gone_fn(const struct answer *a, uint32_t place, enum cache_end why);

/* The struct must not move in memory between cache_attach and cache_detach. */
struct cache_reader {
	uint32_t next;		/* the pair to read next; CACHE_NONE: no pair is left */
};

/* Creates an empty cache. `seed` must be random; *life is copied. */
struct cache *cache_new(uint64_t seed, const struct life *life, cache_route_fn *route,
    cache_gone_fn *gone);
void cache_free(struct cache *c);

/* Refuses new addresses that *guard denies. *guard is not copied. NULL: denies no address. */
void cache_set_guard(struct cache *c, const struct martians *guard);

/* Limits; 0: no limit. At a limit, pairs are removed in O(log n); evict.c describes which. */
struct cache_limits {
	uint32_t pairs, addresses;
	uint32_t names;		/* names of one address */
};

#define CACHE_LIMIT_MAX 200000000

/* The limits apply to later calls of cache_merge and cache_end_load. */
void cache_set_limits(struct cache *c, const struct cache_limits *limits);

/*
 * Must be called once per turn of the loop, with the wall and the monotonic time. If the wall clock
 * was set forward or the machine slept, earlier sightings keep their remaining lives. If the clock
 * was set back, and a sighting is now more than CACHE_AHEAD in the future, the next calls of
 * cache_expire set all sightings in the future to the present.
 */
void cache_clock(struct cache *c, int64_t wall, int64_t mono);

/* The hashes of the address and the pair of a line. */
struct cache_key {
	uint64_t address;
	uint32_t pair;
};

/*
 * Sets keys[i] to the key of lines[i], and prefetches the memory that cache_merge or cache_load
 * will access for these lines. Otherwise these functions spend most of their time waiting for
 * memory.
 */
#define CACHE_EXPECT_MAX 32	/* lines */
void cache_expect(const struct cache *c, const struct answer *lines, size_t n,
    struct cache_key *keys);

struct cache_key cache_key(const struct cache *c, const struct answer *a);

/* Allocates room for this number of pairs, so that adding pairs costs less. */
void cache_reserve(struct cache *c, size_t pairs);

/* Merges a line with the key `key` at the wall time `now`. The texts are copied. */
enum cache_result cache_merge(struct cache *c, const struct answer *a, struct cache_key key,
    int64_t now);

/*
 * Loads the pair of an entry at `place` on disk. If the pair was loaded from another entry before,
 * replaces it and sets *before to the place of that entry, otherwise to 0. Returns the pair, or
 * CACHE_NONE if the guard denies the address. No route is reported.
 *
 * Lives and limits do not apply until cache_end_load: the disk may have several entries of a pair,
 * and only the last entry counts.
 */
uint32_t cache_load(struct cache *c, const struct answer *a, struct cache_key key, uint32_t place,
    uint32_t *before);

/* Removes a loaded pair: a later entry on disk records its removal. No route is reported. */
void cache_unload(struct cache *c, uint32_t pair);

/*
 * Ends a load at the wall time `now`: removes pairs whose life is over, then pairs beyond the
 * limits. No route is reported; cache_replay must follow, and reports all routes.
 */
void cache_end_load(struct cache *c, int64_t now);
void cache_replay(struct cache *c);

/* Returns the pair, or CACHE_NONE. */
uint32_t cache_find(const struct cache *c, const struct addr *addr, struct str name);

/* All pairs have numbers below the result. Some of these numbers may be unused. */
uint32_t cache_top(const struct cache *c);
bool cache_is_pair(const struct cache *c, uint32_t number);

/*
 * Sets time, addr, ttl, name, via, tag, rule, first and imported of *a. The texts are valid until
 * the pair changes or is removed.
 */
void cache_get(const struct cache *c, uint32_t pair, struct answer *a);

/* The place of the pair on disk, a number that the caller sets; 0: not on disk. */
uint32_t cache_place(const struct cache *c, uint32_t pair);
void cache_set_place(struct cache *c, uint32_t pair, uint32_t place);

/* Sets tag and rule of the pair of `a` to those of `a`. False: there is no such pair. */
bool cache_retag(struct cache *c, const struct answer *a);

void cache_remove(struct cache *c, uint32_t pair);

/* Removes pairs whose life is over, a limited number per call. True: more are due now. */
bool cache_expire(struct cache *c, int64_t now);

/* The wall time at which cache_expire must be called next; INT64_MAX: never. */
int64_t cache_next_expiry(const struct cache *c);

/*
 * Attaches a reader at the first change after the epoch `since` (0: at the oldest pair). The time
 * that this takes is proportional to the number of later changes.
 */
void cache_attach(struct cache *c, struct cache_reader *r, uint64_t since);
void cache_detach(struct cache *c, struct cache_reader *r);

/*
 * Moves an attached reader back before all pairs that changed after `since`, by a limited number of
 * pairs per call. Must be called again, before the next cache_read, until it returns true.
 */
bool cache_seek(const struct cache *c, struct cache_reader *r, uint64_t since);

/* Reads the next pair, as cache_get does. False: no pair is left, until one changes. */
bool cache_read(struct cache *c, struct cache_reader *r, struct answer *a, uint32_t *pair);

/* False: the reader has read the last change of the pair. True: perhaps the reader has not. */
bool cache_is_unread(const struct cache *c, const struct cache_reader *r, uint32_t pair);

/* The epoch of a pair's last change. */
uint64_t cache_epoch_of(const struct cache *c, uint32_t pair);

/* Ends the current epoch and returns it. A reader with this `since` reads only later changes. */
uint64_t cache_serial(struct cache *c);

size_t cache_pairs(const struct cache *c);
size_t cache_addresses(const struct cache *c);

#endif
