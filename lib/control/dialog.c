#define _GNU_SOURCE	/* SOCK_CLOEXEC */
#include "control/dialog.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/in.h"
#include "base/log.h"
#include "io/loop.h"
#include "control/replies.h"

#define HIGH (256 * 1024)	/* with that many bytes to be sent, no more of stdin is read */

int
dialog_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0)
		return -1;
	if (strlen(path) >= sizeof(address.sun_path)) {
		close(fd);
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

struct link {
	struct loop loop;
	struct in answer;
	struct out lines;
	struct replies replies;
	bool stdin_open;	/* more may come from it */
	int stdin_error;	/* errno, or 0 */
	bool ended;		/* the other side has been sent the end of the lines */
};

static void
link_open(struct link *l, const struct dialog *d, int fd)
{
	*l = (struct link){ .stdin_open = d->sends_stdin };
	in_open(&l->answer, fd, d->line_max);
	out_open(&l->lines, fd, d->opening.n + HIGH + IN_BLOCK);
	replies_open(&l->replies);
	buf_str(&l->lines.buf, d->opening);
}

static void
read_stdin(struct link *l)
{
	char *to = buf_room(&l->lines.buf, IN_BLOCK);
	ssize_t n = read(STDIN_FILENO, to, IN_BLOCK);

	if (n > 0) {
		l->lines.buf.len += (size_t)n;
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		l->stdin_error = n < 0 ? errno : 0;
		l->stdin_open = false;
	}
}

/* A program that reads no more says why in its answer. */
static void
send_lines(struct link *l)
{
	out_flush(&l->lines);
	if (l->lines.broken)
		l->stdin_open = false;
	if (l->stdin_open || l->ended || out_pending(&l->lines) > 0)
		return;
	shutdown(l->lines.fd, SHUT_WR);
	l->ended = true;
}

static void
take_replies(struct link *l)
{
	struct str line;

	in_read(&l->answer);
	while (in_line(&l->answer, &line) == IN_LINE)
		replies_take(&l->replies, line);
	if (!l->replies.out.blocked)
		out_flush(&l->replies.out);
}

/* Waits for whatever can go on, and does it. */
static void
link_turn(struct link *l)
{
	struct out *out = &l->replies.out;
	bool reads = out_pending(out) < REPLIES_HIGH;
	bool reads_stdin = l->stdin_open && out_pending(&l->lines) < HIGH;
	short answer_events = (short)((reads ? POLLIN : 0) | (l->lines.blocked ? POLLOUT : 0));
	size_t answer_at, in_at, out_at;

	loop_begin(&l->loop);
	answer_at = loop_add(&l->loop, answer_events != 0 ? l->answer.fd : -1, answer_events);
	in_at = loop_add(&l->loop, reads_stdin ? STDIN_FILENO : -1, POLLIN);
	out_at = loop_add(&l->loop, out->broken ? -1 : out->fd, out->blocked ? POLLOUT : 0);
	loop_wait(&l->loop);
	if (loop_events(&l->loop, out_at) & (POLLERR | POLLHUP))
		out_hang_up(out);
	else if (loop_events(&l->loop, out_at) != 0)
		out_flush(out);
	if (loop_events(&l->loop, in_at) != 0)
		read_stdin(l);
	if (loop_events(&l->loop, in_at) != 0 ||
	    loop_events(&l->loop, answer_at) & (POLLOUT | POLLHUP | POLLERR))
		send_lines(l);
	if (reads && loop_events(&l->loop, answer_at) & (POLLIN | POLLHUP | POLLERR))
		take_replies(l);
}

static bool
is_done(const struct link *l, const struct dialog *d)
{
	return l->replies.status >= 0 || l->answer.eof || (d->prints && l->replies.out.broken);
}

int
dialog_run(const struct dialog *d, int fd)
{
	struct link l;
	int status;

	signal(SIGPIPE, SIG_IGN);
	link_open(&l, d, fd);
	send_lines(&l);
	while (!is_done(&l, d))
		link_turn(&l);
	status = replies_close(&l.replies, d->cut);
	if (l.stdin_error != 0) {
		log_error("stdin: %s", strerror(l.stdin_error));
		status = 2;
	}
	in_free(&l.answer);
	out_free(&l.lines);
	loop_free(&l.loop);
	close(fd);
	return status;
}
