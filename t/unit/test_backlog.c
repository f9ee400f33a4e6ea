#include "dnstap/backlog.h"

#include <stdio.h>

#include "unit.h"

static struct buf out;

static void
add(struct backlog *b, const char *lines)
{
	buf_str(&b->lines, str_of(lines));
}

/* Moves lines of at most `n` bytes and returns them. */
static const char *
moved(struct backlog *b, size_t n)
{
	size_t before, bytes;

	out.max = 1 << 20;
	buf_cut(&out, 0);
	before = backlog_bytes(b);
	bytes = backlog_move(b, &out, n);
	ck_assert_uint_eq(out.len, bytes);
	ck_assert_uint_eq(backlog_bytes(b), before - bytes);
	buf_byte(&out, '\0');
	return out.data;
}

START_TEST(moved_lines_free_their_memory)
{
	struct backlog b = BACKLOG;

	for (int i = 0; i < 100000; i++)
		add(&b, "a line\n");
	moved(&b, 690000);
	ck_assert_uint_lt(b.lines.cap, 4 * b.lines.len);
	ck_assert_str_eq(moved(&b, 14), "a line\na line\n");
	backlog_free(&b);
}
END_TEST

START_TEST(only_whole_lines_are_moved)
{
	struct backlog b = BACKLOG;

	add(&b, "one\ntwo\nthree\n");
	ck_assert_str_eq(moved(&b, 7), "one\n");
	ck_assert_str_eq(moved(&b, 10), "two\nthree\n");
	ck_assert_str_eq(moved(&b, 10), "");
	ck_assert_ptr_null(b.lines.data);	/* an empty queue uses no memory */
}
END_TEST

START_TEST(lines_keep_their_order)
{
	struct backlog b = BACKLOG;
	unsigned next = 0, expected = 0;

	for (int round = 0; round < 1000; round++) {
		const char *line;
		char text[16];

		for (int i = 0; i < 3; i++) {
			snprintf(text, sizeof(text), "%u\n", next++);
			add(&b, text);
		}
		for (line = moved(&b, any_below(30) + 10); *line != '\0';
		     line = strchr(line, '\n') + 1)
			ck_assert_uint_eq(strtoul(line, NULL, 10), expected++);
		ck_assert_uint_le(b.lines.len, backlog_bytes(&b) * 4 / 3 + 1);
	}
	ck_assert_uint_gt(expected, 1000);
	backlog_free(&b);
}
END_TEST

START_TEST(queues_are_joined)
{
	struct backlog b = BACKLOG, other = BACKLOG;

	add(&other, "one\ntwo\n");
	backlog_join(&b, &other);
	ck_assert_uint_eq(backlog_bytes(&other), 0);
	add(&other, "three\nfour\n");
	ck_assert_str_eq(moved(&other, 7), "three\n");
	backlog_join(&b, &other);
	ck_assert_uint_eq(backlog_bytes(&other), 0);
	ck_assert_str_eq(moved(&b, 100), "one\ntwo\nfour\n");
	backlog_join(&b, &other);
	ck_assert_uint_eq(backlog_bytes(&b), 0);
}
END_TEST

UNIT_MAIN("backlog", moved_lines_free_their_memory, only_whole_lines_are_moved,
    lines_keep_their_order, queues_are_joined)
