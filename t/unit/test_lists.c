#include "match/lists.h"

#include <stdio.h>

#include "unit.h"

static struct lists_set set;

/* Adds entries, one per line, to the list with this tag. */
static void
add_list(struct domset *to, const char *tag, const char *entries)
{
	struct str rest = str_of(entries), line;
	unsigned list = domset_list(to, str_of(tag));
	struct list_entry e;

	domset_set_place(to, tag, 1);
	while (str_split(&rest, '\n', &line) && line.n > 0) {
		ck_assert_ptr_null(list_parse(line, &e));
		ck_assert_ptr_null(domset_add(to, list, &e));
	}
}

/* Begins a set of two lists and one exception list. */
static void
begin_set(const char *a, const char *b, const char *never)
{
	lists_begin(&set);
	add_list(set.set, "a", a);
	add_list(set.set, "b", b);
	add_list(set.exceptions, "never", never);
	lists_seal(&set);
}

/* The tags and rules of an answer, separated by a space. */
static const char *
verdict(const char *name, const char *via)
{
	static char text[256];

	lists_decide(&set, str_of(name), via == NULL ? LISTS_NO_VIA : str_of(via));
	snprintf(text, sizeof(text), "%.*s %.*s", (int)set.tag.len, set.tag.data,
	    (int)set.rule.len, set.rule.data);
	return text;
}

START_TEST(each_list_gives_its_tag)
{
	begin_set("x.example\n", "example\n", "");
	ck_assert_str_eq(verdict("w.x.example", NULL), "a,b x.example,example");
	ck_assert_str_eq(verdict("y.example", NULL), "b example");
	ck_assert_str_eq(verdict("y.test", NULL), " ");
	ck_assert_uint_eq(lists_entries(&set), 2);
	lists_set_free(&set);
}
END_TEST

START_TEST(the_first_name_that_a_list_matches_decides)
{
	begin_set("!x.example\ncdn.test\n", "cdn.test\n", "");
	ck_assert_str_eq(verdict("x.example", "cdn.test"), "b cdn.test");
	ck_assert_str_eq(verdict("y.example", "w.test,cdn.test"), "a,b cdn.test,cdn.test");
	ck_assert_str_eq(verdict("cdn.test", "x.example"), "a,b cdn.test,cdn.test");
	lists_set_free(&set);
}
END_TEST

START_TEST(an_exception_list_ends_the_search)
{
	begin_set("x.example\n", "cdn.test\n", "bank.test\n!ok.bank.test\n");
	ck_assert_str_eq(verdict("bank.test", "cdn.test"), " ");
	ck_assert_str_eq(verdict("x.example", "bank.test,cdn.test"), "a x.example");
	ck_assert_str_eq(verdict("x.example", "ok.bank.test,cdn.test"), "a,b x.example,cdn.test");
	ck_assert_uint_eq(lists_entries(&set), 4);
	lists_set_free(&set);
}
END_TEST

UNIT_MAIN("lists", each_list_gives_its_tag, the_first_name_that_a_list_matches_decides,
    an_exception_list_ends_the_search)
