/*
 * How late answers arrive: the time of an answer against the clock when it is read, in buckets of
 * 1, 2 and 5 times a power of ten.
 */
#ifndef DELAY_H
#define DELAY_H

#include <stddef.h>
#include <stdint.h>

#define DELAY_BUCKETS 16
#define DELAY_WINDOW 1000	/* answers */

/* Zeroed at the start. */
struct delay {
	uint64_t total[DELAY_BUCKETS];	/* answers since the start */
	uint64_t now[DELAY_BUCKETS];	/* the latest of them, at most DELAY_WINDOW */
	uint64_t before[DELAY_BUCKETS];	/* the DELAY_WINDOW before those */
	uint64_t n;			/* answers in `now` */
	uint64_t sum;			/* of all ages since the start, in microseconds */
};

/* The upper bound of a bucket in milliseconds, as text; of the last one `more`. */
const char *delay_bound(size_t bucket);

/* Counts an answer that is this old, in microseconds; one from the future counts as new. */
void delay_add(struct delay *d, int64_t age);

/*
 * The age in milliseconds that `percent` of the last 1,000 to 2,000 answers do not exceed, as the
 * upper bound of a bucket. What is beyond the last bound counts as twice that bound. 0: no answers.
 */
uint64_t delay_percentile(const struct delay *d, unsigned percent);

#endif
