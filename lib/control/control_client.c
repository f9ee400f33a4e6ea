/*
 * The client sends its lines and prints the reply at the same time: the server may end with an
 * error before it has read all lines, and a long reply may arrive while lines are still sent. One
 * poll(2) waits for stdin, stdout and the connection.
 *
 * Invariants:
 * - Memory is bounded: stdin is not read while SEND_HIGH bytes wait to be sent, and the connection
 *   is not read while CONTROL_REPLY_HIGH bytes wait for stdout.
 * - After the last line of stdin, the sending side of the connection is shut down.
 * - The status of the reply ends the exchange, even if lines are left to send.
 */
#define _GNU_SOURCE	/* SOCK_CLOEXEC */
#include "control/control_client.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "control/control_reply.h"
#include "io/linereader.h"
#include "io/loop.h"

#define SEND_HIGH (256 * 1024)	/* stop reading stdin while this many bytes wait to be sent */

int
control_client_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, error;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

struct exchange {
	struct loop loop;
	struct linereader reply;
	struct linewriter lines;
	struct control_printer printer;
	bool stdin_open;
	int stdin_error;	/* errno, or 0 */
	bool ended;		/* the sending side was shut down */
};

static void
exchange_open(struct exchange *x, const struct control_client *c, int fd)
{
	*x = (struct exchange){ .stdin_open = c->sends_stdin };
	linereader_open(&x->reply, fd, c->line_max);
	linewriter_open(&x->lines, fd, c->opening.n + SEND_HIGH + LINEREADER_BLOCK);
	control_reply_open(&x->printer);
	buf_str(&x->lines.buf, c->opening);
}

static void
read_stdin(struct exchange *x)
{
	char *to = buf_room(&x->lines.buf, LINEREADER_BLOCK);
	ssize_t n = read(STDIN_FILENO, to, LINEREADER_BLOCK);

	if (n > 0) {
		x->lines.buf.len += (size_t)n;
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		x->stdin_error = n < 0 ? errno : 0;
		x->stdin_open = false;
	}
}

/* A failed write is not reported: a server that stops reading sends the reason in its reply. */
static void
send_lines(struct exchange *x)
{
	linewriter_flush(&x->lines);
	if (x->lines.broken)
		x->stdin_open = false;
	if (x->stdin_open || x->ended || linewriter_pending(&x->lines) > 0)
		return;
	shutdown(x->lines.fd, SHUT_WR);
	x->ended = true;
}

static void
print_reply(struct exchange *x)
{
	struct str line;

	linereader_read(&x->reply);
	while (linereader_line(&x->reply, &line) == LINEREADER_LINE)
		control_reply_print(&x->printer, line);
	if (!x->printer.out.blocked)
		linewriter_flush(&x->printer.out);
}

static void
exchange_turn(struct exchange *x)
{
	struct linewriter *out = &x->printer.out;
	bool reads = linewriter_pending(out) < CONTROL_REPLY_HIGH;
	bool reads_stdin = x->stdin_open && linewriter_pending(&x->lines) < SEND_HIGH;
	short reply_events = (short)((reads ? POLLIN : 0) | (x->lines.blocked ? POLLOUT : 0));
	size_t reply_at, in_at, out_at;

	loop_begin(&x->loop);
	reply_at = loop_add(&x->loop, reply_events != 0 ? x->reply.fd : -1, reply_events);
	in_at = loop_add(&x->loop, reads_stdin ? STDIN_FILENO : -1, POLLIN);
	out_at = loop_add(&x->loop, out->broken ? -1 : out->fd, out->blocked ? POLLOUT : 0);
	loop_wait(&x->loop);
	if (loop_events(&x->loop, out_at) & (POLLERR | POLLHUP))
		linewriter_hang_up(out);
	else if (loop_events(&x->loop, out_at) != 0)
		linewriter_flush(out);
	if (loop_events(&x->loop, in_at) != 0)
		read_stdin(x);
	if (loop_events(&x->loop, in_at) != 0 ||
	    loop_events(&x->loop, reply_at) & (POLLOUT | POLLHUP | POLLERR))
		send_lines(x);
	if (reads && loop_events(&x->loop, reply_at) & (POLLIN | POLLHUP | POLLERR))
		print_reply(x);
}

int
control_client_run(const struct control_client *c, int fd)
{
	struct exchange x;
	int status;

	signal(SIGPIPE, SIG_IGN);
	exchange_open(&x, c, fd);
	send_lines(&x);
	while (x.printer.status < 0 && !x.reply.eof && !(c->prints && x.printer.out.broken))
		exchange_turn(&x);
	status = control_reply_close(&x.printer, c->cut);
	if (x.stdin_error != 0) {
		log_error("stdin: %s", strerror(x.stdin_error));
		status = 2;
	}
	linereader_free(&x.reply);
	linewriter_free(&x.lines);
	loop_free(&x.loop);
	close(fd);
	return status;
}
