/* Runs turns of a program whose input and output are pipes. */
#include "io/pace.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "unit.h"

static int input, feed, sink;
static struct linewriter out;
static struct pace pace;
static struct loop loop;

static void
begin(void)
{
	int in[2], to[2];

	ck_assert_int_eq(pipe(in), 0);
	ck_assert_int_eq(pipe(to), 0);
	input = in[0];
	feed = in[1];
	sink = to[0];
	fcntl(sink, F_SETFL, O_NONBLOCK);
	loop_signals();
	linewriter_open(&out, to[1], 4 * 1024 * 1024);
	alarm(20);
}

static void
end(void)
{
	linewriter_free(&out);
	loop_free(&loop);
}

/* Runs a turn that waits at most ten seconds. Returns the time that it took, in microseconds. */
static int64_t
turn(bool more)
{
	int64_t start = clock_mono();

	loop_begin(&loop);
	loop_add(&loop, input, POLLIN);
	pace_begin(&pace, &loop, &out);
	loop_wake(&loop, start + 10 * SECOND);
	pace_wait(&pace, &loop, &out, more);
	return clock_mono() - start;
}

static void
append(size_t n)
{
	char *room = buf_room(&out.buf, n);

	ck_assert_ptr_nonnull(room);
	memset(room, '\n', n);
	out.buf.len += n;
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

START_TEST(lines_are_written_when_input_pauses)
{
	begin();
	append(7);
	ck_assert_int_lt(turn(false), 5 * SECOND);
	ck_assert_uint_eq(written(), 7);
	end();
}
END_TEST

START_TEST(lines_are_collected_while_input_is_left_in_memory)
{
	begin();
	append(7);
	ck_assert_int_lt(turn(true), 5 * SECOND);
	ck_assert_uint_eq(written(), 0);
	ck_assert_uint_eq(linewriter_pending(&out), 7);
	end();
}
END_TEST

START_TEST(lines_are_collected_while_input_arrives)
{
	begin();
	ck_assert_int_eq(write(feed, "x", 1), 1);
	append(7);
	turn(false);
	ck_assert_uint_eq(written(), 0);
	append(LINEWRITER_BLOCK - 7);
	turn(false);
	ck_assert_uint_eq(written(), LINEWRITER_BLOCK);
	end();
}
END_TEST

START_TEST(no_line_waits_for_more_than_the_delay)
{
	int64_t start;

	begin();
	ck_assert_int_eq(write(feed, "x", 1), 1);
	for (int i = 0; i < 3; i++) {
		append(7);
		start = clock_mono();
		while (written() == 0)
			turn(false);
		ck_assert_int_ge(clock_mono() - start, SECOND / 500);
	}
	end();
}
END_TEST

START_TEST(without_output_the_program_waits_for_input)
{
	int64_t start;

	begin();
	ck_assert_int_lt(turn(true), 5 * SECOND);
	start = clock_mono();
	loop_begin(&loop);
	loop_add(&loop, input, POLLIN);
	pace_begin(&pace, &loop, &out);
	loop_wake(&loop, start + SECOND / 10);
	pace_wait(&pace, &loop, &out, false);
	ck_assert_int_ge(clock_mono() - start, SECOND / 10);
	ck_assert_int_eq(write(feed, "x", 1), 1);
	ck_assert_int_lt(turn(false), 5 * SECOND);
	end();
}
END_TEST

START_TEST(blocked_output_is_written_when_its_reader_reads)
{
	size_t sum;

	begin();
	append(1024 * 1024);
	turn(false);
	ck_assert(out.blocked);
	ck_assert(pace_is_full(&out));
	sum = written();
	while (sum < 1024 * 1024) {
		turn(false);
		sum += written();
	}
	ck_assert(!pace_is_full(&out));
	end();
}
END_TEST

START_TEST(a_closed_pipe_breaks_the_output)
{
	begin();
	append(1024 * 1024);
	turn(false);
	ck_assert(!out.broken);
	close(sink);
	turn(false);
	ck_assert(out.broken);
	ck_assert_int_eq(out.error, 0);
	end();
}
END_TEST

UNIT_MAIN("pace", lines_are_written_when_input_pauses,
    lines_are_collected_while_input_is_left_in_memory, lines_are_collected_while_input_arrives,
    no_line_waits_for_more_than_the_delay, without_output_the_program_waits_for_input,
    blocked_output_is_written_when_its_reader_reads, a_closed_pipe_breaks_the_output)
