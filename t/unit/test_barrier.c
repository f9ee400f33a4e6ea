#include "line/barrier.h"

#include "unit.h"

static bool
has_id(const char *line, const char *id)
{
	struct str found;

	return barrier_parse(str_of(line), &found) && str_eq(found, str_of(id));
}

static bool
is_barrier(const char *line)
{
	struct str id;

	return barrier_parse(str_of(line), &id);
}

START_TEST(an_id_is_found)
{
	ck_assert(has_id("# barrier 1", "1"));
	ck_assert(has_id("# barrier gate.7_a-Z", "gate.7_a-Z"));
	ck_assert(has_id("# barrier 0123456789abcdefghijklmnopqrstuv",
	    "0123456789abcdefghijklmnopqrstuv"));
}
END_TEST

START_TEST(other_lines_are_no_barrier)
{
	static const char *const lines[] = { "", "#", "# barrier", "# barrier ", "#barrier 1",
	    " # barrier 1", "# barrier  1", "# barrier 1 ", "# barrier 1 2", "# Barrier 1",
	    "# barrier 1\r", "# barrier 1\n", "# barrier a/b", "# barrier \xc3\xa4", "# barrier *",
	    "# barriers 1", "barrier 1", "# barrier 0123456789abcdefghijklmnopqrstuvw" };
	struct str id;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ck_assert_msg(!is_barrier(lines[i]), "%s", lines[i]);
	ck_assert(!barrier_parse((struct str){ "# barrier a\0b", 13 }, &id));
	ck_assert(!barrier_parse((struct str){ NULL, 0 }, &id));
}
END_TEST

START_TEST(a_barrier_is_formatted_as_it_is_parsed)
{
	struct buf out = BUF(100);

	barrier_put(STR("gate-7"), &out);
	ck_assert(str_eq(buf_view(&out), STR("# barrier gate-7\n")));
	buf_free(&out);
}
END_TEST

UNIT_MAIN("barrier", an_id_is_found, other_lines_are_no_barrier,
    a_barrier_is_formatted_as_it_is_parsed)
