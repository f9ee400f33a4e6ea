/*
 * When a program waits, and when it writes. While input arrives, lines are collected into blocks of
 * LINEWRITER_BLOCK bytes; a line waits at most 2 ms, even if further input makes none. When
 * input pauses, all lines are written.
 */
#ifndef PACE_H
#define PACE_H

#include "io/linewriter.h"
#include "io/loop.h"

/* While more bytes than this are pending, a program that may wait reads no input. */
#define PACE_HIGH_WATER (256 * 1024)

struct pace {
	size_t place;		/* the output's index in the poll set */
	/* When output began to wait for a full block, monotonic; 0: none waits. */
	int64_t since;
};

static inline bool
pace_is_full(const struct linewriter *o)
{
	return linewriter_pending(o) > PACE_HIGH_WATER;
}

/* Before waiting: adds the output to the poll set. */
void pace_begin(struct pace *p, struct loop *l, const struct linewriter *o);

/*
 * Waits for events and writes output that is due. It does not wait if output can be written, or if
 * `more`: input is left in memory.
 */
void pace_wait(struct pace *p, struct loop *l, struct linewriter *o, bool more);

#endif
