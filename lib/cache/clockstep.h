/*
 * Steps of the wall clock must not end lives. When the clock was set forward or the machine slept,
 * nothing could be seen during the step. A time before the step therefore counts as later by the
 * size of the step, and a time within the step counts as the end of the step. Remaining lives and
 * their order are unchanged.
 *
 * A step back undoes the last steps forward, up to its own size. The caller must handle times that
 * are then in the future.
 */
#ifndef CLOCKSTEP_H
#define CLOCKSTEP_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCKSTEP_MAX 8	/* stored steps; when full, the two oldest are joined */

/* All zero to begin with. Times are in microseconds. */
struct clockstep {
	bool begun;
	int64_t offset;		/* wall minus monotonic time */
	unsigned n;
	struct step {
		int64_t at;	/* wall time before the step */
		int64_t by;
	} of[CLOCKSTEP_MAX];
};

/* Must be called often. A change of wall minus monotonic time by more than 2 s is a step. */
void clockstep_watch(struct clockstep *s, int64_t wall, int64_t mono);

/* Removes steps that ended before the wall time `until`. */
void clockstep_forget(struct clockstep *s, int64_t until);

/* The time as which a sighting at `seen` counts: not earlier, and in the order of sightings. */
int64_t clockstep_seen(const struct clockstep *s, int64_t seen);

#endif
