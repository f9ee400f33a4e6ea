/* A filter in this process, whose stdin and stdout are pipes. */
#include "io/filter.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "idle.h"
#include "unit.h"

static int feed, sink;	/* the writing end of stdin; the reading end of stdout */

static void
begin(struct filter *f)
{
	int in[2], out[2], words = open("/dev/null", O_WRONLY);

	ck_assert_int_eq(pipe(in), 0);
	ck_assert_int_eq(pipe(out), 0);
	ck_assert_int_eq(dup2(in[0], STDIN_FILENO), STDIN_FILENO);
	ck_assert_int_eq(dup2(out[1], STDOUT_FILENO), STDOUT_FILENO);
	ck_assert_int_eq(dup2(words, STDERR_FILENO), STDERR_FILENO);
	close(in[0]);
	close(out[1]);
	feed = in[1];
	sink = out[0];
	fcntl(feed, F_SETFL, O_NONBLOCK);
	fcntl(sink, F_SETFL, O_NONBLOCK);
	filter_open(f, 1000);
	alarm(10);
}

/* Writes about `size` bytes to stdin, in lines of 100 bytes. Returns the number of bytes. */
static size_t
fill(size_t size)
{
	char line[101];
	size_t done = 0;

	snprintf(line, sizeof(line), "%099d\n", 7);
	while (done < size && write(feed, line, 100) == 100)
		done += 100;
	return done;
}

/* One turn of a filter that passes all lines. */
static bool
turn(struct filter *f)
{
	struct str line;

	filter_begin(f);
	/* A turn must end even if nothing happens. */
	loop_wake(&f->loop, clock_mono() + SECOND / 500);
	if (!filter_wait(f))
		return false;
	while (filter_line(f, &line)) {
		size_t mark = f->out.buf.len;

		buf_str(&f->out.buf, line);
		buf_byte(&f->out.buf, '\n');
		filter_end_line(f, mark);
	}
	return true;
}

static size_t
take_all(void)
{
	static char data[65536];
	size_t sum = 0;
	ssize_t n;

	while ((n = read(sink, data, sizeof(data))) > 0)
		sum += (size_t)n;
	return sum;
}

START_TEST(a_line_is_written_when_input_pauses)
{
	struct filter f;

	begin(&f);
	fill(100);
	while (take_all() == 0)
		ck_assert(turn(&f));
	close(feed);
	while (turn(&f))
		;
	ck_assert_int_eq(filter_close(&f), 0);
}
END_TEST

/* The input never pauses, and only its first line causes output. */
START_TEST(input_without_output_delays_no_line)
{
	struct filter f;
	struct str line;

	begin(&f);
	while (take_all() == 0) {
		fill(1000 * 1000);
		filter_begin(&f);
		ck_assert(filter_wait(&f));
		while (filter_line(&f, &line))
			if (f.in.line == 1)
				buf_str(&f.out.buf, STR("first\n"));
	}
	close(feed);
	ck_assert_int_eq(filter_close(&f), 0);
}
END_TEST

START_TEST(a_slow_reader_receives_all_lines)
{
	size_t put = 0, got = 0;
	struct filter f;

	begin(&f);
	while (put < 3 * 1000 * 1000) {
		put += fill(200 * 1000);
		ck_assert(turn(&f));
		ck_assert_uint_le(linewriter_pending(&f.out), 1024 * 1024);
		if (f.out.blocked)
			got += take_all();
	}
	close(feed);
	while (turn(&f))
		got += take_all();
	ck_assert_int_eq(filter_close(&f), 0);
	got += take_all();
	ck_assert_uint_eq(got, put);
}
END_TEST

/* Runs turns until the output is blocked and reading stops. */
static void
get_stuck(struct filter *f)
{
	unsigned still = 0;

	while (still < 50) {
		still = fill(200 * 1000) > 0 && !f->more ? 0 : still + 1;
		ck_assert(turn(f));
	}
	ck_assert(f->out.blocked);
	ck_assert(f->more);
}

/* When the input is quiet, the filter waits for the reader until the deadline without using CPU. */
START_TEST(a_signal_ends_a_filter_with_blocked_output)
{
	struct filter f;
	struct idle wait;

	begin(&f);
	get_stuck(&f);
	raise(SIGTERM);
	wait = idle_begin();
	ck_assert(turn(&f));
	ck_assert(f.drain.stopping);
	f.drain.quiet_at = clock_mono();
	ck_assert(turn(&f));
	f.drain.stop_at = clock_mono() + SECOND * 3 / 10;
	while (turn(&f))
		;
	ck_assert_int_ge(clock_mono(), f.drain.stop_at);
	ck_assert_int_eq(filter_close(&f), 0);
	ck_assert(idle_lasted(wait));
}
END_TEST

START_TEST(a_signal_drains_the_input)
{
	size_t put, got = 0;
	struct filter f;

	begin(&f);
	put = fill(60 * 1000);
	raise(SIGTERM);
	ck_assert(turn(&f));
	ck_assert(turn(&f));
	put += fill(60 * 1000);
	f.drain.quiet_at = clock_mono() + SECOND * 3 / 10;
	while (turn(&f))
		got += take_all();
	ck_assert_int_eq(filter_close(&f), 0);
	got += take_all();
	ck_assert_uint_eq(got, put);
}
END_TEST

/* While filter_close waits for the reader, unread input does not use CPU time. */
START_TEST(the_end_waits_for_a_slow_reader)
{
	struct filter f;
	struct idle wait;

	begin(&f);
	get_stuck(&f);
	f.drain.stopping = true;
	f.drain.quiet_at = 0;
	f.drain.stop_at = clock_mono() + SECOND * 3 / 10;
	wait = idle_begin();
	ck_assert_int_eq(filter_close(&f), 0);
	ck_assert(idle_lasted(wait));
}
END_TEST

/* At the deadline, output that the reader can accept is still written. */
START_TEST(the_deadline_discards_no_writable_output)
{
	struct filter f;

	begin(&f);
	buf_str(&f.out.buf, STR("ready\n"));
	f.drain.stopping = true;
	f.drain.stop_at = clock_mono() - SECOND;
	filter_begin(&f);
	ck_assert(!filter_wait(&f));
	ck_assert_int_eq(filter_close(&f), 0);
	ck_assert_uint_eq(take_all(), 6);
}
END_TEST

START_TEST(a_filter_without_a_reader_ends)
{
	struct filter f;

	begin(&f);
	close(sink);
	while (turn(&f))
		;
	ck_assert_int_eq(filter_close(&f), 0);
}
END_TEST

START_TEST(a_lossy_filter_drops_lines)
{
	struct filter f;
	size_t got = 0;

	begin(&f);
	f.lossy = true;
	while (f.lost < 100) {
		fill(200 * 1000);
		ck_assert(turn(&f));
	}
	ck_assert(f.out.blocked);
	while (linewriter_pending(&f.out) > 0) {
		got += take_all();
		ck_assert(turn(&f));
	}
	close(feed);
	while (turn(&f))
		;
	ck_assert_int_eq(filter_close(&f), 0);
	got += take_all();
	ck_assert_uint_eq(got % 100, 0);
}
END_TEST

START_TEST(bad_lines_are_counted)
{
	struct filter f;

	begin(&f);
	for (int i = 0; i < 11; i++)
		ck_assert_int_eq(write(feed, "01234567890123456789012345678901234567890123456789"
		    "0123456789012345678901234567890123456789012345678", 99), 99);
	ck_assert_int_eq(write(feed, "\na\nb", 4), 4);
	close(feed);
	while (turn(&f))
		;
	ck_assert_uint_eq(f.bad_lines, 2);
	ck_assert_int_eq(filter_close(&f), 0);
	ck_assert_uint_eq(take_all(), 2);
}
END_TEST

UNIT_MAIN("filter", a_line_is_written_when_input_pauses, input_without_output_delays_no_line,
    a_slow_reader_receives_all_lines, a_signal_ends_a_filter_with_blocked_output,
    a_signal_drains_the_input, the_end_waits_for_a_slow_reader,
    the_deadline_discards_no_writable_output, a_filter_without_a_reader_ends,
    a_lossy_filter_drops_lines, bad_lines_are_counted)
