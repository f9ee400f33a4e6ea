/*
 * The end of a program. After SIGTERM or SIGINT it reads on until its input has been quiet for one
 * second, and for five seconds at most. Then it writes what is left, and waits for the reader of
 * its output as long as the five seconds last. Without a signal it waits for the reader without a
 * limit.
 */
#ifndef DRAIN_H
#define DRAIN_H

#include "io/linewriter.h"
#include "io/loop.h"

/* Zeroed at the start. */
struct drain {
	bool stopping;		/* a signal to end has come */
	int64_t quiet_at, stop_at;	/* then: when to end, monotonic */
};

/* Takes the signals that have come. True when the first one to end is among them. */
bool drain_signals(struct drain *d);

/* Input has come, or could not come since the output is stuck: the second of quiet begins anew. */
void drain_extend(struct drain *d);

/* Names the time at which to end. */
void drain_wake(const struct drain *d, struct loop *l);

/* The time after a signal is used up. */
bool drain_is_late(const struct drain *d);

/*
 * After a signal: whether to end now. `ended` says that no input can come, and `more` that input is
 * left in memory.
 */
bool drain_is_over(const struct drain *d, bool ended, bool more);

/*
 * Writes, and waits for the reader, until at most `level` bytes are left or the time is used up.
 * With `lossy` it writes what the reader takes without waiting. The poll set of the turn is
 * replaced.
 */
void drain_output(struct drain *d, struct loop *l, struct linewriter *o, size_t level, bool lossy);

/*
 * Writes all that is left, in the same way, and frees the output. 0, or 2 with a message when
 * writing failed; a message when output is lost, unless `lossy`.
 */
int drain_close(struct drain *d, struct loop *l, struct linewriter *o, bool lossy);

#endif
