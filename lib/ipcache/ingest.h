/*
 * Answer lines from stdin into the cache of a `run`. Several lines at a time are merged, since
 * their pairs are scattered over memory and can be fetched together; the effect is that of one line
 * after the other.
 */
#ifndef INGEST_H
#define INGEST_H

#include "cache/cache.h"
#include "io/filter.h"

struct ingest {
	struct filter *filter;	/* not owned */
	struct cache *cache;	/* not owned */
	void (*comment)(struct str line);	/* called after all lines before it were merged */

	struct answer lines[CACHE_EXPECT_MAX];
	uint64_t numbers[CACHE_EXPECT_MAX];	/* of the lines in the input */
	size_t n;

	uint64_t taken;		/* lines other than comments */
	uint64_t results[CACHE_RESULTS];
};

/* Merges the lines that have arrived; `now` is wall time. */
void ingest_turn(struct ingest *t, int64_t now);

/*
 * Appends one line without its LF: how many answers were refused for each reason, and the option
 * that changes it. `life` is the text of LIFE. False, and nothing appended, when none was refused.
 */
bool ingest_refusals(const uint64_t results[CACHE_RESULTS], const char *life, struct buf *out);

#endif
