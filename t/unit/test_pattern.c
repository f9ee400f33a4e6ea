#define PCRE2_CODE_UNIT_WIDTH 8
#include "match/pattern.h"

#include <pcre2.h>
#include <stdio.h>

#include "unit.h"

/* A pattern that uses all steps that it is allowed for a name that has only letters. */
#define SLOW "^(?:[a-z.]*[a-z.]*)*[^a-z1.]$"
#define LETTERS "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz.abcdefghij"

static struct patterns set;

static void
add(const char *text)
{
	const char *why = pattern_add(&set, 0, str_of(text));

	ck_assert_msg(why == NULL, "%s: %s", text, why);
}

static enum pattern_result
match(size_t i, const char *name)
{
	enum pattern_result result;

	patterns_begin(&set);
	result = pattern_match(&set, i, str_of(name));
	patterns_end(&set);
	return result;
}

/* Matches all patterns of the set with one name. Returns how many match. */
static unsigned
match_all(const char *name)
{
	unsigned n = 0;

	patterns_begin(&set);
	for (size_t i = 0; i < set.n; i++)
		n += pattern_match(&set, i, str_of(name)) == PATTERN_MATCH;
	patterns_end(&set);
	return n;
}

static bool
pcre2_finds(const char *pattern, const char *name)
{
	PCRE2_SIZE at;
	int error, rc;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, strlen(pattern), PCRE2_CASELESS,
	    &error, &at, NULL);
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);

	ck_assert_ptr_nonnull(code);
	rc = pcre2_match(code, (PCRE2_SPTR)name, strlen(name), 0, 0, data, NULL);
	pcre2_match_data_free(data);
	pcre2_code_free(code);
	return rc >= 0;
}

#define ANY(array) ((array)[any_below(sizeof(array) / sizeof((array)[0]))])

static void
make_literal(char *out)
{
	static const char *const starts[] = { "", "", "^", "(^|\\.)", "(?:^|\\.)" };
	static const char *const atoms[] = { "a", "b", "A", "\\.", "-", "\\-", "\\\\", "/", "\\/",
		"1" };

	strcpy(out, ANY(starts));
	for (unsigned n = 1 + any_below(3); n > 0; n--)
		strcat(out, ANY(atoms));
	strcat(out, any_below(3) == 0 ? "$" : "");
}

START_TEST(a_literal_matches_as_pcre2_does)
{
	static const char *const labels[] = { "a", "b", "aa", "ab", "b-a", "a\\\\b", "a/1" };
	char pattern[64], name[64];
	unsigned found = 0;

	for (int round = 0; round < 20000; round++) {
		enum pattern_result result;
		bool expected;

		make_literal(pattern);
		strcpy(name, ANY(labels));
		for (unsigned n = any_below(3); n > 0; n--)
			strcat(strcat(name, "."), ANY(labels));
		add(pattern);
		ck_assert_uint_eq(set.bytes, 0);	/* a literal is not compiled */
		result = match(0, name);
		expected = pcre2_finds(pattern, name);
		if (expected != (result == PATTERN_MATCH))
			ck_abort_msg("%s in %s: %d", pattern, name, expected);
		found += expected;
		patterns_free(&set);
	}
	ck_assert_uint_gt(found, 1000);
}
END_TEST

START_TEST(what_is_no_literal_is_compiled)
{
	static const char *const others[] = { "a.b", "a+", "^", "a|b", "(a)", "\\d", "a$b", "a^b",
		"[a]", "(^|\\.)", "\\Aa", "a{1}", "^(^|\\.)a" };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		add(others[i]);
		ck_assert_msg(set.bytes > 0, "%s", others[i]);
		patterns_free(&set);
	}
	ck_assert_ptr_nonnull(pattern_add(&set, 0, STR("a\\")));
	ck_assert_uint_eq(set.n, 0);
	patterns_free(&set);
}
END_TEST

START_TEST(one_that_is_given_up_does_not_affect_the_rest)
{
	add(SLOW);
	add("abc");
	add("a[b]c");
	ck_assert_int_eq(match(0, LETTERS), PATTERN_GIVEN_UP);
	ck_assert_uint_eq(match_all(LETTERS), 2);
	ck_assert_uint_eq(set.given_up, 2);
	ck_assert_int_eq(match(0, "1!"), PATTERN_NO_MATCH);
	patterns_free(&set);
}
END_TEST

/* PCRE2 counts from 0 at each position, so that 999 positions would allow 999 times its limit. */
START_TEST(steps_are_counted_over_all_positions)
{
	char name[1000];

	memset(name, 'a', 999);
	name[999] = '\0';
	add("(?:a|aa){12}[^a]");
	ck_assert_int_eq(match(0, name), PATTERN_GIVEN_UP);
	ck_assert_uint_le(set.steps, PATTERN_STEPS_FREE + PATTERN_STEPS_SHARE);
	patterns_free(&set);
}
END_TEST

START_TEST(all_patterns_share_the_steps_of_a_name)
{
	for (int i = 0; i < 1000; i++)
		add(SLOW);
	match_all(LETTERS);
	ck_assert_uint_eq(set.given_up, 1000);
	ck_assert_uint_le(set.steps, PATTERNS_STEPS_MAX + 1000 * PATTERN_STEPS_FREE);
	patterns_free(&set);
}
END_TEST

START_TEST(one_that_is_given_up_again_and_again_is_switched_off)
{
	add(SLOW);
	add("a[b]c");
	for (int i = 0; i < PATTERN_STRIKES; i++) {
		ck_assert(!pattern_is_off(&set, 0));
		ck_assert_uint_eq(match_all(LETTERS), 1);
	}
	ck_assert(pattern_is_off(&set, 0));
	ck_assert(!pattern_is_off(&set, 1));
	ck_assert_uint_eq(set.off, 1);
	ck_assert_int_eq(match(0, LETTERS), PATTERN_NO_MATCH);
	ck_assert_uint_eq(set.given_up, PATTERN_STRIKES);
	patterns_free(&set);
}
END_TEST

START_TEST(one_that_is_seldom_given_up_stays)
{
	add(SLOW);
	for (int i = 0; i < 10 * PATTERN_STRIKES; i++) {
		match(0, LETTERS);
		for (int j = 0; j < PATTERN_FORGIVEN; j++)
			match(0, "1!");
	}
	ck_assert_uint_eq(set.off, 0);
	patterns_free(&set);
}
END_TEST

/* Each pattern stays within its share, but together they use up the steps of each name. */
START_TEST(the_one_that_uses_most_is_switched_off)
{
	add("^.*.*.*.*[^a-z]");
	for (int i = 0; i < 100; i++)
		add("^.*.*.*[^a-z]");
	for (int i = 0; i < PATTERN_STRIKES; i++)
		match_all("abcdefghijklmn");
	ck_assert(pattern_is_off(&set, 0));
	ck_assert_uint_eq(set.off, 1);
	patterns_free(&set);
}
END_TEST

START_TEST(a_set_has_room_for_1000_patterns_or_10000_literals)
{
	const char *why = NULL;
	size_t n;

	for (n = 0; why == NULL; n++)
		why = pattern_add(&set, 0, STR("a[b]c"));
	ck_assert_uint_eq(n, 1001);
	ck_assert_ptr_nonnull(strstr(why, "more than 1000"));
	ck_assert_uint_eq(match_all("abc"), 1000);
	patterns_free(&set);
	for (n = 0; pattern_add(&set, 0, STR("abc")) == NULL; n++)
		;
	ck_assert_uint_eq(n, 10000);
	patterns_free(&set);
}
END_TEST

/* Patterns that do not compile also count, because each attempt takes time. */
START_TEST(patterns_that_do_not_compile_use_up_the_room)
{
	for (int i = 0; i < 1000; i++)
		ck_assert_ptr_nonnull(pattern_add(&set, 0, STR("(a")));
	ck_assert_ptr_nonnull(strstr(pattern_add(&set, 0, STR("abc")), "more than 1000"));
	patterns_free(&set);
}
END_TEST

START_TEST(the_compiled_size_of_a_set_has_a_limit)
{
	const char *why = NULL;
	char text[4096] = "";

	for (int i = 0; i < 700; i++)
		strcat(text, "(a|b)");
	while (why == NULL)
		why = pattern_add(&set, 0, str_of(text));
	ck_assert_ptr_nonnull(strstr(why, "16 MiB"));
	ck_assert_uint_gt(set.n, 5);
	ck_assert_uint_le(set.bytes, PATTERNS_BYTES_MAX);
	ck_assert_ptr_eq(pattern_add(&set, 0, STR("a[b]c")), why);
	patterns_free(&set);
}
END_TEST

/* The list `many` has 900 cheap patterns; `honest` has one pattern, which costs more than these. */
static void
match_beside_many(unsigned honest, unsigned many)
{
	for (int i = 0; i < 2; i++) {
		bool is_honest = (unsigned)i == honest;

		for (int n = 0; n < (is_honest ? 1 : 900); n++) {
			char text[64];

			snprintf(text, sizeof(text), is_honest ? "^[a-z]+[a-z0-9]*ads?[0-9]+\\.h$" :
			    "^[a-z0-9]*[a-z]x%d\\.zz", n);
			ck_assert_ptr_null(pattern_add(&set, is_honest ? honest : many,
			    str_of(text)));
		}
	}
	for (int n = 0; n < 300; n++)
		match_all(LETTERS);
}

START_TEST(a_list_does_not_switch_off_the_patterns_of_another)
{
	for (unsigned honest = 0; honest < 2; honest++) {
		match_beside_many(honest, 1 - honest);
		ck_assert(!pattern_is_off(&set, honest == 0 ? 0 : set.n - 1));
		ck_assert_uint_eq(match_all("xads1.h"), 1);
		patterns_free(&set);
	}
}
END_TEST

UNIT_MAIN("pattern", a_literal_matches_as_pcre2_does, what_is_no_literal_is_compiled,
    one_that_is_given_up_does_not_affect_the_rest, steps_are_counted_over_all_positions,
    all_patterns_share_the_steps_of_a_name, one_that_is_given_up_again_and_again_is_switched_off,
    one_that_is_seldom_given_up_stays, the_one_that_uses_most_is_switched_off,
    a_list_does_not_switch_off_the_patterns_of_another,
    a_set_has_room_for_1000_patterns_or_10000_literals,
    patterns_that_do_not_compile_use_up_the_room, the_compiled_size_of_a_set_has_a_limit)
