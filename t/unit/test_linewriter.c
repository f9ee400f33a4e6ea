#include "io/linewriter.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

static int reader, shared;	/* the reading end; a duplicate of the writing end */

static struct linewriter
open_pipe(size_t limit)
{
	struct linewriter o;
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe(fds), 0);
	reader = fds[0];
	shared = dup(fds[1]);
	fcntl(reader, F_SETFL, O_NONBLOCK);
	linewriter_open(&o, fds[1], limit);
	return o;
}

static bool
add_line(struct linewriter *o, struct str line)
{
	size_t mark = o->buf.len;

	buf_str(&o->buf, line);
	buf_byte(&o->buf, '\n');
	return linewriter_end_line(o, mark);
}

/* Reads at most n bytes and appends them to `got`. False at the end, or if no data is available. */
static bool
take(struct buf *got, size_t n)
{
	ssize_t done = read(reader, buf_room(got, n), n);

	got->len += done > 0 ? (size_t)done : 0;
	return done > 0;
}

START_TEST(lines_are_written)
{
	struct linewriter o = open_pipe(1000);
	struct buf got = BUF(1000);

	ck_assert_int_eq(o.how, LINEWRITER_PLAIN);
	ck_assert_int_eq(fcntl(o.fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	ck_assert_int_eq(fcntl(shared, F_GETFL) & O_NONBLOCK, 0);
	ck_assert(add_line(&o, STR("a")));
	ck_assert(add_line(&o, STR("bc")));
	ck_assert_uint_eq(linewriter_pending(&o), 5);
	ck_assert(!take(&got, 100));
	linewriter_flush(&o);
	ck_assert_uint_eq(linewriter_pending(&o), 0);
	ck_assert(!o.blocked);
	ck_assert(take(&got, 100));
	ck_assert(str_eq(buf_view(&got), STR("a\nbc\n")));
	linewriter_flush(&o);
	ck_assert(!take(&got, 100));
	linewriter_free(&o);
	buf_free(&got);
}
END_TEST

/* Writes 2 million bytes of numbered lines. The reader reads random amounts at random times. */
static void
check_flow(struct linewriter *o)
{
	struct buf sent = BUF(3 * 1000 * 1000), got = BUF(3 * 1000 * 1000);
	unsigned blocked = 0;

	for (int i = 0; got.len < sent.len || sent.len < 2 * 1000 * 1000; i++) {
		if (sent.len < 2 * 1000 * 1000) {
			char text[100];
			struct str line = { text, (size_t)snprintf(text, sizeof(text), "%d %*d", i,
			    (int)any_below(80), i) };

			ck_assert(add_line(o, line));
			buf_str(&sent, line);
			buf_byte(&sent, '\n');
		}
		if (o->blocked) {
			struct pollfd pfd = { .fd = o->fd, .events = POLLOUT };

			blocked++;
			if (poll(&pfd, 1, 0) == 1)
				linewriter_flush(o);
		} else if (linewriter_pending(o) > 10000 || sent.len >= 2 * 1000 * 1000) {
			linewriter_flush(o);
		}
		if (any_below(64) == 0 || sent.len >= 2 * 1000 * 1000)
			take(&got, 1 + any_below(2000));
	}
	ck_assert_uint_gt(blocked, 0);
	ck_assert(str_eq(buf_view(&sent), buf_view(&got)));
	ck_assert_uint_eq(linewriter_pending(o), 0);
	ck_assert_uint_le(o->buf.cap, 1024 * 1024);
	linewriter_free(o);
	buf_free(&sent);
	buf_free(&got);
}

START_TEST(partial_writes_lose_nothing)
{
	struct linewriter o = open_pipe(4 * 1000 * 1000);

	check_flow(&o);
}
END_TEST

/* A blocking pipe receives at most PIPE_BUF bytes at a time, which do not block after POLLOUT. */
START_TEST(writes_in_pieces_never_block)
{
	struct linewriter o = open_pipe(4 * 1000 * 1000);
	struct buf got = BUF(100 * 1000);

	o.how = LINEWRITER_PIECES;
	fcntl(o.fd, F_SETFL, 0);
	alarm(10);
	for (int i = 0; i < 10000; i++)
		ck_assert(add_line(&o, STR("0123456789")));
	linewriter_flush(&o);
	ck_assert(o.blocked);
	ck_assert(!take(&got, 1));
	linewriter_flush(&o);
	ck_assert(o.blocked);
	ck_assert(take(&got, 100 * 1000));
	ck_assert_uint_eq(got.len, PIPE_BUF);
	buf_free(&got);
	linewriter_free(&o);

	o = open_pipe(4 * 1000 * 1000);
	o.how = LINEWRITER_PIECES;
	fcntl(o.fd, F_SETFL, 0);
	check_flow(&o);
}
END_TEST

START_TEST(a_shared_socket_stays_blocking)
{
	struct linewriter o;
	int fds[2];

	signal(SIGPIPE, SIG_DFL);
	alarm(10);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	reader = fds[0];
	fcntl(reader, F_SETFL, O_NONBLOCK);
	linewriter_open(&o, fds[1], 4 * 1000 * 1000);
	ck_assert_int_eq(o.how, LINEWRITER_SOCKET);
	check_flow(&o);
	ck_assert_int_eq(fcntl(fds[1], F_GETFL) & O_NONBLOCK, 0);
	close(fds[0]);
	ck_assert(add_line(&o, STR("x")));
	linewriter_flush(&o);
	ck_assert(o.broken);
	ck_assert_int_eq(o.error, 0);
}
END_TEST

START_TEST(lines_beyond_the_limit_are_dropped_whole)
{
	struct linewriter o = open_pipe(1000);
	struct buf expected = BUF(1000 * 1000), got = BUF(1000 * 1000);
	unsigned refused = 0;

	for (int i = 0; i < 20000; i++) {
		char text[300];
		struct str line = { text,
		    (size_t)snprintf(text, sizeof(text), "%0*d", 1 + (int)any_below(200), i) };

		if (add_line(&o, line)) {
			buf_str(&expected, line);
			buf_byte(&expected, '\n');
		} else {
			refused++;
		}
		ck_assert_uint_le(linewriter_pending(&o), 1000);
		if (i % 8 == 0)
			linewriter_flush(&o);
	}
	ck_assert_uint_gt(refused, 1000);
	ck_assert(!add_line(&o, (struct str){ expected.data, 2000 }));
	while (got.len < expected.len) {
		ck_assert(take(&got, 10000));
		linewriter_flush(&o);
	}
	ck_assert(!expected.overflow);
	ck_assert(str_eq(buf_view(&expected), buf_view(&got)));
	ck_assert(add_line(&o, STR("again")));
	linewriter_free(&o);
	buf_free(&expected);
	buf_free(&got);
}
END_TEST

static void
check_broken(struct linewriter *o)
{
	ck_assert(o->broken);
	ck_assert(!o->blocked);
	ck_assert_uint_eq(linewriter_pending(o), 0);
	for (int i = 0; i < 1000; i++)
		ck_assert(add_line(o, STR("into the void")));
	ck_assert_uint_eq(linewriter_pending(o), 0);
	linewriter_flush(o);
	linewriter_free(o);
}

START_TEST(a_closed_pipe_breaks_the_writer)
{
	struct linewriter o = open_pipe(1000);

	close(reader);
	ck_assert(add_line(&o, STR("a")));
	linewriter_flush(&o);
	ck_assert_int_eq(o.error, 0);
	check_broken(&o);

	o = open_pipe(1000);
	ck_assert(add_line(&o, STR("a")));
	linewriter_hang_up(&o);
	ck_assert_int_eq(o.error, 0);
	check_broken(&o);
}
END_TEST

START_TEST(write_errors_are_stored)
{
	struct linewriter o;

	linewriter_open(&o, open("/dev/full", O_WRONLY), 1000);
	ck_assert(add_line(&o, STR("a")));
	linewriter_flush(&o);
	linewriter_hang_up(&o);
	ck_assert_int_eq(o.error, ENOSPC);
	check_broken(&o);

	linewriter_open(&o, -1, 1000);
	ck_assert_int_eq(o.error, EBADF);
	check_broken(&o);
}
END_TEST

START_TEST(a_file_is_written)
{
	FILE *f = tmpfile();
	struct buf got = BUF(100);
	struct linewriter o;

	ck_assert_ptr_nonnull(f);
	linewriter_open(&o, fileno(f), 1000);
	ck_assert(add_line(&o, STR("a")));
	linewriter_flush(&o);
	reader = fileno(f);
	ck_assert_int_eq(lseek(reader, 0, SEEK_SET), 0);
	ck_assert(take(&got, 100));
	ck_assert(str_eq(buf_view(&got), STR("a\n")));
	ck_assert(!o.broken);
	linewriter_free(&o);
	buf_free(&got);
	fclose(f);
}
END_TEST

UNIT_MAIN("out", lines_are_written, partial_writes_lose_nothing, writes_in_pieces_never_block,
    a_shared_socket_stays_blocking, lines_beyond_the_limit_are_dropped_whole,
    a_closed_pipe_breaks_the_writer, write_errors_are_stored, a_file_is_written)
