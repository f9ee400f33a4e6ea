/*
 * Measures the time from the sending of a probe until the probe returns as a line. A probe contains
 * `probe-` and a number of nine digits.
 */
#ifndef DELAYS_H
#define DELAYS_H

#include <stddef.h>
#include <stdint.h>

#define PROBE_MARK "probe-"
#define PROBE_DIGITS 9

struct delays {
	size_t n;		/* probes */
	int64_t rate;		/* per second */
	int64_t *sent;		/* monotonic times, in memory that all processes share */
	int64_t *took;		/* microseconds; -1: not received */
};

void delays_open(struct delays *d, int64_t rate, int64_t seconds);

/* Allocates zeroed memory that the processes share. */
void *delays_share(size_t size);

/* Runs the function in a child process, which ends with its parent at the latest. */
void delays_start(void (*what)(void));

/* Waits until probe i is due, and records it as sent. Probes are evenly spaced from `start` on. */
void delays_send(struct delays *d, size_t i, int64_t start);

/* Writes the nine digits. */
void delays_number(size_t i, char digits[PROBE_DIGITS]);

void delays_sleep_until(int64_t when);

/* Reads lines from stdin until all probes have arrived; at the time `end`, exits with 2. */
void delays_read(struct delays *d, int64_t end);

/* Prints `frames=N rate=R p50=T p90=T p99=T max=T`: R probes sent per second, T in microseconds. */
void delays_print(struct delays *d);

/* Parses a number from 1 to 1,000,000 on the command line; exits with 2 for any other text. */
int64_t delays_argument(const char *text);

#endif
