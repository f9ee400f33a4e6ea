/*
 * How long what a process of ours sends is on the way till it comes back as a line: probes with
 * numbers, of which the text says `probe-` and nine digits.
 */
#ifndef DELAYS_H
#define DELAYS_H

#include <stddef.h>
#include <stdint.h>

#define PROBE_MARK "probe-"
#define PROBE_DIGITS 9

struct delays {
	size_t n;		/* probes */
	int64_t rate;		/* a second */
	int64_t *sent;		/* when each was, monotonic: all processes see it */
	int64_t *took;		/* microseconds; -1: it has not come yet */
};

void delays_open(struct delays *d, int64_t rate, int64_t seconds);

/* Memory that the processes have in common, all zero. */
void *delays_share(size_t size);

/* Runs it in a process of its own, which ends with ours at the latest. */
void delays_start(void (*what)(void));

/* Waits till probe i is due, of those that began at `start`, evenly, and notes it as sent. */
void delays_send(struct delays *d, size_t i, int64_t start);

/* Sets the nine digits. */
void delays_number(size_t i, char digits[PROBE_DIGITS]);

void delays_sleep_until(int64_t when);

/* Reads lines from stdin till all probes have come; exit 2 when one has not by `end`. */
void delays_read(struct delays *d, int64_t end);

/* Prints `frames=N rate=R p50=T p90=T p99=T max=T`: R sent a second, T in microseconds. */
void delays_print(struct delays *d);

/* A number from 1 to 1,000,000 of the command line; exit 2 when it is none. */
int64_t delays_argument(const char *text);

#endif
