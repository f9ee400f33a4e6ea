/*
 * What a `run` takes from stdin: answer lines, several at a time, since their pairs are scattered
 * over memory and can be fetched together. Each line does what it would do alone, in its turn.
 */
#ifndef INGEST_H
#define INGEST_H

#include "cache/cache.h"
#include "io/filter.h"

struct ingest {
	struct filter *filter;	/* not owned */
	struct cache *cache;	/* not owned */
	void (*comment)(struct str line);	/* all that came before it has been taken in */

	struct answer lines[CACHE_EXPECT_MAX];
	uint64_t numbers[CACHE_EXPECT_MAX];	/* of the lines in the input */
	size_t n;

	uint64_t taken;		/* lines that are no comments */
	uint64_t results[CACHE_RESULTS];
};

/* Takes the lines that have come; `now` is wall time. */
void ingest_turn(struct ingest *t, int64_t now);

#endif
