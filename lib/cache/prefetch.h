/*
 * Prefetching: a cache of a million pairs exceeds the caches of the processor, and to find and
 * merge a pair takes several accesses to memory, each of which depends on the one before. For up to
 * CACHE_EXPECT_MAX lines (cache_expect), or for the dirty addresses that follow, each step is
 * requested for all of them before the next step needs its result. A run with a million pairs in
 * random order loads and announces them in 0.42 s of CPU instead of 0.65 s (scripts/bench cache,
 * "start with 1,000,000 pairs").
 *
 * No other file of the cache prefetches.
 */
#ifndef PREFETCH_H
#define PREFETCH_H

#include "cache/cache_private.h"

/* Requests what routes_flush needs for the dirty addresses that come some places after the i-th. */
void prefetch_dirty(const struct cache *c, size_t i);

#endif
