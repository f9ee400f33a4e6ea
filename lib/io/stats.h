/* Counters for people and monitoring: at SIGUSR1 on stderr, or in a file, also every 10 s. */
#ifndef STATS_H
#define STATS_H

#include <stdint.h>
#include <stdio.h>

#include "io/loop.h"

struct stats {
	const char *path;	/* of --stats FILE, set by stats_keep; or NULL */
	void (*print)(FILE *to);	/* prints the program's lines with stats_line */
	int64_t next;		/* when the file is written next, monotonic */
};

struct stats_counter {
	const char *key;
	uint64_t value;
};

static inline uint64_t
stats_sum(const uint64_t *counters, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += counters[i];
	return sum;
}

/*
 * Writes the counters to this file, which must be regular because it is replaced by renaming. The
 * path is not copied. NULL, or the reason of a failure.
 */
const char *stats_keep(struct stats *s, const char *path);

/* Prints a line `program: stats WHAT key=value ...`; `what` may be NULL. */
void stats_line(FILE *to, const char *what, const struct stats_counter *counters, size_t n);

/* In each turn of the loop: writes counters that are due, and sets the timer. */
void stats_turn(struct stats *s, struct loop *loop);

/* At the end: updates the file. */
void stats_close(struct stats *s);

#endif
