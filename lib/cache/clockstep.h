/*
 * A step of the wall clock must not end the lives of pairs. When the clock was set forward or the
 * machine slept, no answer arrived during the step. A sighting before the step therefore counts as
 * later by the size of the step, and a sighting within the step counts as one at its end. The
 * remaining lives of pairs, and their order, do not change.
 *
 * A step back undoes the latest steps forward, up to its own size. The caller must handle sightings
 * that are then in the future.
 */
#ifndef CLOCKSTEP_H
#define CLOCKSTEP_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCKSTEP_MAX 8	/* stored steps; when full, the two oldest are joined */

/* Must be zeroed before use. Times are in microseconds. */
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

/*
 * Returns the time that counts for a sighting at the time `seen`: never earlier than `seen`.
 * Sightings keep their order.
 */
int64_t clockstep_seen(const struct clockstep *s, int64_t seen);

#endif
