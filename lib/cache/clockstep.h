/*
 * Steps of the wall clock must not end lives. When the clock was set forward or the machine has
 * slept, nothing could be seen during the step. A time before the step therefore counts as later by
 * its size, and a time within the step as its end. Remaining lives and their order are unchanged.
 *
 * A step back undoes the last steps forward by its size. The owner handles times in the future.
 */
#ifndef CLOCKSTEP_H
#define CLOCKSTEP_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCKSTEP_MAX 8	/* steps stored; then the two oldest are joined */

/* All zero to begin with. All times in microseconds. */
struct clockstep {
	bool begun;
	int64_t offset;		/* wall minus monotonic time */
	unsigned n;
	struct step {
		int64_t at;	/* wall time before the step */
		int64_t by;
	} of[CLOCKSTEP_MAX];
};

/* Must be called often: a change of the offset by more than two seconds is a step. */
void clockstep_watch(struct clockstep *s, int64_t wall, int64_t mono);

/* Removes steps that ended before `until`, wall time. */
void clockstep_forget(struct clockstep *s, int64_t until);

/* The time as which `seen` counts. Not before `seen`, and in the same order. */
int64_t clockstep_seen(const struct clockstep *s, int64_t seen);

#endif
