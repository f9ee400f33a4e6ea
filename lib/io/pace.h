/*
 * When a program waits, and when it writes. While input keeps coming, lines are collected into
 * blocks of LINEWRITER_BLOCK bytes, and a line waits two milliseconds at most: input that makes no
 * lines must not hold back those before it. When input pauses, all lines are written.
 */
#ifndef PACE_H
#define PACE_H

#include "io/linewriter.h"
#include "io/loop.h"

/* With more bytes than this waiting to be written, a program that may wait reads no more. */
#define PACE_HIGH_WATER (256 * 1024)

struct pace {
	size_t place;		/* of the output in the poll set */
	/* When output began to wait for more of it, monotonic; 0: none waits. */
	int64_t since;
};

static inline bool
pace_is_full(const struct linewriter *o)
{
	return linewriter_pending(o) > PACE_HIGH_WATER;
}

/* Before waiting: puts the output into the poll set. */
void pace_begin(struct pace *p, struct loop *l, const struct linewriter *o);

/*
 * Waits for the events of the turn, and writes what is due. With `more`, which says that input is
 * left in memory, or with output that can be written it only looks.
 */
void pace_wait(struct pace *p, struct loop *l, struct linewriter *o, bool more);

#endif
