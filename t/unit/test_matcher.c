#include "match/matcher.h"

#include <stdio.h>

#include "line/answer.h"
#include "unit.h"

static struct lists_set set;
static struct matcher matcher;
static bool is_match;		/* whether the last line matched */

/* Replaces the list of the matcher. */
static void
use_list(const char *text)
{
	struct str rest = str_of(text), line;
	struct list_entry e;

	lists_set_free(&set);
	lists_begin(&set);
	domset_set_place(set.set, "list", 1);
	while (str_split(&rest, '\n', &line) && line.n > 0) {
		ck_assert_ptr_null(list_parse(line, &e));
		ck_assert_ptr_null(domset_add(set.set, domset_list(set.set, STR("t")), &e));
	}
	lists_seal(&set);
	matcher_use(&matcher, &set);
}

static void
open_matcher(const char *list)
{
	matcher_open(&matcher, MATCHER_ALL, false);
	use_list(list);
}

static void
close_matcher(void)
{
	matcher_close(&matcher);
	lists_set_free(&set);
}

/* The output for a line, empty if the line did not pass; or the reason why it was refused. */
static const char *
read_line(struct matcher *m, struct str line)
{
	static struct buf out = BUF(2 * ANSWER_MAX);
	uint64_t matched = m->matched;
	const char *why;

	buf_cut(&out, 0);
	why = matcher_line(m, line, &out);
	is_match = m->matched > matched;
	if (why != NULL) {
		ck_assert_uint_eq(out.len, 0);
		return why;
	}
	buf_byte(&out, '\0');
	return out.data;
}

static const char *
put(const char *text)
{
	return read_line(&matcher, str_of(text));
}

#define HEAD "1795392065.718461 192.0.2.1 60 "

START_TEST(lines_get_their_keys)
{
	open_matcher("x.com\n=a\\044b.org\n");
	ck_assert_str_eq(put(HEAD "x.com"), HEAD "x.com tag=t rule=x.com\n");
	ck_assert(is_match);
	ck_assert_str_eq(put(HEAD "y.com via=z.y,a.x.com client=::1 new=1"),
	    HEAD "y.com via=z.y,a.x.com client=::1 new=1 tag=t rule=x.com\n");
	ck_assert_str_eq(put(HEAD "a\\044b.org tag=old rule=old new=1"),
	    HEAD "a\\044b.org new=1 tag=t rule==a\\044b.org\n");
	ck_assert_str_eq(put(HEAD "y.com tag=old new=1"), HEAD "y.com new=1\n");
	ck_assert(!is_match);
	ck_assert_str_eq(put(HEAD "y.com new=1"), HEAD "y.com new=1\n");
	close_matcher();
}
END_TEST

START_TEST(a_bad_client_is_refused_after_a_good_one)
{
	open_matcher("x.com\n");
	for (int i = 0; i < 2; i++) {
		ck_assert_str_eq(put(HEAD "x.com client=192.0.2.7"),
		    HEAD "x.com client=192.0.2.7 tag=t rule=x.com\n");
		ck_assert_str_eq(put(HEAD "x.com client=192.0.2.x"), "client is not an address");
	}
	close_matcher();
}
END_TEST

/* Checks the output for `next` after `first`. The buffer of `first` is freed between them. */
static void
check_next(const char *first, const char *next, const char *expected)
{
	char *before = strdup(first), *line = strdup(next);

	put(before);
	free(before);
	ck_assert_str_eq(put(line), expected);
	free(line);
}

#define FIRST "1.000000 192.0.2.1 60 x.com k=1"
#define TAGS " tag=t rule=x.com\n"

START_TEST(a_line_of_the_same_response_gets_the_same_keys)
{
	open_matcher("x.com\n");
	check_next(
	    FIRST, "1.000000 192.0.2.25 60 x.com k=1", "1.000000 192.0.2.25 60 x.com k=1" TAGS);
	check_next(FIRST, "1.000000 ::1 60 x.com k=1", "1.000000 ::1 60 x.com k=1" TAGS);
	check_next(FIRST, "1.000000 2001:db8::123 60 x.com k=1",
	    "1.000000 2001:db8::123 60 x.com k=1" TAGS);
	check_next("1.000000 192.0.2.1 60 x.com tag=old", "1.000000 ::1 60 x.com tag=old",
	    "1.000000 ::1 60 x.com" TAGS);
	ck_assert_uint_eq(matcher.lines, 8);
	ck_assert_uint_eq(matcher.matched, 8);
	ck_assert_uint_eq(matcher.passed, 8);
	close_matcher();
}
END_TEST

START_TEST(a_line_that_differs_in_more_is_read_anew)
{
	open_matcher("x.com\n");
	check_next(FIRST, "1.000000 192.0.2.256 60 x.com k=1",
	    "ADDRESS is not an address in canonical form, as in 192.0.2.1 or 2001:db8::1");
	check_next(FIRST, "1.000000 192.0.2.2 60 x.org k=1", "1.000000 192.0.2.2 60 x.org k=1\n");
	check_next(FIRST, "1.000000 192.0.2.2 60 x.com k=12",
	    "1.000000 192.0.2.2 60 x.com k=12" TAGS);
	check_next(
	    FIRST, "1.000001 192.0.2.2 60 x.com k=1", "1.000001 192.0.2.2 60 x.com k=1" TAGS);
	check_next(FIRST, "1.000000 192.0.2.2", "TTL is not a number from 0 to 2147483647");
	check_next(FIRST, "1.00000", "TIME is not seconds with six decimals");
	check_next("1.000000 192.0.2.256 60 x.com k=1", FIRST, FIRST TAGS);
	close_matcher();
}
END_TEST

/* The first line has the maximum length. The second is a byte longer, because of its ADDRESS. */
START_TEST(a_line_of_the_same_response_may_be_too_long)
{
	char first[ANSWER_MAX + 2], next[ANSWER_MAX + 2];
	int width = ANSWER_MAX - 1 - 30;

	open_matcher("y.com\n");
	snprintf(first, sizeof(first), "1.000000 192.0.2.1 60 x.com k=%0*d", width, 7);
	snprintf(next, sizeof(next), "1.000000 192.0.2.2 60 x.com k=%0*d", width, 7);
	ck_assert_uint_eq(strlen(next), ANSWER_MAX - 1);
	put(first);
	ck_assert_uint_eq(strlen(put(next)), ANSWER_MAX);
	snprintf(next, sizeof(next), "1.000000 192.0.2.22 60 x.com k=%0*d", width, 7);
	ck_assert_str_eq(put(next), "line too long");
	close_matcher();
}
END_TEST

START_TEST(only_the_chosen_lines_pass)
{
	const char *const lines[] = { HEAD "x.com", HEAD "y.com", HEAD "y.com ", HEAD "x.com" };
	const unsigned passed[] = { [MATCHER_MATCHING] = 2, [MATCHER_OTHERS] = 1,
	    [MATCHER_ALL] = 3 };

	for (int pass = MATCHER_MATCHING; pass <= MATCHER_ALL; pass++) {
		open_matcher("x.com\n");
		matcher.pass = (enum matcher_pass)pass;
		for (int i = 0; i < 4; i++)
			put(lines[i]);
		ck_assert_uint_eq(matcher.lines, 4);
		ck_assert_uint_eq(matcher.matched, 2);
		ck_assert_uint_eq(matcher.passed, passed[pass]);
		close_matcher();
	}
}
END_TEST

/*
 * An exception whose regex is given up applies until the regex is switched off. Then the result for
 * the same line changes.
 */
START_TEST(a_name_that_was_given_up_is_matched_again)
{
	static const char line[] =
	    HEAD "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!";

	open_matcher("/a/\n!/(a+)+$/\n");
	put(line);
	ck_assert(!is_match);
	for (int i = 0; i < 1000 && !is_match; i++)
		put(line);
	ck_assert(is_match);
	close_matcher();
}
END_TEST

/*
 * After tag and rule are set, the line has the maximum length or one byte more. The second head
 * already has a tag, which is replaced.
 */
START_TEST(a_line_that_gets_too_long_is_refused)
{
	static char line[ANSWER_MAX];
	const char *const heads[] = { HEAD "x.com k=", HEAD "x.com tag=1 k=" };
	const size_t added[] = { strlen(" tag=t rule=x.com"),
	    strlen(" tag=t rule=x.com") - strlen(" tag=1") };

	open_matcher("x.com\n");
	for (int i = 0; i < 2; i++) {
		for (size_t more = 0; more < 2; more++) {
			size_t n = ANSWER_MAX - 1 - added[i] + more;

			memset(line, 'v', n);
			line[n] = '\0';
			memcpy(line, heads[i], strlen(heads[i]));
			ck_assert_int_eq(
			    strcmp(put(line), "line too long with tag and rule") == 0,
			    more == 1);
		}
	}
	close_matcher();
}
END_TEST

/* The maximum number of keys. */
#define FOUR_KEYS(k) " " k "0=" " " k "1=" " " k "2=" " " k "3="
#define KEYS_OF(a, b) FOUR_KEYS(a) FOUR_KEYS(b)
#define MANY_KEYS KEYS_OF("a", "b") KEYS_OF("c", "d") KEYS_OF("e", "f") KEYS_OF("g", "h") \
	KEYS_OF("i", "j") KEYS_OF("k", "l") KEYS_OF("m", "n") KEYS_OF("o", "p")

#define ANY(words) (words)[any_below(sizeof(words) / sizeof((words)[0]))]

#define ANY_LINE 1100

/* A line of few different parts, so that many lines are alike. Some lines are bad. */
static void
any_line(char out[ANY_LINE])
{
	static const char *const times[] = { "1.000000", "1.000000", "2.5", "a.000000" };
	static const char *const addresses[] = { "192.0.2.1", "192.0.2.10", "192.0.2.1",
	    "192.0.2.02", "192.0.2.256",
		"192.0.2.1 ", "192.0.2.1x", "192.0.2.", "2001:db8::1", "2001:db8::fe9",
		"2001:db8::0", "2001:db8::02", "2001:db8::A", "2001:db8::12345", "2001:db8::",
		"::1", "::1:2", "::0.1.0.2", "::0.1.0.3", "10.0.0.123", "10.0.0.1255", "2001:1::5",
		"2001:11", "2001:db8:1111:2222::6" };
	static const char *const names[] = { "x.com", "x.com", "a.x.com", "x.org", "y.org", "X.com",
	    "x.com.", "" };
	static const char *const keys[] = { "", "", "", " via=x.com,y.org", " via=y.org",
	    " client=192.0.2.7",
		" client=192.0.2.7", " client=::1", " client=x", " xclient=192.0.2.7", " k=1",
		" k=2", " server=s", " first=1.000000", " tag=t", " rule=,", " ", MANY_KEYS };
	static const char *time = "1.000000";
	static char rest[1000] = "60 x.com";
	int n;

	if (any_below(3) == 0) {	/* otherwise only ADDRESS differs from the previous line */
		time = ANY(times);
		n = snprintf(rest, sizeof(rest), "%s %s", any_below(9) == 0 ? "-" : "60",
		    ANY(names));
		for (unsigned i = any_below(4); i > 0; i--)
			n += snprintf(rest + n, sizeof(rest) - (size_t)n, "%s", ANY(keys));
	}
	snprintf(out, ANY_LINE, "%s %s %s", time, ANY(addresses), rest);
}

/* The output for a line without a previous line. */
static const char *
read_alone(struct matcher *alone, struct str line)
{
	matcher_use(alone, &set);
	return read_line(alone, line);
}

static void
compare_line(struct matcher *alone, const char *text)
{
	char *was = strdup(put(text));
	bool was_match = is_match;

	ck_assert_msg(strcmp(was, read_alone(alone, str_of(text))) == 0, "%s: %s", text, was);
	ck_assert(was_match == is_match);
	free(was);
}

START_TEST(the_previous_line_changes_nothing)
{
	char text[ANY_LINE];
	struct matcher alone;

	matcher_open(&alone, MATCHER_ALL, false);
	open_matcher("x.com\n!a.x.com\n/^x\\.org/\n");
	for (int i = 0; i < 100000; i++) {
		if (any_below(500) == 0) {
			matcher.question_only = alone.question_only = any_below(2) == 0;
			matcher_use(&matcher, &set);
		}
		any_line(text);
		compare_line(&alone, text);
	}
	ck_assert_uint_gt(matcher.matched, 1000);
	matcher_close(&alone);
	close_matcher();
}
END_TEST

UNIT_MAIN("matcher", the_previous_line_changes_nothing, lines_get_their_keys,
    a_line_of_the_same_response_gets_the_same_keys, a_line_that_differs_in_more_is_read_anew,
    a_line_of_the_same_response_may_be_too_long, only_the_chosen_lines_pass,
    a_name_that_was_given_up_is_matched_again, a_bad_client_is_refused_after_a_good_one,
    a_line_that_gets_too_long_is_refused)
