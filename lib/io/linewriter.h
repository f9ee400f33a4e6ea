/*
 * Lines to a descriptor, in large blocks, without blocking: a writer appends to `buf` and calls
 * linewriter_flush; bytes that the reader does not accept stay in the buffer.
 */
#ifndef LINEWRITER_H
#define LINEWRITER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "io/mirror.h"

#define LINEWRITER_BLOCK (128 * 1024)	/* enough to write while more is arriving */

struct linewriter {
	int fd;
	struct buf buf;		/* its first `head` bytes are written */
	size_t head;
	size_t limit;		/* the most bytes that may wait for the reader */
	enum { LINEWRITER_PLAIN, LINEWRITER_SOCKET, LINEWRITER_PIECES } how;
	bool blocked;		/* the descriptor accepted less than offered: wait for POLLOUT */
	bool broken;		/* the reader is gone: output is discarded */
	/* Set by the program: also receives the output; or NULL. */
	struct mirror *tap;
	size_t shown;		/* bytes of buf that the tap has received */
	int error;		/* the errno that broke it, or 0 for EPIPE */
};

/* `limit`: bytes kept while the reader does not read; the buffer has a quarter more. */
void linewriter_open(struct linewriter *o, int fd, size_t limit);

static inline size_t
linewriter_pending(const struct linewriter *o)
{
	return o->buf.len - o->head;
}

/* Ends the line that begins at `mark` in o->buf. False when it does not fit; then it is removed. */
bool linewriter_end_line(struct linewriter *o, size_t mark);

/*
 * Writes all that the descriptor accepts now; sets blocked, broken and error. While it is blocked,
 * call it only on POLLOUT.
 */
void linewriter_flush(struct linewriter *o);

/* poll(2) reports that the reader is gone. */
void linewriter_hang_up(struct linewriter *o);

void linewriter_free(struct linewriter *o);

#endif
