/*
 * When pairs end: a heap of all pairs by the time at which their life is over. A pair that was seen
 * again keeps its old place in the heap, and is moved when that comes first: so a sighting costs
 * nothing here. After the wall clock was set back, times in the future are clamped to the present,
 * EXPIRE_MAX pairs a call.
 */
#ifndef EXPIRE_H
#define EXPIRE_H

#include "cache/cache_private.h"

/* When a pair that was seen at `last` with this TTL ends, wall time. */
int64_t expire_end(const struct cache *c, int64_t last, uint32_t ttl);

/* Adds a pair that has its address, time and TTL. */
void expire_add(struct cache *c, uint32_t i);
void expire_remove(struct cache *c, uint32_t i);

/* Sets when a pair was last seen, and its TTL. */
void expire_set_seen(struct cache *c, uint32_t i, int64_t last, uint32_t ttl);

/* Dates a pair `now` that is dated in the future, since the clock was set back. */
void expire_clamp_time(struct cache *c, uint32_t i, int64_t now);

#endif
