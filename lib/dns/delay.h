/* The delay of answers: their age when they are read, in buckets from 1 ms to 60 s and more. */
#ifndef DELAY_H
#define DELAY_H

#include <stddef.h>
#include <stdint.h>

#define DELAY_BUCKETS 16
#define DELAY_WINDOW 1000	/* the most answers in `now` */

/* Initialize with zeros. */
struct delay {
	uint64_t total[DELAY_BUCKETS];	/* answers since the start */
	uint64_t now[DELAY_BUCKETS];	/* the latest answers */
	uint64_t before[DELAY_BUCKETS];	/* the DELAY_WINDOW answers before `now` */
	uint64_t n;			/* answers in `now` */
	uint64_t sum;			/* all ages since the start, in microseconds */
};

/* The upper bound of a bucket in milliseconds, as text; `more` for the last bucket. */
const char *delay_bound(size_t bucket);

/* Counts an answer of this age in microseconds; a negative age counts as 0. */
void delay_add(struct delay *d, int64_t age);

/*
 * The age in milliseconds that `percent` of the last 1,000 to 2,000 answers do not exceed, rounded
 * up to the bound of a bucket; 120000 for the last bucket. 0 if there are no answers.
 */
uint64_t delay_percentile(const struct delay *d, unsigned percent);

#endif
