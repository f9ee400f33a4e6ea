/*
 * The pairs of a cache counted one by one, for stats: by family, and the oldest and newest TIME.
 */
#ifndef CENSUS_H
#define CENSUS_H

#include "base/buf.h"
#include "cache/cache.h"

struct census {
	int64_t oldest, newest;	/* TIME; -1: no pair was counted */
	uint64_t v4, v6;
};

#define CENSUS_EMPTY { .oldest = -1, .newest = -1 }

void census_count(struct census *n, const struct answer *a);

/* Appends lines `key value`: the sizes of the cache, and what was counted. */
void census_format(const struct census *n, const struct cache *cache, struct buf *out);

#endif
