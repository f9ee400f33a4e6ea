#include "ipcache/selector.h"

#include <stdio.h>

#include "unit.h"

static struct selector_set set;

static const char *
add_word(const char *word)
{
	return selector_set_add(&set, str_of(word));
}

static bool
matches(const char *line, bool by_via)
{
	struct answer a;
	size_t cost = 0;

	ck_assert_ptr_null(answer_parse(str_of(line), &a));
	return selector_set_match(&set, &a, by_via, &cost);
}

static void
clear_set(void)
{
	selector_set_free(&set);
	set = (struct selector_set){ 0 };
}

/* Whether a set with only this word matches the pair. */
static bool
covers(const char *word, const char *address, const char *name)
{
	char line[NAME_STRLEN + 100];
	bool is;

	snprintf(line, sizeof(line), "1.000000 %s 60 %s", address, name);
	ck_assert_ptr_null(add_word(word));
	is = matches(line, false);
	clear_set();
	return is;
}

START_TEST(an_address_selects_its_pairs)
{
	ck_assert(covers("192.0.2.1", "192.0.2.1", "a.b"));
	ck_assert(!covers("192.0.2.1", "192.0.2.2", "a.b"));
	ck_assert(covers("2001:DB8::1", "2001:db8::1", "a.b"));
	ck_assert(!covers("2001:db8::1", "192.0.2.1", "2001:db8::1"));
}
END_TEST

START_TEST(a_prefix_selects_its_addresses)
{
	ck_assert(covers("192.0.2.0/24", "192.0.2.255", "a.b"));
	ck_assert(!covers("192.0.2.0/24", "192.0.3.0", "a.b"));
	ck_assert(covers("::/0", "2001:db8::1", "a.b"));
	ck_assert(!covers("::/0", "192.0.2.1", "a.b"));
}
END_TEST

START_TEST(a_name_selects_its_canonical_form)
{
	ck_assert(covers("Www.Example.ORG.", "192.0.2.1", "www.example.org"));
	ck_assert(!covers("example.org", "192.0.2.1", "www.example.org"));
	ck_assert(covers(".", "192.0.2.1", "."));
}
END_TEST

START_TEST(other_words_are_refused)
{
	static const char *wrong[] = { "", "a..b", "192.0.2.1/33", "192.0.2.1/24", "a.b/24", "/" };
	struct selector t;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(selector_parse(str_of(wrong[i]), &t) != NULL, "%s", wrong[i]);
}
END_TEST

static void
check_missing(const char *expected)
{
	const struct selector *t = selector_set_next_missing(&set);
	char text[NAME_STRLEN];

	ck_assert_ptr_nonnull(t);
	selector_format(t, text);
	ck_assert_str_eq(text, expected);
}

START_TEST(an_empty_set_matches_every_pair)
{
	ck_assert(matches("1.000000 192.0.2.1 60 a.example", false));
	ck_assert_ptr_null(selector_set_next_missing(&set));
}
END_TEST

START_TEST(a_pair_matches_by_address_prefix_or_name)
{
	ck_assert_ptr_null(add_word("192.0.2.1"));
	ck_assert_ptr_null(add_word("2001:db8::/32"));
	ck_assert_ptr_null(add_word("A.example."));
	ck_assert(matches("1.000000 192.0.2.1 60 b.example", false));
	ck_assert(matches("1.000000 2001:db8::1 60 b.example", false));
	ck_assert(matches("1.000000 192.0.2.2 60 a.example", false));
	ck_assert(!matches("1.000000 192.0.2.2 60 b.example", false));
	ck_assert(!matches("1.000000 2001:db9::1 60 www.a.example", false));
	clear_set();
}
END_TEST

START_TEST(a_name_in_via_matches_only_with_by_via)
{
	const char *line = "1.000000 192.0.2.1 60 a.example via=b.example,c.example";

	ck_assert_ptr_null(add_word("c.example"));
	ck_assert(!matches(line, false));
	ck_assert(matches(line, true));
	ck_assert_ptr_null(selector_set_next_missing(&set));
	clear_set();
}
END_TEST

START_TEST(selectors_without_a_match_are_listed_once_in_order)
{
	ck_assert_ptr_null(add_word("z.example"));
	ck_assert_ptr_null(add_word("192.0.2.0/24"));
	ck_assert_ptr_null(add_word("a.example"));
	ck_assert_ptr_null(add_word("Z.example"));
	ck_assert_uint_eq(set.n, 3);
	ck_assert(matches("1.000000 192.0.2.1 60 b.example", false));
	check_missing("z.example");
	check_missing("a.example");
	ck_assert_ptr_null(selector_set_next_missing(&set));
	clear_set();
}
END_TEST

START_TEST(a_pair_can_match_two_selectors)
{
	ck_assert_ptr_null(add_word("192.0.2.1"));
	ck_assert_ptr_null(add_word("192.0.2.0/24"));
	ck_assert_ptr_null(add_word("a.example"));
	ck_assert(matches("1.000000 192.0.2.1 60 a.example", false));
	ck_assert_ptr_null(selector_set_next_missing(&set));
	clear_set();
}
END_TEST

START_TEST(a_refused_word_leaves_the_set_unchanged)
{
	ck_assert_ptr_null(add_word("a.example"));
	ck_assert_ptr_nonnull(add_word("192.0.2.1/33"));
	ck_assert_ptr_nonnull(add_word(""));
	ck_assert_uint_eq(set.n, 1);
	ck_assert(matches("1.000000 192.0.2.1 60 a.example", false));
	clear_set();
}
END_TEST

START_TEST(the_cost_grows_with_prefixes_and_via_names_only)
{
	struct answer a;
	size_t one = 0, many = 0, prefixes = 0;

	ck_assert_ptr_null(answer_parse(
	    STR("1.000000 192.0.2.1 60 a.example via=b.example,c.example"), &a));
	ck_assert_ptr_null(add_word("x.example"));
	selector_set_match(&set, &a, true, &one);
	for (int i = 0; i < 100; i++) {
		char word[] = { (char)('a' + i / 26), (char)('a' + i % 26), '.', 'x', '\0' };

		ck_assert_ptr_null(add_word(word));
	}
	selector_set_match(&set, &a, true, &many);
	ck_assert_uint_eq(many, one);
	ck_assert_ptr_null(add_word("192.0.2.0/24"));
	ck_assert_ptr_null(add_word("192.0.2.1"));
	selector_set_match(&set, &a, true, &prefixes);
	ck_assert_uint_eq(prefixes, many + 2);
	clear_set();
}
END_TEST

UNIT_MAIN("selector", an_address_selects_its_pairs, a_prefix_selects_its_addresses,
    a_name_selects_its_canonical_form, other_words_are_refused, an_empty_set_matches_every_pair,
    a_pair_matches_by_address_prefix_or_name, a_name_in_via_matches_only_with_by_via,
    selectors_without_a_match_are_listed_once_in_order, a_pair_can_match_two_selectors,
    a_refused_word_leaves_the_set_unchanged, the_cost_grows_with_prefixes_and_via_names_only)
