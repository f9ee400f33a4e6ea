#define _GNU_SOURCE	/* SOCK_CLOEXEC */
#include "control/control_client.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "control/control_output.h"
#include "io/linereader.h"
#include "io/loop.h"

#define HIGH (256 * 1024)	/* with that many bytes to be sent, no more of stdin is read */

int
control_client_connect(const char *path)
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

struct neighbor {
	struct loop loop;
	struct linereader answer;
	struct linewriter lines;
	struct control_output replies;
	bool stdin_open;	/* more may come from it */
	int stdin_error;	/* errno, or 0 */
	bool ended;		/* the other side has been sent the end of the lines */
};

static void
link_open(struct neighbor *l, const struct control_client *d, int fd)
{
	*l = (struct neighbor){ .stdin_open = d->sends_stdin };
	linereader_open(&l->answer, fd, d->line_max);
	linewriter_open(&l->lines, fd, d->opening.n + HIGH + LINEREADER_BLOCK);
	control_output_open(&l->replies);
	buf_str(&l->lines.buf, d->opening);
}

static void
read_stdin(struct neighbor *l)
{
	char *to = buf_room(&l->lines.buf, LINEREADER_BLOCK);
	ssize_t n = read(STDIN_FILENO, to, LINEREADER_BLOCK);

	if (n > 0) {
		l->lines.buf.len += (size_t)n;
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		l->stdin_error = n < 0 ? errno : 0;
		l->stdin_open = false;
	}
}

/* A program that reads no more says why in its answer. */
static void
send_lines(struct neighbor *l)
{
	linewriter_flush(&l->lines);
	if (l->lines.broken)
		l->stdin_open = false;
	if (l->stdin_open || l->ended || linewriter_pending(&l->lines) > 0)
		return;
	shutdown(l->lines.fd, SHUT_WR);
	l->ended = true;
}

static void
take_replies(struct neighbor *l)
{
	struct str line;

	linereader_read(&l->answer);
	while (linereader_line(&l->answer, &line) == LINEREADER_LINE)
		control_output_take(&l->replies, line);
	if (!l->replies.out.blocked)
		linewriter_flush(&l->replies.out);
}

/* Waits for whatever can go on, and does it. */
static void
link_turn(struct neighbor *l)
{
	struct linewriter *out = &l->replies.out;
	bool reads = linewriter_pending(out) < CONTROL_OUTPUT_HIGH;
	bool reads_stdin = l->stdin_open && linewriter_pending(&l->lines) < HIGH;
	short answer_events = (short)((reads ? POLLIN : 0) | (l->lines.blocked ? POLLOUT : 0));
	size_t answer_at, in_at, out_at;

	loop_begin(&l->loop);
	answer_at = loop_add(&l->loop, answer_events != 0 ? l->answer.fd : -1, answer_events);
	in_at = loop_add(&l->loop, reads_stdin ? STDIN_FILENO : -1, POLLIN);
	out_at = loop_add(&l->loop, out->broken ? -1 : out->fd, out->blocked ? POLLOUT : 0);
	loop_wait(&l->loop);
	if (loop_events(&l->loop, out_at) & (POLLERR | POLLHUP))
		linewriter_hang_up(out);
	else if (loop_events(&l->loop, out_at) != 0)
		linewriter_flush(out);
	if (loop_events(&l->loop, in_at) != 0)
		read_stdin(l);
	if (loop_events(&l->loop, in_at) != 0 ||
	    loop_events(&l->loop, answer_at) & (POLLOUT | POLLHUP | POLLERR))
		send_lines(l);
	if (reads && loop_events(&l->loop, answer_at) & (POLLIN | POLLHUP | POLLERR))
		take_replies(l);
}

static bool
is_over(const struct neighbor *l, const struct control_client *d)
{
	return l->replies.status >= 0 || l->answer.eof || (d->prints && l->replies.out.broken);
}

int
control_client_run(const struct control_client *d, int fd)
{
	struct neighbor l;
	int status;

	signal(SIGPIPE, SIG_IGN);
	link_open(&l, d, fd);
	send_lines(&l);
	while (!is_over(&l, d))
		link_turn(&l);
	status = control_output_close(&l.replies, d->cut);
	if (l.stdin_error != 0) {
		log_error("stdin: %s", strerror(l.stdin_error));
		status = 2;
	}
	linereader_free(&l.answer);
	linewriter_free(&l.lines);
	loop_free(&l.loop);
	close(fd);
	return status;
}
