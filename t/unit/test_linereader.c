#include "io/linereader.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "unit.h"

static int writer;

/* Opens a nonblocking pipe, whose writing end is `writer`. */
static struct linereader
open_pipe(size_t line_max)
{
	struct linereader in;
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	writer = fds[1];
	linereader_open(&in, fds[0], line_max);
	return in;
}

/* The lines of `text` as `NUMBER:LINE`, `NUMBER!long` or `NUMBER!cut`, separated by spaces. */
static const char *
fed(struct linereader *in, struct str text)
{
	static char out[4096];
	size_t n = 0;
	struct str line;

	if (text.p == NULL)
		close(writer);
	else
		ck_assert_int_eq(write(writer, text.p, text.n), (ssize_t)text.n);
	linereader_read(in);
	for (;;) {
		unsigned long number;
		enum linereader_result result = linereader_line(in, &line);

		number = (unsigned long)in->line;
		out[n] = '\0';
		if (result == LINEREADER_NONE)
			return n > 0 ? out + 1 : out;
		if (result == LINEREADER_LINE)
			n += (size_t)snprintf(out + n, sizeof(out) - n, " %lu:%.*s", number,
			    (int)line.n, line.p);
		else
			n += (size_t)snprintf(out + n, sizeof(out) - n, " %lu!%s", number,
			    result == LINEREADER_TOO_LONG ? "long" : "cut");
	}
}

static const struct str end = { NULL, 0 };

START_TEST(lines_are_returned_whole)
{
	struct linereader in = open_pipe(8);

	ck_assert_str_eq(fed(&in, STR("a\nbc\n\nd")), "1:a 2:bc 3:");
	ck_assert(!linereader_read(&in));
	ck_assert(!in.eof);
	ck_assert_str_eq(fed(&in, STR("ef")), "");
	ck_assert_str_eq(fed(&in, STR("\n12345678\n\n")), "4:def 5:12345678 6:");
	ck_assert_str_eq(fed(&in, end), "");
	ck_assert(in.eof);
	ck_assert_int_eq(in.error, 0);
	linereader_free(&in);
}
END_TEST

START_TEST(a_long_line_is_reported_once_and_skipped)
{
	struct linereader in = open_pipe(8);

	ck_assert_str_eq(fed(&in, STR("a\n123456789\nb\n")), "1:a 2!long 3:b");
	ck_assert_str_eq(fed(&in, STR("12345678")), "");
	ck_assert_str_eq(fed(&in, STR("9")), "4!long");
	ck_assert_str_eq(fed(&in, STR("1234567890")), "");
	ck_assert_str_eq(fed(&in, STR("1234567890\nc\n123456789")), "5:c 6!long");
	ck_assert_str_eq(fed(&in, STR("\n\nd\n123456789012")), "7: 8:d 9!long");
	ck_assert_str_eq(fed(&in, end), "");
	linereader_free(&in);
}
END_TEST

START_TEST(an_incomplete_last_line_is_reported)
{
	struct linereader in = open_pipe(8);

	ck_assert_str_eq(fed(&in, STR("a\nbc")), "1:a");
	ck_assert_str_eq(fed(&in, end), "2!cut");
	ck_assert_str_eq(fed(&in, end), "");
	linereader_free(&in);

	in = open_pipe(8);
	ck_assert_str_eq(fed(&in, end), "");
	linereader_free(&in);
}
END_TEST

START_TEST(a_read_error_ends_the_input)
{
	struct linereader in;

	linereader_open(&in, open("/", O_RDONLY), 8);
	ck_assert(!linereader_read(&in));
	ck_assert(in.eof);
	ck_assert_int_ne(in.error, 0);
	linereader_free(&in);
}
END_TEST

/* Lines of random length below `longest`, with any bytes including NUL. */
static char *
any_text(size_t size, uint32_t longest)
{
	char *text = malloc(size);
	size_t left = 0;

	for (size_t i = 0; i < size; i++) {
		if (left == 0) {
			text[i] = '\n';
			left = any_below(any_below(8) == 0 ? longest : 100);
			continue;
		}
		text[i] = (char)any_below(256);
		if (text[i] == '\n')
			text[i] = '\0';
		left--;
	}
	return text;
}

/* Compares the available lines with the text after *at. */
static void
check_lines(struct linereader *in, const char *text, size_t size, size_t *at, uint64_t *number,
    size_t line_max)
{
	for (;;) {
		const char *lf = memchr(text + *at, '\n', size - *at);
		size_t n = (size_t)((lf != NULL ? lf : text + size) - (text + *at));
		struct str line;
		enum linereader_result result = linereader_line(in, &line);

		if (result == LINEREADER_NONE)
			break;
		*number += 1;
		if (in->line != *number)
			ck_abort_msg("line %lu, not %lu", (unsigned long)in->line,
			    (unsigned long)*number);
		if (result != (n > line_max    ? LINEREADER_TOO_LONG
				  : lf == NULL ? LINEREADER_CUT_OFF
					       : LINEREADER_LINE))
			ck_abort_msg("line %lu of %zu bytes: result %d", (unsigned long)*number, n,
			    result);
		if (result == LINEREADER_LINE && !str_eq(line, (struct str){ text + *at, n }))
			ck_abort_msg("line %lu differs", (unsigned long)*number);
		*at = lf != NULL ? *at + n + 1 : size;
	}
}

static void
check_stream(size_t size, uint32_t longest, size_t line_max, uint32_t chunk_max)
{
	char *text = any_text(size, longest);
	struct linereader in = open_pipe(line_max);
	size_t sent = 0, at = 0;
	uint64_t number = 0;

	while (!in.eof) {
		size_t chunk = 1 + any_below(chunk_max);

		if (sent < size) {
			ssize_t n = write(writer, text + sent,
			    chunk < size - sent ? chunk : size - sent);

			sent += n > 0 ? (size_t)n : 0;
			if (sent == size)
				close(writer);
		}
		linereader_read(&in);
		check_lines(&in, text, size, &at, &number, line_max);
	}
	ck_assert_uint_eq(at, size);
	close(in.fd);
	linereader_free(&in);
	free(text);
}

START_TEST(no_line_is_lost)
{
	check_stream(3 * 1000 * 1000, 3000, 1000, 200 * 1000);
	check_stream(2 * 1000 * 1000, 300, 99, 500);
	check_stream(3 * 1000 * 1000, 3 * LINEREADER_BLOCK, LINEREADER_BLOCK / 2, 300 * 1000);
	for (uint32_t size = 1; size < 300; size++)
		check_stream(size, 20, 8, 16);
}
END_TEST

UNIT_MAIN("in", lines_are_returned_whole, a_long_line_is_reported_once_and_skipped,
    an_incomplete_last_line_is_reported, a_read_error_ends_the_input, no_line_is_lost)
