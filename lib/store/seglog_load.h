/*
 * Loading: the pairs of a store go into a cache, and its segments become the log in memory.
 */
#ifndef SEGLOG_LOAD_H
#define SEGLOG_LOAD_H

#include "cache/cache.h"
#include "store/seglog.h"
#include "store/store.h"

/*
 * The log must be empty. Pairs that the cache does not take are counted in *refused. NULL, or the
 * reason; then cache and log have what was read until then.
 */
const char *seglog_load(struct seglog *l, struct store *store, struct cache *cache,
    uint64_t *refused);

#endif
