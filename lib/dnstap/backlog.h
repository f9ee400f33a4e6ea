/*
 * Answer lines of one producer that wait until the output has room. Each producer has its own
 * queue, so that a producer that sends too much delays and loses only its own lines.
 */
#ifndef BACKLOG_H
#define BACKLOG_H

#include "base/buf.h"

struct backlog {
	struct buf lines;	/* whole lines, each with its LF; callers append directly */
	size_t head;		/* bytes at the front of `lines` that were moved to the output */
};

#define BACKLOG ((struct backlog){ .lines = BUF(SIZE_MAX / 4) })

static inline size_t
backlog_bytes(const struct backlog *b)
{
	return b->lines.len - b->head;
}

/*
 * Moves whole lines, at most n bytes, from the front of the backlog to the end of `to`. n must
 * exceed the longest line. Returns the number of bytes moved.
 */
size_t backlog_move(struct backlog *b, struct buf *to, size_t n);

/* Moves all lines of `from` to the end of `b`. */
void backlog_join(struct backlog *b, struct backlog *from);

void backlog_free(struct backlog *b);

#endif
