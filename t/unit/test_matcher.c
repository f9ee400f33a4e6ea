#include "match/matcher.h"

#include <stdio.h>
#include <unistd.h>

#include "line/answer.h"
#include "unit.h"

static struct lists_set set;
static struct matcher matcher;

/* Puts a list in force. */
static void
use_list(const char *text)
{
	char word[] = "t=/tmp/test_matcher.XXXXXX", *words[] = { word };
	struct lists lists = { 0 };
	int fd = mkstemp(word + 2);

	ck_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	lists_open(&lists, words, 1);
	lists_set_free(&set);
	ck_assert(lists_build(&lists, &set));
	lists_close(&lists);
	close(fd);
	unlink(word + 2);
	matcher_use(&matcher, &set);
}

static void
open_matcher(const char *list)
{
	matcher_open(&matcher, false);
	use_list(list);
}

static void
close_matcher(void)
{
	matcher_close(&matcher);
	lists_set_free(&set);
}

/* What becomes of a line of the run, with its LF, if it is good. */
static const char *
read_line(struct matcher *m, const struct matcher_run *r, struct str line)
{
	static struct buf out = BUF(2 * ANSWER_MAX);
	const char *why = matcher_read(m, r);

	if (why != NULL)
		return why;
	buf_cut(&out, 0);
	if (!matcher_put(m, r, line, &out))
		return "too long";
	buf_byte(&out, '\0');
	return out.data;
}

/*
 * Takes the first of the lines, which have their LF, as a program does, and those that go with it.
 */
static void
take(struct matcher *m, struct str *lines, struct matcher_run *r, size_t most)
{
	struct matcher_run cut;

	ck_assert(str_split(lines, '\n', &r->first));
	matcher_take(m, r);
	cut = *r;
	matcher_join(r, *lines, most);
	ck_assert_uint_le(r->more, lines->n);
	ck_assert_uint_le(r->lines, most);
	if (r->lines > 1) {
		/* The last LF is yet to come. */
		matcher_join(&cut, (struct str){ lines->p, r->more - 1 }, most);
		ck_assert_uint_eq(cut.lines, r->lines - 1);
	}
	*lines = (struct str){ lines->p + r->more, lines->n - r->more };
}

/* What becomes of a line that is taken alone. */
static const char *
put(const char *text)
{
	static char line[ANSWER_MAX + 100];
	struct matcher_run run;
	struct str rest = { line, (size_t)snprintf(line, sizeof(line), "%s\n1.000000 192.0.2.1",
	    text) };

	take(&matcher, &rest, &run, SIZE_MAX);
	ck_assert_uint_eq(run.lines, 1);
	matcher_fetch(&matcher, &run, 1);
	return read_line(&matcher, &run, run.first);
}

/* How many of the lines go with the first. */
static size_t
lines_with(const char *first, const char *others)
{
	char *text = strdup(first);
	struct matcher_run run;
	struct str rest;

	text = realloc(text, strlen(first) + strlen(others) + 1);
	strcat(text, others);
	rest = str_of(text);
	take(&matcher, &rest, &run, SIZE_MAX);
	matcher_fetch(&matcher, &run, 1);
	free(text);
	return run.lines - 1;
}

#define HEAD "1795392065.718461 192.0.2.1 60 "

START_TEST(lines_get_their_keys)
{
	open_matcher("x.com\n=a,b.org\n");
	ck_assert_str_eq(put(HEAD "x.com"), HEAD "x.com tag=t rule=x.com\n");
	ck_assert(matcher.matched);
	ck_assert_str_eq(put(HEAD "y.com via=z.y,a.x.com client=::1 new=1"),
	    HEAD "y.com via=z.y,a.x.com client=::1 new=1 tag=t rule=x.com\n");
	ck_assert_str_eq(put(HEAD "a\\044b.org tag=old rule=old new=1"),
	    HEAD "a\\044b.org new=1 tag=t rule==a\\044b.org\n");
	ck_assert_str_eq(put(HEAD "y.com tag=old new=1"), HEAD "y.com new=1\n");
	ck_assert(!matcher.matched);
	ck_assert_str_eq(put(HEAD "y.com new=1"), HEAD "y.com new=1\n");
	close_matcher();
}
END_TEST

/* A client is looked for that was good before: not in a text that has gone since. */
START_TEST(a_client_is_looked_at)
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

START_TEST(lines_of_one_response_go_together)
{
	const char first[] = "1.000000 192.0.2.1 60 x.com\n";

	open_matcher("x.com\n");
	ck_assert_uint_eq(lines_with(first, ""), 0);
	ck_assert_uint_eq(lines_with(first,
	    "1.000000 192.0.2.25 60 x.com\n1.000000 192.0.2.7 60 x.com"), 1);
	ck_assert_uint_eq(lines_with(first,
	    "1.000000 10.0.0.123 60 x.com\n1.000000 10.0.0.1255 60 x.com\n"), 1);
	ck_assert_uint_eq(lines_with(first,
	    "1.000000 2001:db8::1 60 x.com\n1.000000 ::1 60 x.com\n" HEAD "x.com\n"), 2);
	ck_assert_uint_eq(lines_with(first, "1.000000 192.0.2.256 60 x.com\n"), 0);
	ck_assert_uint_eq(lines_with(first, "1.000000 192.0.2.2 60 x.org\n"), 0);
	ck_assert_uint_eq(lines_with(first, "1.000000 192.0.2.2 60 x.com k=1\n"), 0);
	ck_assert_uint_eq(lines_with(first, "1.000001 192.0.2.2 60 x.com\n"), 0);
	ck_assert_uint_eq(lines_with("1.000000 192.0.2.256 60 x.com\n", first), 0);
	close_matcher();
}
END_TEST

/* For the format, by its ADDRESS alone. */
START_TEST(a_line_that_is_too_long_goes_alone)
{
	char first[ANSWER_MAX + 2], next[ANSWER_MAX + 2];

	open_matcher("x.com\n");
	snprintf(first, sizeof(first), "1.000000 192.0.2.1 60 x.com k=%0*d\n", ANSWER_MAX - 1 - 30,
	    7);
	snprintf(next, sizeof(next), "1.000000 192.0.2.2 60 x.com k=%0*d\n", ANSWER_MAX - 1 - 30,
	    7);
	ck_assert_uint_eq(strlen(next), ANSWER_MAX);
	ck_assert_uint_eq(lines_with(first, next), 1);
	memmove(next + 18, next + 17, strlen(next + 17) + 1);
	ck_assert_uint_eq(lines_with(first, next), 0);
	close_matcher();
}
END_TEST

/* With its keys, at the limit and a byte beyond, with and without older ones. */
START_TEST(a_line_that_gets_too_long_is_not_put)
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
			ck_assert_int_eq(strcmp(put(line), "too long") == 0, more == 1);
		}
	}
	close_matcher();
}
END_TEST

/* As many as a line may have. */
#define FOUR_KEYS(k) " " k "0=" " " k "1=" " " k "2=" " " k "3="
#define KEYS_OF(a, b) FOUR_KEYS(a) FOUR_KEYS(b)
#define MANY_KEYS KEYS_OF("a", "b") KEYS_OF("c", "d") KEYS_OF("e", "f") KEYS_OF("g", "h") \
	KEYS_OF("i", "j") KEYS_OF("k", "l") KEYS_OF("m", "n") KEYS_OF("o", "p")

#define ANY(words) (words)[any_below(sizeof(words) / sizeof((words)[0]))]

#define ANY_LINE 1100

/* A line of few kinds, so that many are alike or ask what was asked before; some are bad. */
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

	if (any_below(3) == 0) {	/* else it is as the one before but for ADDRESS */
		time = ANY(times);
		n = snprintf(rest, sizeof(rest), "%s %s", any_below(9) == 0 ? "-" : "60",
		    ANY(names));
		for (unsigned i = any_below(4); i > 0; i--)
			n += snprintf(rest + n, sizeof(rest) - (size_t)n, "%s", ANY(keys));
	}
	snprintf(out, ANY_LINE, "%s %s %s\n", time, ANY(addresses), rest);
}

/* What becomes of a line by itself. */
static const char *
read_alone(struct matcher *alone, struct str line)
{
	struct matcher_run run = { .first = line };

	matcher_use(alone, &set);
	matcher_take(alone, &run);
	matcher_fetch(alone, &run, 1);
	return read_line(alone, &run, line);
}

static void
compare_run(struct matcher *alone, const struct matcher_run *r)
{
	struct str line = { NULL, 0 };
	size_t n = 0;
	char *was;

	for (; matcher_next(r, &line); n++) {
		was = strdup(read_line(&matcher, r, line));
		ck_assert_msg(strcmp(was, read_alone(alone, line)) == 0, "%.*s: %s", (int)line.n,
		    line.p, was);
		ck_assert(matcher.matched == alone->matched);
		free(was);
	}
	ck_assert_uint_eq(n, r->lines);
}

/* Whatever came before it, with whatever it is taken, and whatever comes after it. */
START_TEST(a_line_goes_as_it_goes_alone)
{
	static char text[MATCHER_RUNS * ANY_LINE];
	struct matcher_run runs[MATCHER_RUNS];
	struct matcher alone;
	unsigned joined = 0;
	struct str rest;

	matcher_open(&alone, false);
	open_matcher("x.com\n!a.x.com\n/^x\\.org/\n");
	for (int round = 0; round < 3000; round++) {
		size_t n = 0;

		if (any_below(20) == 0) {
			matcher.question_only = alone.question_only = any_below(2) == 0;
			matcher_use(&matcher, &set);
		}
		text[0] = '\0';
		for (size_t i = any_below(MATCHER_RUNS); i < MATCHER_RUNS; i++)
			any_line(text + strlen(text));
		for (rest = str_of(text); rest.n > 0; n++) {
			take(&matcher, &rest, &runs[n], 1 + any_below(4));
			joined += runs[n].lines > 1;
		}
		matcher_fetch(&matcher, runs, n);
		for (size_t i = 0; i < n; i++)
			compare_run(&alone, &runs[i]);
	}
	ck_assert_uint_gt(joined, 1000);
	matcher_close(&alone);
	close_matcher();
}
END_TEST

UNIT_MAIN("matcher", a_line_goes_as_it_goes_alone, lines_get_their_keys,
    lines_of_one_response_go_together, a_line_that_is_too_long_goes_alone, a_client_is_looked_at,
    a_line_that_gets_too_long_is_not_put)
