/* Reads files and a unix socket, and writes to a pipe. Each payload becomes one line. */
#include "dnstap/reader.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/pace.h"
#include "lab/payload.h"
#include "unit.h"

#define START "\0\0\0\0\0\0\0\x22\0\0\0\2\0\0\0\1\0\0\0\x16" "protobuf:dnstap.Dnstap"
#define RESPONSE "\1\2\x81\x80\0\1\0\1\0\0\0\0" "\1A\0\0\1\0\1" \
	"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1"
#define LINE "1.000000 192.0.2.1 60 a\n"
#define OTHER_LINE "1.000000 192.0.2.1 60 b\n"

static char folder[] = "/tmp/dnstap-bgp-unit.XXXXXX", path[64];
static struct reader reader;
static struct linewriter out;
static struct loop loop;
static struct pace pace;
static struct drain drain;
static int sink;

static void
begin(size_t buffer)
{
	int to[2], words = open("/dev/null", O_WRONLY);

	ck_assert_int_eq(dup2(words, STDERR_FILENO), STDERR_FILENO);
	ck_assert_int_eq(pipe(to), 0);
	sink = to[0];
	fcntl(sink, F_SETFL, O_NONBLOCK);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/x", folder);
	linewriter_open(&out, to[1], 16 * 1024 * 1024);
	payloads_open(&reader.payloads, 1);
	files_open(&reader.files, NULL, 0);
	reader.buffer = buffer;
	alarm(60);
}

static void
end(void)
{
	reader_free(&reader);
	linewriter_free(&out);
	loop_free(&loop);
	unlink(path);
	rmdir(folder);
}

/* A stream of n frames, each with an answer for this one-letter name. */
static struct buf
stream_for(char name, size_t n)
{
	struct buf b = BUF(64 * 1024 * 1024), inner = BUF(1024), outer = BUF(1024);
	char response[] = RESPONSE;

	payload_number(&inner, 1, DNSTAP_CLIENT_RESPONSE);
	payload_number(&inner, 12, 1);
	response[13] = name;
	payload_bytes(&inner, 14, (struct str){ response, sizeof(response) - 1 });
	payload_wrap(&outer, buf_view(&inner));
	buf_str(&b, STR(START));
	for (size_t i = 0; i < n; i++) {
		buf_u32(&b, (uint32_t)outer.len);
		buf_str(&b, buf_view(&outer));
	}
	buf_free(&inner);
	buf_free(&outer);
	return b;
}

static struct buf
stream(size_t n)
{
	return stream_for('a', n);
}

static void
write_file(size_t n)
{
	struct buf b = stream(n);
	FILE *f = fopen(path, "w");

	ck_assert_uint_eq(fwrite(b.data, 1, b.len, f), b.len);
	fclose(f);
	buf_free(&b);
}

static bool
turn(void)
{
	loop_begin(&loop);
	pace_begin(&pace, &loop, &out);
	reader_begin(&reader, &loop, &out);
	loop_wake(&loop, clock_mono() + SECOND / 500);
	if (reader_is_over(&reader, &drain))
		return false;
	pace_wait(&pace, &loop, &out, reader_has_more(&reader, &out));
	reader_read(&reader, &loop, &out);
	return true;
}

static size_t
written(void)
{
	static char data[65536];
	size_t sum = 0;
	ssize_t n;

	while ((n = read(sink, data, sizeof(data))) > 0)
		sum += (size_t)n;
	return sum;
}

START_TEST(files_are_read_one_after_the_other)
{
	char missing[80], *names[] = { path, missing, path };

	begin(0);
	snprintf(missing, sizeof(missing), "%s/missing", folder);
	write_file(2);
	files_open(&reader.files, names, 3);
	while (turn())
		;
	linewriter_flush(&out);
	ck_assert_uint_eq(written(), 4 * (sizeof(LINE) - 1));
	ck_assert(files_have_failed(&reader.files));
	end();
}
END_TEST

START_TEST(a_file_waits_for_the_output)
{
	const size_t n = 40000;
	char *names[] = { path };
	size_t sum = 0;

	begin(1);
	write_file(n);
	files_open(&reader.files, names, 1);
	while (!pace_is_full(&out))
		ck_assert(turn());
	for (int i = 0; i < 20; i++)
		ck_assert(turn());
	ck_assert(out.blocked);
	ck_assert(!reader_has_more(&reader, &out));
	ck_assert_uint_lt(linewriter_pending(&out), PACE_HIGH_WATER + sizeof(LINE));
	ck_assert_uint_lt(reader.payloads.extract.answers, n);
	while (turn())
		sum += written();
	while (linewriter_pending(&out) > 0) {
		linewriter_flush(&out);
		sum += written();
	}
	ck_assert_uint_eq(sum + written(), n * (sizeof(LINE) - 1));
	ck_assert_uint_eq(reader.payloads.extract.dropped, 0);
	ck_assert(!files_have_failed(&reader.files));
	end();
}
END_TEST

static int
connect_producer(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (reader.producers.n_listeners == 0) {
		reader.producers.listeners = calloc(1, sizeof(struct listener));
		ck_assert_ptr_null(listener_open(reader.producers.listeners, path, 0600, NULL));
		reader.producers.n_listeners = 1;
	}
	strcpy(to.sun_path, path);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* Sends and runs turns until all data are sent, or the socket accepts nothing for 50 turns. */
static size_t
send_all(int fd, struct str data)
{
	size_t sent = 0;

	for (int stuck = 0; sent < data.n && stuck < 50; stuck++) {
		ssize_t n = send(fd, data.p + sent, data.n - sent, MSG_NOSIGNAL);

		if (n > 0) {
			sent += (size_t)n;
			stuck = 0;
		}
		ck_assert(turn());
	}
	return sent;
}

START_TEST(with_a_buffer_producers_are_read_and_lines_dropped)
{
	const size_t n = 100000, buffer = 512 * 1024;
	struct buf b = stream(n);
	int fd;

	begin(buffer);
	fd = connect_producer();
	ck_assert_uint_eq(send_all(fd, buf_view(&b)), b.len);
	close(fd);
	while (reader.producers.n > 0)
		ck_assert(turn());
	ck_assert_uint_gt(reader.payloads.extract.dropped, 0);
	ck_assert_uint_eq(reader.payloads.extract.dropped + reader.payloads.extract.answers, n);
	ck_assert_uint_le(linewriter_pending(&out) + reader.waiting, buffer);
	ck_assert_uint_gt(linewriter_pending(&out) + reader.waiting, buffer * 9 / 10);
	reader_flush(&reader, &out);
	ck_assert_uint_eq(reader.waiting, 0);
	ck_assert_uint_gt(linewriter_pending(&out), buffer * 9 / 10);
	buf_free(&b);
	end();
}
END_TEST

/* The number of bytes of output before the first line with the name `b`. */
static size_t
bytes_before_other(void)
{
	static char data[16 * 1024 * 1024 + 1];
	size_t n = 0;
	char *other;

	while ((other = strstr(data, OTHER_LINE)) == NULL) {
		ssize_t got = read(sink, data + n, sizeof(data) - 1 - n);

		n += got > 0 ? (size_t)got : 0;
		ck_assert_uint_lt(n, sizeof(data) - 1);
		ck_assert(turn());
	}
	return (size_t)(other - data);
}

START_TEST(a_flood_delays_no_line_of_another_producer)
{
	const size_t buffer = 8 * 1024 * 1024;
	struct buf flood = stream(800000), quiet = stream_for('b', 1);
	int from_flood, from_quiet;

	begin(buffer);
	from_flood = connect_producer();
	ck_assert_uint_eq(send_all(from_flood, buf_view(&flood)), flood.len);
	from_quiet = connect_producer();
	ck_assert_uint_eq(send_all(from_quiet, buf_view(&quiet)), quiet.len);
	while (reader.producers.n < 2 || reader.producers.connected[1]->backlog.lines.len == 0)
		ck_assert(turn());
	ck_assert_uint_gt(reader.payloads.extract.dropped, 0);
	ck_assert_uint_lt(bytes_before_other(), 1024 * 1024);
	close(from_flood);
	close(from_quiet);
	while (reader.producers.n > 0 || reader.waiting > 0) {
		ck_assert(turn());
		written();
	}
	buf_free(&flood);
	buf_free(&quiet);
	end();
}
END_TEST

START_TEST(without_a_buffer_producers_wait_for_the_output)
{
	struct buf b = stream(100000);
	int fd;

	begin(0);
	fd = connect_producer();
	ck_assert_uint_lt(send_all(fd, buf_view(&b)), b.len);
	ck_assert(pace_is_full(&out));
	ck_assert_uint_eq(reader.payloads.extract.dropped, 0);
	close(fd);
	buf_free(&b);
	end();
}
END_TEST

START_TEST(stopping_ends_at_the_deadline_or_when_all_have_closed)
{
	int fd;

	begin(0);
	fd = connect_producer();
	ck_assert(turn());
	ck_assert_uint_eq(reader.producers.n, 1);
	drain = (struct drain){ true, INT64_MAX, INT64_MAX };
	reader_stop(&reader);
	ck_assert(turn());
	ck_assert_int_ne(access(path, F_OK), 0);
	drain.stop_at = clock_mono();
	ck_assert(!turn());
	drain.stop_at = INT64_MAX;
	close(fd);
	while (turn())
		;
	ck_assert_uint_eq(reader.producers.n, 0);
	end();
}
END_TEST

UNIT_MAIN("reader", files_are_read_one_after_the_other, a_file_waits_for_the_output,
    with_a_buffer_producers_are_read_and_lines_dropped, a_flood_delays_no_line_of_another_producer,
    without_a_buffer_producers_wait_for_the_output,
    stopping_ends_at_the_deadline_or_when_all_have_closed)
