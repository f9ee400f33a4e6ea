/* Writes counters: to stderr on SIGUSR1; with --stats FILE, to FILE on SIGUSR1 and every 10 s. */
#ifndef STATS_H
#define STATS_H

#include <stdint.h>
#include <stdio.h>

#include "io/loop.h"

struct stats {
	const char *path;	/* the file of --stats, set by stats_keep; or NULL */
	void (*print)(FILE *to);	/* prints the program's lines with stats_line */
	int64_t next;		/* time of the next write, monotonic */
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
 * Selects the file for the counters. An existing file must be regular, because it is replaced by
 * renaming. The path is not copied. Returns NULL, or the reason of a failure.
 */
const char *stats_keep(struct stats *s, const char *path);

/* Prints a line `program: stats WHAT key=value ...`; `what` may be NULL. */
void stats_line(FILE *to, const char *what, const struct stats_counter *counters, size_t n);

/* Writes counters that are due, and sets the timer. Call in each turn of the loop. */
void stats_turn(struct stats *s, struct loop *loop);

/* Updates the file at the end of the program. */
void stats_close(struct stats *s);

#endif
