/*
 * The end of a program. On SIGTERM or SIGINT it reads until its input has been quiet for one
 * second, at most five seconds. Then it writes the rest, and waits for the reader of its output
 * until the five seconds are over. Without a signal it waits for the reader without a limit.
 */
#ifndef DRAIN_H
#define DRAIN_H

#include "io/linewriter.h"
#include "io/loop.h"

/* Zeroed at the start. */
struct drain {
	bool stopping;		/* SIGTERM or SIGINT has arrived */
	int64_t quiet_at, stop_at;	/* then: when to stop, monotonic */
};

/* Consumes signals that have arrived. True at the first SIGTERM or SIGINT. */
bool drain_signals(struct drain *d);

/* Restarts the second of quiet: input has arrived, or is not read while the output is blocked. */
void drain_extend(struct drain *d);

/* Sets the timer of the turn. */
void drain_wake(const struct drain *d, struct loop *l);

/* The five seconds after a signal are over. */
bool drain_is_late(const struct drain *d);

/*
 * After a signal: whether to stop now. `ended`: input cannot arrive. `more`: input is left in
 * memory.
 */
bool drain_is_over(const struct drain *d, bool ended, bool more);

/*
 * Writes, and waits for the reader, until at most `level` bytes are left or the five seconds are
 * over. With `lossy` it writes without waiting. Replaces the poll set.
 */
void drain_output(struct drain *d, struct loop *l, struct linewriter *o, size_t level, bool lossy);

/*
 * Writes the rest in the same way, and frees the output. Returns 0, or 2 after a write error, which
 * is logged. Lost output is logged unless `lossy`.
 */
int drain_close(struct drain *d, struct loop *l, struct linewriter *o, bool lossy);

#endif
