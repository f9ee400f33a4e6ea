/*
 * Decides when a program waits and when it writes. While input arrives, lines are collected into
 * blocks of LINEWRITER_BLOCK bytes, but a line waits at most 2 ms for a full block. When the input
 * pauses, all lines are written.
 */
#ifndef PACE_H
#define PACE_H

#include "io/linewriter.h"
#include "io/loop.h"

/* While more bytes of output are pending, a program that does not drop output reads no input. */
#define PACE_HIGH_WATER (256 * 1024)

struct pace {
	size_t place;		/* the output's index in the poll set */
	/* The time when output began to wait for a full block, monotonic; 0: no output waits. */
	int64_t since;
};

static inline bool
pace_is_full(const struct linewriter *o)
{
	return linewriter_pending(o) > PACE_HIGH_WATER;
}

/* Adds the output to the poll set. Call before pace_wait. */
void pace_begin(struct pace *p, struct loop *l, const struct linewriter *o);

/*
 * Waits for events and writes output that is due. Does not wait if output can be written, or if
 * input is left in memory (`more`).
 */
void pace_wait(struct pace *p, struct loop *l, struct linewriter *o, bool more);

#endif
