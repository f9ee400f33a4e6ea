/*
 * Merges answer lines from stdin into the cache of a `run`. Lines are merged in batches, since
 * their pairs are scattered over memory and can be prefetched together; the result is the same as
 * line by line.
 */
#ifndef INGEST_H
#define INGEST_H

#include "cache/cache.h"
#include "io/filter.h"

struct ingest {
	struct filter *filter;	/* not owned */
	struct cache *cache;	/* not owned */
	void (*comment)(struct str line);	/* called after earlier lines are merged */

	struct answer lines[CACHE_EXPECT_MAX];
	uint64_t numbers[CACHE_EXPECT_MAX];	/* line numbers of `lines` in the input */
	size_t n;

	uint64_t taken;		/* lines other than comments */
	uint64_t results[CACHE_RESULTS];
};

/* Merges the lines that have arrived; `now` is wall time. */
void ingest_turn(struct ingest *t, int64_t now);

/*
 * Appends a message without an LF: the number of refused answers for each reason, and the option
 * that helps. `life` is LIFE as text. Returns false and appends nothing when none was refused.
 */
bool ingest_refusals(const uint64_t results[CACHE_RESULTS], const char *life, struct buf *out);

#endif
