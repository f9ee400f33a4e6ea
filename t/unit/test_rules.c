#include "match/rules.h"

#include "unit.h"

static struct rules rules;

static uint32_t
add(unsigned list, const char *text)
{
	struct list_entry e;

	ck_assert_ptr_null(list_parse(str_of(text), &e));
	ck_assert_ptr_null(rules_check(&rules, &e));
	return rules_add(&rules, list, &e);
}

static void
check_text(uint32_t place, const char *expected)
{
	struct buf text = BUF(4096);

	rules_text(&rules, place, &text);
	ck_assert(str_eq(buf_view(&text), str_of(expected)));
	buf_free(&text);
}

START_TEST(a_rule_has_the_fields_of_its_entry)
{
	struct rule r;
	uint32_t place;

	rules_open(&rules);
	place = add(7, "!=X.com");
	r = rules_at(&rules, place);
	ck_assert_uint_eq(place, RULES_FIRST);
	ck_assert_uint_eq(r.list, 7);
	ck_assert_uint_eq(r.form, LIST_EXACT);
	ck_assert(r.negated);
	ck_assert(str_eq(rules_name(&rules, place, r.name_len), STR("x.com")));
	rules_free(&rules);
}
END_TEST

START_TEST(the_text_is_stored_only_where_it_is_needed)
{
	static const struct {
		const char *text, *shown;
		bool has_text;
	} cases[] = {
		{ "x.com", "x.com", false }, { "!*.x.com", "!*.x.com", false },
		{ "!=x.com", "!=x.com", false }, { ".", ".", false }, { "=.", "=.", false },
		{ ".x.com", ".x.com", true }, { "X.com", "X.com", true },
		{ "x.com.", "x.com.", true }, { "/a,b/", "/a\\044b/", true },
	};

	rules_open(&rules);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t place = add(0, cases[i].text);

		ck_assert_int_eq(rules_at(&rules, place).has_text, cases[i].has_text);
		check_text(place, cases[i].shown);
	}
	rules_free(&rules);
}
END_TEST

START_TEST(rules_are_visited_in_the_order_of_adding)
{
	uint32_t places[3];
	size_t at = RULES_FIRST;

	rules_open(&rules);
	places[0] = add(0, "x.com");
	places[1] = add(0, "/regex/");
	places[2] = add(0, ".Y.com");
	for (int i = 0; i < 3; i++, at = rules_next(&rules, at))
		ck_assert_uint_eq(at, places[i]);
	ck_assert_uint_eq(at, rules.pool.len);
	rules_free(&rules);
}
END_TEST

START_TEST(equal_rules_have_the_same_list_form_sign_and_name)
{
	uint32_t one;

	rules_open(&rules);
	one = add(1, "x.com");
	ck_assert(rules_same(&rules, one, add(1, ".X.com.")));
	ck_assert(!rules_same(&rules, one, add(2, "x.com")));
	ck_assert(!rules_same(&rules, one, add(1, "=x.com")));
	ck_assert(!rules_same(&rules, one, add(1, "!x.com")));
	ck_assert(!rules_same(&rules, one, add(1, "y.com")));
	rules_free(&rules);
}
END_TEST

START_TEST(an_entry_too_long_for_a_line_is_refused)
{
	static char regex[4200];
	struct list_entry e;

	memset(regex, 'a', sizeof(regex) - 1);
	regex[0] = regex[sizeof(regex) - 2] = '/';
	rules_open(&rules);
	ck_assert_ptr_null(list_parse(str_of(regex), &e));
	ck_assert_str_eq(rules_check(&rules, &e), "entry too long");
	rules_free(&rules);
}
END_TEST

UNIT_MAIN("rules", a_rule_has_the_fields_of_its_entry,
    the_text_is_stored_only_where_it_is_needed, rules_are_visited_in_the_order_of_adding,
    equal_rules_have_the_same_list_form_sign_and_name, an_entry_too_long_for_a_line_is_refused)
