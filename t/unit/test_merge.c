/* A filter whose lines come from stdin and from a FIFO. */
#include "io/merge.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/filter.h"
#include "unit.h"

static struct filter f;
static struct merges merges;
static char path[64], other[80];
static int feed, fifo, last, messages;	/* last: the second FIFO, or -1 */
static struct buf lines = BUF(1 << 20);

static void
begin_fifos(int n)
{
	int in[2], nothing = open("/dev/null", O_WRONLY);
	char name[] = "/tmp/test_merge.XXXXXX";

	snprintf(path, sizeof(path), "/tmp/test_merge.%ld", (long)getpid());
	snprintf(other, sizeof(other), "%s.2", path);
	ck_assert_int_eq(pipe(in), 0);
	dup2(in[0], STDIN_FILENO);
	dup2(nothing, STDOUT_FILENO);
	messages = mkstemp(name);
	unlink(name);
	dup2(messages, STDERR_FILENO);
	close(in[0]);
	feed = in[1];
	ck_assert_ptr_null(merges_add(&merges, path));
	if (n == 2)
		ck_assert_ptr_null(merges_add(&merges, other));
	ck_assert_ptr_null(merges_open(&merges, 1000));
	filter_open(&f, 1000);
	f.merges = &merges;
	fifo = open(path, O_WRONLY | O_NONBLOCK);
	ck_assert_int_ge(fifo, 0);
	last = n == 2 ? open(other, O_WRONLY | O_NONBLOCK) : -1;
	alarm(20);
}

static void
begin(void)
{
	begin_fifos(1);
}

static void
end(void)
{
	merges_close(&merges);
	unlink(path);
	unlink(other);
	buf_free(&lines);
}

static void
put(int fd, const char *text)
{
	ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
}

/* Adds the lines of a turn to `lines`, separated by spaces. */
static bool
turn(void)
{
	struct str line;

	filter_begin(&f);
	loop_wake(&f.loop, clock_mono() + SECOND / 500);
	if (!filter_wait(&f))
		return false;
	while (filter_line(&f, &line)) {
		buf_str(&lines, line);
		buf_byte(&lines, ' ');
	}
	return true;
}

START_TEST(lines_of_a_fifo_follow_those_before_them_on_stdin)
{
	begin();
	for (int i = 0; i < 3; i++) {
		put(feed, "a\nb\n");
		put(fifo, "# barrier 1\n");
		for (int n = 0; n < 4; n++)
			ck_assert(turn());
		put(feed, "c\n");
		ck_assert(turn());
	}
	ck_assert(str_eq(buf_view(&lines),
	    STR("a b # barrier 1 c a b # barrier 1 c a b # barrier 1 c ")));
	end();
}
END_TEST

/* When the FIFO is read, stdin has more than a read of LINEREADER_BLOCK bytes returns. */
START_TEST(a_long_pipe_is_read_before_the_fifo)
{
	static char block[100001];
	size_t sum = 0;

	begin();
	fcntl(feed, F_SETFL, O_NONBLOCK);
	memset(block, 'x', 100000);
	for (size_t i = 99; i < 100000; i += 100)
		block[i] = '\n';
	for (ssize_t n; (n = write(feed, block, 100)) == 100; sum += 100)
		continue;
	put(fifo, "barrier\n");
	while (lines.len < sum + 8)
		ck_assert(turn());
	ck_assert_mem_eq(lines.data + lines.len - 8, "barrier ", 8);
	end();
}
END_TEST

/* The lines of the first FIFO arrive in the turn in which the barrier is read, and later. */
START_TEST(the_lines_of_a_fifo_follow_those_of_the_fifos_before)
{
	static char block[100001];
	size_t sum = 0;

	begin_fifos(2);
	ck_assert_int_ge(last, 0);
	memset(block, 'x', 100000);
	for (size_t i = 99; i < 100000; i += 100)
		block[i] = '\n';
	for (ssize_t n; (n = write(fifo, block, 100)) == 100; sum += 100)
		continue;
	put(last, "barrier\n");
	while (lines.len < sum + 8)
		ck_assert(turn());
	ck_assert_mem_eq(lines.data + lines.len - 8, "barrier ", 8);
	for (int i = 0; i < 3; i++) {
		buf_cut(&lines, 0);
		put(feed, "a\n");
		put(fifo, "b\n");
		ck_assert(turn());
		put(feed, "a\n");
		put(fifo, "b\n");
		put(last, "c\n");
		while (lines.len == 0 || lines.data[lines.len - 2] != 'c')
			ck_assert(turn());
		ck_assert_msg(lines.len == 10, "%.*s", (int)lines.len, lines.data);
	}
	end();
}
END_TEST

/* The first FIFO and stdin are never empty. */
START_TEST(a_flood_in_a_fifo_does_not_hold_back_another)
{
	unsigned turns = 0;

	begin_fifos(2);
	fcntl(feed, F_SETFL, O_NONBLOCK);
	put(last, "barrier\n");
	while (lines.len < 8 || memcmp(lines.data + lines.len - 8, "barrier ", 8) != 0) {
		while (write(feed, "xxxxxxx\n", 8) == 8)
			continue;
		while (write(fifo, "yyyyyyy\n", 8) == 8)
			continue;
		buf_cut(&lines, 0);
		ck_assert(turn());
		ck_assert_uint_lt(++turns, 40);
	}
	end();
}
END_TEST

/* stdin is never empty. */
START_TEST(a_flood_on_stdin_does_not_hold_back_a_fifo)
{
	unsigned turns = 0;

	begin();
	fcntl(feed, F_SETFL, O_NONBLOCK);
	put(fifo, "barrier\n");
	while (lines.len < 8 || memcmp(lines.data + lines.len - 8, "barrier ", 8) != 0) {
		while (write(feed, "xxxxxxx\n", 8) == 8)
			continue;
		buf_cut(&lines, 0);
		ck_assert(turn());
		ck_assert_uint_lt(++turns, 20);
	}
	end();
}
END_TEST

START_TEST(a_partial_line_waits_for_its_rest)
{
	begin();
	put(fifo, "ab");
	for (int n = 0; n < 4; n++)
		ck_assert(turn());
	put(feed, "x\n");
	ck_assert(turn());
	put(fifo, "c\n");
	for (int n = 0; n < 4; n++)
		ck_assert(turn());
	ck_assert(str_eq(buf_view(&lines), STR("x abc ")));
	end();
}
END_TEST

START_TEST(at_the_end_of_stdin_the_fifo_is_read)
{
	begin();
	put(feed, "a\n");
	close(feed);
	put(fifo, "b\nc\n");
	while (turn())
		continue;
	ck_assert(str_eq(buf_view(&lines), STR("a b c ")));
	end();
}
END_TEST

/* A line arrives in the FIFO while an earlier one waits in memory. */
START_TEST(at_the_end_of_stdin_the_fifo_is_read_to_its_end)
{
	begin();
	put(fifo, "b\n");
	ck_assert(turn());
	put(fifo, "c\n");
	close(feed);
	while (turn())
		continue;
	ck_assert(str_eq(buf_view(&lines), STR("b c ")));
	end();
}
END_TEST

START_TEST(bad_lines_are_reported_with_the_fifo)
{
	static char text[2000];
	char expected[100];
	ssize_t n;

	begin();
	memset(text, 'x', 1001);
	strcpy(text + 1001, "\nb\n");
	put(fifo, text);
	close(feed);
	while (turn())
		continue;
	ck_assert_uint_eq(f.bad_lines, 1);
	ck_assert(str_eq(buf_view(&lines), STR("b ")));
	snprintf(expected, sizeof(expected), "%s: line 1: line too long\n", path);
	n = pread(messages, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	ck_assert_msg(strstr(text, expected) != NULL, "%s", text);
	end();
}
END_TEST

START_TEST(a_bad_path_is_a_reason)
{
	ck_assert_ptr_null(merges_add(&merges, "/dev/null"));
	ck_assert_str_eq(merges_open(&merges, 1000), "/dev/null: not a FIFO");
	for (int i = 1; i < MERGES_MAX; i++)
		ck_assert_ptr_null(merges_add(&merges, "/dev/null"));
	ck_assert_ptr_nonnull(merges_add(&merges, "/dev/null"));
}
END_TEST

UNIT_MAIN("merge", lines_of_a_fifo_follow_those_before_them_on_stdin,
    a_long_pipe_is_read_before_the_fifo, a_flood_on_stdin_does_not_hold_back_a_fifo,
    the_lines_of_a_fifo_follow_those_of_the_fifos_before,
    a_flood_in_a_fifo_does_not_hold_back_another,
    a_partial_line_waits_for_its_rest, at_the_end_of_stdin_the_fifo_is_read,
    at_the_end_of_stdin_the_fifo_is_read_to_its_end, bad_lines_are_reported_with_the_fifo,
    a_bad_path_is_a_reason)
