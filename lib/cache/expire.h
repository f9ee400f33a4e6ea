/*
 * The ends of the lives of pairs, also when the wall clock is set.
 */
#ifndef EXPIRE_H
#define EXPIRE_H

#include "cache/cache_private.h"

/* When the life of a pair ends that was seen at `last` with this TTL, in wall time. */
int64_t expire_end(const struct cache *c, int64_t last, uint32_t ttl);

void expire_add(struct cache *c, uint32_t i);

void expire_set_seen(struct cache *c, uint32_t i, int64_t last, uint32_t ttl);

/* Sets the last sighting of a pair in the future to `now`. */
void expire_clamp_time(struct cache *c, uint32_t i, int64_t now);

#endif
