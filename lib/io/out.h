/*
 * Lines to a descriptor, in large blocks and without ever blocking: a writer appends to `buf` and
 * calls out_flush; what the reader at the other end does not take stays in the buffer.
 */
#ifndef OUT_H
#define OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "io/tap.h"

#define OUT_BLOCK (128 * 1024)	/* worth a write(2) while more is coming */

struct out {
	int fd;
	struct buf buf;		/* its first `head` bytes are written */
	size_t head;
	size_t limit;		/* the most that waits for the reader, in bytes */
	enum { OUT_PLAIN, OUT_SOCKET, OUT_PIECES } how;
	bool blocked;		/* the descriptor took less than was offered: wait for POLLOUT */
	bool broken;		/* nobody reads any more: what is appended is thrown away */
	/* Set by the program: what is written is shown there, too; or NULL. */
	struct tap *tap;
	size_t shown;		/* of buf: lines that the tap has had */
	int error;		/* why, where it was not EPIPE: errno, or 0 */
};

/*
 * `limit` is the most that is held for a reader that does not read; the buffer takes a quarter
 * more.
 */
void out_open(struct out *o, int fd, size_t limit);

static inline size_t
out_pending(const struct out *o)
{
	return o->buf.len - o->head;
}

/*
 * Ends a line that was appended to o->buf from `mark` (buf.len before it) on: false when it did not
 * fit whole, and then nothing of it is left.
 */
bool out_end_line(struct out *o, size_t mark);

/*
 * Writes as much as the descriptor takes now; sets blocked, broken and error. While it is blocked,
 * only to be called when poll(2) says POLLOUT.
 */
void out_flush(struct out *o);

/* poll(2) says that nobody reads any more. */
void out_hang_up(struct out *o);

void out_free(struct out *o);

#endif
