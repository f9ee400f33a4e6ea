/*
 * How a program ends. After SIGTERM or SIGINT, the program reads until the input has been quiet
 * for one second, at most five seconds after the signal. Then it writes the pending output, and
 * waits for the reader of its output until the five seconds are over. Without a signal it waits for
 * the reader without a limit.
 */
#ifndef DRAIN_H
#define DRAIN_H

#include "io/linewriter.h"
#include "io/loop.h"

/* Initialize with zeros. */
struct drain {
	bool stopping;		/* SIGTERM or SIGINT has arrived */
	int64_t quiet_at, stop_at;	/* ends of the quiet second and the 5 s, monotonic */
};

/* Consumes SIGTERM and SIGINT. Returns true at the first of these signals. */
bool drain_signals(struct drain *d);

/* Restarts the quiet second. Call when input arrives, or is not read because output is blocked. */
void drain_extend(struct drain *d);

/* After a signal, sets the timer of the loop to quiet_at or stop_at, whichever is earlier. */
void drain_wake(const struct drain *d, struct loop *l);

/* Whether the five seconds after a signal are over. */
bool drain_is_late(const struct drain *d);

/*
 * Whether a signal has arrived and the program must stop reading now. `ended`: no further input can
 * arrive. `more`: input is left in memory.
 */
bool drain_is_over(const struct drain *d, bool ended, bool more);

/*
 * Writes, and waits for the reader, until at most `level` bytes are pending or the five seconds are
 * over. With `lossy` it does not wait. Replaces the poll set of the loop.
 */
void drain_output(struct drain *d, struct loop *l, struct linewriter *o, size_t level, bool lossy);

/*
 * Writes all output as drain_output does, and frees the writer. Returns 0, or logs a write error
 * and returns 2. Logs lost output unless `lossy`.
 */
int drain_close(struct drain *d, struct loop *l, struct linewriter *o, bool lossy);

#endif
