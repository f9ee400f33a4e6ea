#include "match/list_test.h"

#include "unit.h"

static struct lists_set set;
static struct list_test test;

/* Creates the lists `one` (x.com) and `two` (x.com, y.com), and begins to test the lines. */
static void
begin(const char *lines)
{
	static const char *const entries[][2] = { { "one", "x.com" }, { "two", "x.com" },
	    { "two", "y.com" } };

	lists_begin(&set);
	for (size_t i = 0; i < 3; i++) {
		struct list_entry e;

		ck_assert_ptr_null(list_parse(str_of(entries[i][1]), &e));
		ck_assert_ptr_null(
		    domset_add(set.set, domset_list(set.set, str_of(entries[i][0])), &e));
	}
	lists_seal(&set);
	list_test_open(&test, &set, str_of(lines));
}

static void
end(unsigned long names)
{
	const char *why;

	ck_assert(!list_test_next_failure(&test, &why));
	ck_assert_uint_eq(test.names, names);
	lists_set_free(&set);
}

static void
check_failure(unsigned long line, const char *name, const char *found, const char *expected)
{
	const char *why;

	ck_assert(list_test_next_failure(&test, &why));
	ck_assert_ptr_null(why);
	ck_assert_uint_eq(test.line, line);
	ck_assert(str_eq(test.name, str_of(name)));
	ck_assert(str_eq(test.found, str_of(found)));
	ck_assert(str_eq(test.expected, str_of(expected)));
}

static void
check_invalid(unsigned long line, const char *reason)
{
	const char *why;

	ck_assert(list_test_next_failure(&test, &why));
	ck_assert_ptr_nonnull(why);
	ck_assert_str_eq(why, reason);
	ck_assert_uint_eq(test.line, line);
}

START_TEST(tags_may_be_in_any_order)
{
	begin("x.com one,two\nX.com. two,one # comment\n\n# comment\n\ty.com two\r\nz.com -");
	end(4);
}
END_TEST

START_TEST(other_tags_are_a_failure)
{
	begin("x.com one\ny.com one,two\nz.com one\nx.com -\n");
	check_failure(1, "x.com", "one,two", "one");
	check_failure(2, "y.com", "two", "one,two");
	check_failure(3, "z.com", "-", "one");
	check_failure(4, "x.com", "one,two", "-");
	end(4);
}
END_TEST

START_TEST(an_invalid_line_is_a_failure)
{
	begin("x.com\nx.com one two\na..b one\ny.com two\n");
	check_invalid(1, "expected NAME TAGS or NAME -");
	check_invalid(2, "expected NAME TAGS or NAME -");
	check_invalid(3, "empty label in name");
	end(4);
}
END_TEST

START_TEST(comments_are_not_names)
{
	begin("# x.com one\n\n");
	end(0);
}
END_TEST

UNIT_MAIN("list_test", tags_may_be_in_any_order, other_tags_are_a_failure,
    an_invalid_line_is_a_failure, comments_are_not_names)
