/*
 * Writes lines to a descriptor, in large blocks, without blocking: the program appends to `buf` and
 * calls linewriter_flush; bytes that the descriptor does not accept stay in the buffer.
 */
#ifndef LINEWRITER_H
#define LINEWRITER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "io/mirror.h"

#define LINEWRITER_BLOCK (128 * 1024)	/* bytes that pace.h collects before a write */

struct linewriter {
	int fd;
	struct buf buf;		/* the first `head` bytes have been written */
	size_t head;
	size_t limit;		/* the most bytes that may wait for the reader */
	enum { LINEWRITER_PLAIN, LINEWRITER_SOCKET, LINEWRITER_PIECES } how;
	bool blocked;		/* the last write would have blocked: wait for POLLOUT */
	bool broken;		/* the reader closed the pipe, or a write failed: discard output */
	/* The FIFO that receives a copy of the output, set by the program; or NULL. */
	struct mirror *tap;
	size_t shown;		/* bytes of buf that the tap has received */
	int error;		/* the errno of the failed write; 0 if the reader closed the pipe */
};

/* `limit`: the most bytes that may wait for the reader. The buffer is a quarter larger. */
void linewriter_open(struct linewriter *o, int fd, size_t limit);

static inline size_t
linewriter_pending(const struct linewriter *o)
{
	return o->buf.len - o->head;
}

/*
 * Ends the line that begins at `mark` in o->buf. If the line does not fit, removes it and returns
 * false.
 */
bool linewriter_end_line(struct linewriter *o, size_t mark);

/*
 * Writes as much as the descriptor accepts now; sets `blocked`, `broken` and `error`. While
 * `blocked` is set, call this only on POLLOUT.
 */
void linewriter_flush(struct linewriter *o);

/* Discards the output, when poll(2) has reported that the reader closed the pipe. */
void linewriter_hang_up(struct linewriter *o);

void linewriter_free(struct linewriter *o);

#endif
