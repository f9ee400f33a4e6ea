/*
 * Lines to a descriptor, in large blocks and without ever blocking: a writer appends to `buf` and
 * calls linewriter_flush; what the reader at the other end does not take stays in the buffer.
 */
#ifndef LINEWRITER_H
#define LINEWRITER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "io/mirror.h"

#define LINEWRITER_BLOCK (128 * 1024)	/* worth a write(2) while more is coming */

struct linewriter {
	int fd;
	struct buf buf;		/* its first `head` bytes are written */
	size_t head;
	size_t limit;		/* the most that waits for the reader, in bytes */
	enum { LINEWRITER_PLAIN, LINEWRITER_SOCKET, LINEWRITER_PIECES } how;
	bool blocked;		/* the descriptor took less than was offered: wait for POLLOUT */
	bool broken;		/* nobody reads any more: what is appended is thrown away */
	/* Set by the program: what is written is shown there, too; or NULL. */
	struct mirror *tap;
	size_t shown;		/* of buf: lines that the tap has had */
	int error;		/* why, where it was not EPIPE: errno, or 0 */
};

/*
 * `limit` is the most that is held for a reader that does not read; the buffer takes a quarter
 * more.
 */
void linewriter_open(struct linewriter *o, int fd, size_t limit);

static inline size_t
linewriter_pending(const struct linewriter *o)
{
	return o->buf.len - o->head;
}

/*
 * Ends a line that was appended to o->buf from `mark` (buf.len before it) on: false when it did not
 * fit whole, and then nothing of it is left.
 */
bool linewriter_end_line(struct linewriter *o, size_t mark);

/*
 * Writes as much as the descriptor takes now; sets blocked, broken and error. While it is blocked,
 * only to be called when poll(2) says POLLOUT.
 */
void linewriter_flush(struct linewriter *o);

/* poll(2) says that nobody reads any more. */
void linewriter_hang_up(struct linewriter *o);

void linewriter_free(struct linewriter *o);

#endif
