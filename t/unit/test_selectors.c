#include "ipcache/selectors.h"

#include "unit.h"

static struct selectors selectors;

static const char *
add(const char *word)
{
	return selectors_add(&selectors, str_of(word));
}

static bool
matches(const char *line, bool by_via)
{
	struct answer a;
	size_t cost = 0;

	ck_assert_ptr_null(answer_parse(str_of(line), &a));
	return selectors_match(&selectors, &a, by_via, &cost);
}

static void
check_missing(const char *expected)
{
	const struct selector *t = selectors_next_missing(&selectors);
	char text[NAME_STRLEN];

	ck_assert_ptr_nonnull(t);
	selector_format(t, text);
	ck_assert_str_eq(text, expected);
}

START_TEST(without_words_each_pair_matches)
{
	ck_assert(matches("1.000000 192.0.2.1 60 a.example", false));
	ck_assert_ptr_null(selectors_next_missing(&selectors));
}
END_TEST

START_TEST(a_pair_matches_by_address_prefix_or_name)
{
	ck_assert_ptr_null(add("192.0.2.1"));
	ck_assert_ptr_null(add("2001:db8::/32"));
	ck_assert_ptr_null(add("A.example."));
	ck_assert(matches("1.000000 192.0.2.1 60 b.example", false));
	ck_assert(matches("1.000000 2001:db8::1 60 b.example", false));
	ck_assert(matches("1.000000 192.0.2.2 60 a.example", false));
	ck_assert(!matches("1.000000 192.0.2.2 60 b.example", false));
	ck_assert(!matches("1.000000 2001:db9::1 60 www.a.example", false));
	selectors_free(&selectors);
}
END_TEST

START_TEST(a_name_in_via_matches_only_where_it_is_asked_for)
{
	const char *line = "1.000000 192.0.2.1 60 a.example via=b.example,c.example";

	ck_assert_ptr_null(add("c.example"));
	ck_assert(!matches(line, false));
	ck_assert(matches(line, true));
	ck_assert_ptr_null(selectors_next_missing(&selectors));
	selectors_free(&selectors);
}
END_TEST

START_TEST(words_without_a_pair_are_listed_once_in_order)
{
	ck_assert_ptr_null(add("z.example"));
	ck_assert_ptr_null(add("192.0.2.0/24"));
	ck_assert_ptr_null(add("a.example"));
	ck_assert_ptr_null(add("Z.example"));
	ck_assert_uint_eq(selectors.n, 3);
	ck_assert(matches("1.000000 192.0.2.1 60 b.example", false));
	check_missing("z.example");
	check_missing("a.example");
	ck_assert_ptr_null(selectors_next_missing(&selectors));
	selectors_free(&selectors);
}
END_TEST

START_TEST(a_pair_that_two_words_mean_counts_for_both)
{
	ck_assert_ptr_null(add("192.0.2.1"));
	ck_assert_ptr_null(add("192.0.2.0/24"));
	ck_assert_ptr_null(add("a.example"));
	ck_assert(matches("1.000000 192.0.2.1 60 a.example", false));
	ck_assert_ptr_null(selectors_next_missing(&selectors));
	selectors_free(&selectors);
}
END_TEST

START_TEST(a_word_that_is_none_is_refused_and_leaves_the_others)
{
	ck_assert_ptr_null(add("a.example"));
	ck_assert_ptr_nonnull(add("192.0.2.1/33"));
	ck_assert_ptr_nonnull(add(""));
	ck_assert_uint_eq(selectors.n, 1);
	ck_assert(matches("1.000000 192.0.2.1 60 a.example", false));
	selectors_free(&selectors);
}
END_TEST

START_TEST(the_cost_grows_with_prefixes_and_names_not_with_words)
{
	struct answer a;
	size_t one = 0, many = 0, prefixes = 0;

	ck_assert_ptr_null(answer_parse(
	    STR("1.000000 192.0.2.1 60 a.example via=b.example,c.example"), &a));
	ck_assert_ptr_null(add("x.example"));
	selectors_match(&selectors, &a, true, &one);
	for (int i = 0; i < 100; i++) {
		char word[] = { (char)('a' + i / 26), (char)('a' + i % 26), '.', 'x', '\0' };

		ck_assert_ptr_null(add(word));
	}
	selectors_match(&selectors, &a, true, &many);
	ck_assert_uint_eq(many, one);
	ck_assert_ptr_null(add("192.0.2.0/24"));
	ck_assert_ptr_null(add("192.0.2.1"));
	selectors_match(&selectors, &a, true, &prefixes);
	ck_assert_uint_eq(prefixes, many + 2);
	selectors_free(&selectors);
}
END_TEST

UNIT_MAIN("selectors", without_words_each_pair_matches,
    a_pair_matches_by_address_prefix_or_name,
    a_name_in_via_matches_only_where_it_is_asked_for,
    words_without_a_pair_are_listed_once_in_order,
    a_pair_that_two_words_mean_counts_for_both,
    a_word_that_is_none_is_refused_and_leaves_the_others,
    the_cost_grows_with_prefixes_and_names_not_with_words)
