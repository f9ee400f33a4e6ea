/*
 * The cache: pairs (ADDRESS, NAME) with when they were seen, and the routes that follow from them.
 * All in memory, time passed in: wall time in microseconds.
 *
 * A pair lives its LIFE from when it was last seen. Pairs merge by maximum, so that the order,
 * number and direction of merges do not matter: the latest TIME; the greatest TIME + TTL (in whole
 * seconds, so that a pair survives the way through a line unchanged); the earliest first; tag, rule
 * and via of the latest line, and of two at the same TIME the bytewise greater.
 *
 * An address is announced while it has a pair, with the tags of all its pairs.
 *
 * Who has to know what changed (a disk, a peer, a person) is a reader. The pairs stand in the order
 * of their last change; a change puts a pair at the end, and a reader is a cursor in that order: so
 * it comes to each pair that changed after it was there, once however often that was. Changes are
 * counted in epochs: a new one begins when a reader takes a pair of the present one, and a pair
 * that changes twice in an epoch moves once.
 *
 * A pair is known by a number, which stays the same while it lives, and may be that of another pair
 * afterwards.
 */
#ifndef CACHE_H
#define CACHE_H

#include "cache/life.h"
#include "cache/martians.h"
#include "line/answer.h"
#include "line/route.h"

#define CACHE_AHEAD (60 * INT64_C(1000000))	/* a TIME so far ahead of the clock is refused */
#define CACHE_NONE UINT32_MAX			/* no pair */

struct cache;

enum cache_result {
	CACHE_NEW,	/* the pair was not there */
	CACHE_MERGED,	/* it was, and has changed */
	CACHE_SAME,	/* it was, and nothing changed */
	CACHE_DEAD,	/* the line is older than the life of a pair: not taken */
	CACHE_AHEAD_OF_CLOCK,	/* refused */
	CACHE_DENIED,	/* refused: its address must not be routed */
	CACHE_FULL,	/* refused: at a limit, and it may not replace another */
	CACHE_RESULTS,	/* how many there are */
};

/* Why a pair goes. */
enum cache_end {
	/* Its LIFE is over: what loads it from disk later finds that out from what stands there. */
	CACHE_EXPIRED,
	CACHE_EVICTED,	/* for want of room */
	CACHE_REMOVED,	/* somebody wants it away */
};

/* Told of each change of a route. The route's texts are good during the call. */
typedef void cache_route_fn(const struct route *r);

/*
 * Told of each pair that goes, with its place. The answer's texts are good during the call. It must
 * not call back.
 */
typedef void cache_gone_fn(const struct answer *a, uint32_t place, enum cache_end why);

/* One reader. Its fields are the cache's; between attach and detach it must not move. */
struct cache_reader {
	uint32_t next;		/* the pair it reads next, or CACHE_NONE: all is read */
};

/* An empty cache. `seed` is random; *life is copied. */
struct cache *cache_new(uint64_t seed, const struct life *life, cache_route_fn *route,
    cache_gone_fn *gone);
void cache_free(struct cache *c);

/* From now on no pair is made whose address the guard denies. It is not copied, and may be NULL. */
void cache_set_guard(struct cache *c, const struct martians *guard);

/*
 * The most there may be; 0: no limit. At a limit the rule that holds most loses its oldest, and
 * imported pairs lose before all others (evict.h): in O(log n).
 */
struct cache_limits {
	uint32_t pairs, addresses;
	uint32_t names;		/* of an address */
};

#define CACHE_LIMIT_MAX 200000000

/* Applies to what is merged from now on, and to cache_end_load. */
void cache_set_limits(struct cache *c, const struct cache_limits *limits);

/*
 * To be told the time once a turn, wall and monotonic. When the wall clock is set forward or the
 * machine has slept, what was seen before lives on for as long as it would have. When it is set
 * back, what is dated more than CACHE_AHEAD in the future is dated now, by the next calls of
 * cache_expire.
 */
void cache_clock(struct cache *c, int64_t wall, int64_t mono);

/* The hashes under which the address and the pair of a line stand. */
struct cache_key {
	uint64_t address;
	uint32_t pair;
};

/*
 * Has the processor fetch what the next calls of cache_merge or cache_load with these lines will
 * look at, which otherwise takes most of their time, and sets the lines' keys for those calls. At
 * most CACHE_EXPECT_MAX.
 */
#define CACHE_EXPECT_MAX 32
void cache_expect(const struct cache *c, const struct answer *lines, size_t n,
    struct cache_key *keys);

/* The key of a line. */
struct cache_key cache_key(const struct cache *c, const struct answer *a);

/* Makes room for so many pairs, so that to add them costs less. */
void cache_reserve(struct cache *c, size_t pairs);

/* Merges what a line says, whose key this is. Texts are copied. */
enum cache_result cache_merge(struct cache *c, const struct answer *a, struct cache_key key,
    int64_t now);

/*
 * Takes a pair from disk, where it has this place. It REPLACES what was loaded for the pair before,
 * whose place goes to *before (0: it is new). Returns the pair, or CACHE_NONE when its address is
 * denied. No route is told.
 *
 * Lives and limits do not hold while the cache is loaded: the disk may name a pair several times,
 * and only the last one counts.
 */
uint32_t cache_load(struct cache *c, const struct answer *a, struct cache_key key, uint32_t place,
    uint32_t *before);

/* Removes a pair that the disk says later is gone. No route is told. */
void cache_unload(struct cache *c, uint32_t pair);

/*
 * Ends a load, at the wall time `now`: removes pairs whose life is over, then those beyond the
 * limits. No route is told: then cache_replay tells all.
 */
void cache_end_load(struct cache *c, int64_t now);
void cache_replay(struct cache *c);

/* The pair, or CACHE_NONE. */
uint32_t cache_find(const struct cache *c, const struct addr *addr, struct str name);

/* All pairs are numbered below this; a number may be of none now. */
uint32_t cache_top(const struct cache *c);
bool cache_is_pair(const struct cache *c, uint32_t number);

/*
 * Sets time, addr, ttl, name, via, tag, rule, first and imported; the texts are good till the pair
 * changes or goes.
 */
void cache_get(const struct cache *c, uint32_t pair, struct answer *a);

/*
 * Where the pair stands on disk, as its keeper numbers that; 0 in a pair that was not written yet.
 */
uint32_t cache_place(const struct cache *c, uint32_t pair);
void cache_set_place(struct cache *c, uint32_t pair, uint32_t place);

/* Gives the pair of `a`, if there is one, the tag and rule of `a`. False when there is none. */
bool cache_retag(struct cache *c, const struct answer *a);

/* Removes a pair. */
void cache_remove(struct cache *c, uint32_t pair);

/*
 * Removes what has not been seen for its life, a limited number of pairs a call. True when more is
 * due now. Costs nothing for what is not due.
 */
bool cache_expire(struct cache *c, int64_t now);

/* When cache_expire may have something to do, in wall time; INT64_MAX: never. */
int64_t cache_next_expiry(const struct cache *c);

/*
 * Begins to read the pairs that changed after the epoch `since`; with 0 all. Costs O(those that
 * changed).
 */
void cache_attach(struct cache *c, struct cache_reader *r, uint64_t since);
void cache_detach(struct cache *c, struct cache_reader *r);

/*
 * Takes an attached reader back to the pairs that changed after `since`, a limited number of pairs
 * a call. True when it is there; it must not read before.
 */
bool cache_seek(const struct cache *c, struct cache_reader *r, uint64_t since);

/*
 * The next pair, as cache_get has it. False when all is read; a later change makes it true again.
 */
bool cache_read(struct cache *c, struct cache_reader *r, struct answer *a, uint32_t *pair);

/* False when the reader has read the last change of the pair. May be true when it has. */
bool cache_is_unread(const struct cache *c, const struct cache_reader *r, uint32_t pair);

/* The epoch of a pair's last change. */
uint64_t cache_epoch_of(const struct cache *c, uint32_t pair);

/*
 * Ends the present epoch and returns it: who has read all till now asks for what changed since it.
 */
uint64_t cache_serial(struct cache *c);

size_t cache_pairs(const struct cache *c);
size_t cache_addresses(const struct cache *c);

#endif
