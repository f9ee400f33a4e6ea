/*
 * Steps of the wall clock, so that they do not end lives. When the clock is set forward, or the
 * machine has slept, time that the dates say has passed has not: nothing could be seen meanwhile. A
 * pair that was last seen before the step counts as seen that much later, and one dated within it
 * as seen at its end; so each is over as late as it would have been, and in the same order.
 *
 * A step back takes the last steps forward back as far. What is dated in the future then is for the
 * owner to mend.
 */
#ifndef CLOCKSTEP_H
#define CLOCKSTEP_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCKSTEP_MAX 8	/* remembered; of more, the two that lie back furthest become one */

/* All zero to begin with. All times in microseconds. */
struct clockstep {
	bool begun;
	int64_t offset;		/* of wall to monotonic time */
	unsigned n;
	struct step {
		int64_t at;	/* wall time before the step */
		int64_t by;
	} of[CLOCKSTEP_MAX];
};

/* To be told the clocks often: what they differ by more than two seconds in between is a step. */
void clockstep_watch(struct clockstep *s, int64_t wall, int64_t mono);

/* Forgets steps that ended before `until`, wall time. */
void clockstep_forget(struct clockstep *s, int64_t until);

/* When what is dated `seen` counts as seen. Never earlier than `seen`, and in the same order. */
int64_t clockstep_seen(const struct clockstep *s, int64_t seen);

#endif
