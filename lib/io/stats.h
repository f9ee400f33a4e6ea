/*
 * Counters for people and for monitoring: on stderr at SIGUSR1; or in a file, every ten seconds and
 * at SIGUSR1.
 */
#ifndef STATS_H
#define STATS_H

#include <stdint.h>
#include <stdio.h>

#include "io/loop.h"

struct stats {
	const char *path;	/* of --stats FILE, or NULL: set by stats_keep */
	void (*print)(FILE *to);	/* prints the program's lines, by stats_line */
	int64_t next;		/* when the file is due, monotonic */
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
 * Writes the counters to this file also; `path` is not copied. The file is replaced by renaming, so
 * it must be a regular one, unlike /dev/stderr. NULL, or the reason why not.
 */
const char *stats_keep(struct stats *s, const char *path);

/*
 * One line: `program: stats key=value ...`. `what`, when not NULL, comes before the counters as it
 * is.
 */
void stats_line(FILE *to, const char *what, const struct stats_counter *counters, size_t n);

/*
 * Every turn of the loop: names the next time the file is due, and writes what is asked for or due.
 */
void stats_turn(struct stats *s, struct loop *loop);

/* At the end: brings the file up to date. */
void stats_close(struct stats *s);

#endif
