#include "io/linewriter.h"

#include <errno.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/pipe.h"

#define KEPT (1024 * 1024)	/* the most memory that an empty buffer keeps */

static void
give_up(struct linewriter *o, int error)
{
	o->broken = true;
	o->blocked = false;
	o->error = error == EPIPE || error == ECONNRESET ? 0 : error;
	o->head = o->shown = 0;
	buf_free(&o->buf);
}

void
linewriter_open(struct linewriter *o, int fd, size_t limit)
{
	struct stat st;

	*o = (struct linewriter){ .fd = fd, .buf = BUF(limit + limit / 4), .limit = limit };
	if (fstat(fd, &st) < 0) {
		give_up(o, errno);
		return;
	}
	if (S_ISREG(st.st_mode))
		return;
	if (S_ISSOCK(st.st_mode)) {
		o->how = LINEWRITER_SOCKET;
		return;
	}
	pipe_enlarge(fd);
	if (!pipe_unblock(fd))
		o->how = LINEWRITER_PIECES;
}

bool
linewriter_end_line(struct linewriter *o, size_t mark)
{
	if (!o->buf.overflow && !o->broken && linewriter_pending(o) <= o->limit)
		return true;
	buf_cut(&o->buf, mark);
	return o->broken;
}

/*
 * LINEWRITER_PIECES is for a pipe without O_NONBLOCK: a pipe that poll(2) reports as writable
 * accepts PIPE_BUF bytes without blocking, so each poll is followed by one write of this size.
 */
static ssize_t
write_some(struct linewriter *o, const char *data, size_t n)
{
	switch (o->how) {
	case LINEWRITER_SOCKET:
		return send(o->fd, data, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	case LINEWRITER_PIECES:
		if (!o->blocked) {
			errno = EAGAIN;
			return -1;
		}
		return write(o->fd, data, n < PIPE_BUF ? n : PIPE_BUF);
	default:
		return write(o->fd, data, n);
	}
}

/* Sends to the tap the lines that the tap has not received. */
static void
show(struct linewriter *o)
{
	if (o->tap != NULL)
		mirror_show(o->tap, o->buf.data + o->shown, o->buf.len - o->shown);
	o->shown = o->buf.len;
}

void
linewriter_flush(struct linewriter *o)
{
	show(o);
	while (linewriter_pending(o) > 0 && !o->broken) {
		ssize_t n = write_some(o, o->buf.data + o->head, linewriter_pending(o));

		o->blocked = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
		if (n < 0 && errno == EINTR)
			continue;
		if (o->blocked)
			break;
		if (n < 0) {
			give_up(o, errno);
			return;
		}
		o->head += (size_t)n;
	}
	if (linewriter_pending(o) == 0 || o->broken) {
		o->head = o->shown = 0;
		buf_cut(&o->buf, 0);
		if (o->buf.cap > KEPT)
			buf_free(&o->buf);
	} else if (o->head > o->buf.len / 2 || o->head > o->limit / 4) {
		buf_shift(&o->buf, o->head);
		o->shown -= o->head;
		o->head = 0;
	}
}

void
linewriter_hang_up(struct linewriter *o)
{
	if (!o->broken)
		give_up(o, EPIPE);
}

void
linewriter_free(struct linewriter *o)
{
	buf_free(&o->buf);
	o->head = 0;
}
