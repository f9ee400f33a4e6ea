#include "matcher.h"

#include <stdio.h>
#include <unistd.h>

#include "answer.h"
#include "unit.h"

static struct lists_set set;
static struct matcher matcher;
static bool took_alike;	/* the line that was put last */

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

/* What becomes of the line that was taken, without its LF. */
static const char *
read_line(struct matcher *m, const struct matcher_line *l)
{
	static struct buf out = BUF(2 * ANSWER_MAX);
	const char *why = matcher_read(m, l);

	if (why != NULL)
		return why;
	buf_cut(&out, 0);
	if (!matcher_put(m, l, &out))
		return "too long";
	ck_assert(out.len > 0 && out.data[out.len - 1] == '\n');
	out.data[out.len - 1] = '\0';
	return out.data;
}

/* Takes a line, which has its LF, as a program does: out of what is ahead. Returns whether that was seen to be alike. */
static bool
take(struct matcher *m, struct str ahead, struct matcher_line *l)
{
	size_t n = (size_t)((char *)memchr(ahead.p, '\n', ahead.n) - ahead.p);

	ck_assert(!matcher_take_alike(m, (struct str){ ahead.p, n }, l));	/* the LF is yet to come */
	if (matcher_take_alike(m, ahead, l)) {
		ck_assert(l->text.p == ahead.p && l->text.n == n);
		return true;
	}
	l->text = (struct str){ ahead.p, n };
	matcher_take(m, l);
	return false;
}

static const char *
put(const char *text)
{
	static char ahead[ANSWER_MAX + 100];
	struct matcher_line line;
	int n = snprintf(ahead, sizeof(ahead), "%s\n1.000000 192.0.2.1", text);

	took_alike = take(&matcher, (struct str){ ahead, (size_t)n }, &line);
	matcher_fetch(&matcher, &line, 1);
	return read_line(&matcher, &line);
}

#define HEAD "1795392065.718461 192.0.2.1 60 "

START_TEST(lines_get_their_keys)
{
	open_matcher("x.com\n=a,b.org\n");
	ck_assert_str_eq(put(HEAD "x.com"), HEAD "x.com tag=t rule=x.com");
	ck_assert(matcher.matched);
	ck_assert_str_eq(put(HEAD "y.com via=z.y,a.x.com client=::1 new=1"),
	    HEAD "y.com via=z.y,a.x.com client=::1 new=1 tag=t rule=x.com");
	ck_assert_str_eq(put(HEAD "a\\044b.org tag=old rule=old new=1"),
	    HEAD "a\\044b.org new=1 tag=t rule==a\\044b.org");
	ck_assert_str_eq(put(HEAD "y.com tag=old new=1"), HEAD "y.com new=1");
	ck_assert(!matcher.matched);
	ck_assert_str_eq(put(HEAD "y.com new=1"), HEAD "y.com new=1");
	close_matcher();
}
END_TEST

START_TEST(lines_of_one_response_go_alike)
{
	open_matcher("x.com\n");
	ck_assert_str_eq(put("1.000000 192.0.2.1 60 x.com tag=q"), "1.000000 192.0.2.1 60 x.com tag=t rule=x.com");
	ck_assert_str_eq(put("1.000000 2001:db8::1 60 x.com tag=q"),
	    "1.000000 2001:db8::1 60 x.com tag=t rule=x.com");
	ck_assert(took_alike);
	ck_assert_str_eq(put("1.000000 192.0.2.256 60 x.com tag=q"), "ADDRESS is not an address as inet_ntop writes it");
	ck_assert(!took_alike);
	ck_assert_str_eq(put("1.000000 192.0.2.2 60 x.org tag=q"), "1.000000 192.0.2.2 60 x.org");
	ck_assert_str_eq(put("1.000000 192.0.2.3 60 x.org tag=q"), "1.000000 192.0.2.3 60 x.org");
	ck_assert(took_alike);
	ck_assert_str_eq(put("1.000000 198.18.0.3 60 x.org tag=q"), "1.000000 198.18.0.3 60 x.org");
	ck_assert(took_alike);
	ck_assert_str_eq(put("1.000000 10.0.0.123 60 x.org tag=q"), "1.000000 10.0.0.123 60 x.org");
	ck_assert(took_alike);
	ck_assert_str_eq(put("1.000000 10.0.0.1255 60 x.org tag=q"), "ADDRESS is not an address as inet_ntop writes it");
	use_list("x.org\n");
	ck_assert_str_eq(put("1.000000 192.0.2.3 60 x.org tag=q"), "1.000000 192.0.2.3 60 x.org tag=t rule=x.org");
	ck_assert(!took_alike);
	close_matcher();
}
END_TEST

/* With its keys, at the limit and a byte beyond, with and without older ones. */
START_TEST(a_line_that_gets_too_long_is_not_put)
{
	static char line[ANSWER_MAX];
	const char *const heads[] = { HEAD "x.com k=", HEAD "x.com tag=1 k=" };
	const size_t added[] = { strlen(" tag=t rule=x.com"), strlen(" tag=t rule=x.com") - strlen(" tag=1") };

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
#define EIGHT_KEYS(k) " " k "0=" " " k "1=" " " k "2=" " " k "3=" " " k "4=" " " k "5=" " " k "6=" " " k "7="
#define MANY_KEYS EIGHT_KEYS("a") EIGHT_KEYS("b") EIGHT_KEYS("c") EIGHT_KEYS("d") EIGHT_KEYS("e") EIGHT_KEYS("f") \
	EIGHT_KEYS("g") EIGHT_KEYS("h")

#define ANY(words) (words)[any_below(sizeof(words) / sizeof((words)[0]))]

#define ANY_LINE 1100

/* A line of few kinds, so that many are alike or ask what was asked before; some are bad. */
static void
any_line(char out[ANY_LINE])
{
	static const char *const times[] = { "1.000000", "1.000000", "2.5", "3.000000" };
	static const char *const addresses[] = { "192.0.2.1", "192.0.2.10", "192.0.2.1", "192.0.2.02", "192.0.2.256",
		"192.0.2.1 ", "192.0.2.1x", "192.0.2.", "2001:db8::1", "2001:db8::fe9", "2001:db8::0", "2001:db8::02",
		"2001:db8::A", "2001:db8::12345", "2001:db8::", "::1", "::1:2", "::0.1.0.2", "::0.1.0.3",
		"10.0.0.123", "10.0.0.1255", "2001:1::5", "2001:11", "2001:db8:1111:2222::6" };
	static const char *const names[] = { "x.com", "x.com", "a.x.com", "x.org", "y.org", "X.com", "x.com.", "" };
	static const char *const keys[] = { "", "", "", " via=x.com,y.org", " via=y.org", " client=192.0.2.7",
		" client=192.0.2.7", " client=::1", " client=x", " xclient=192.0.2.7", " k=1", " k=2", " server=s",
		" first=1.000000", " tag=t", " rule=,", " ", MANY_KEYS };
	static const char *time = "1.000000";
	static char rest[1000] = "60 x.com";
	int n;

	if (any_below(3) == 0) {	/* else it is as the one before but for ADDRESS */
		time = ANY(times);
		n = snprintf(rest, sizeof(rest), "%s %s", any_below(9) == 0 ? "-" : "60", ANY(names));
		for (unsigned i = any_below(4); i > 0; i--)
			n += snprintf(rest + n, sizeof(rest) - (size_t)n, "%s", ANY(keys));
	}
	snprintf(out, ANY_LINE, "%s %s %s\n", time, ANY(addresses), rest);
}

/* Whatever came before it, with whatever it is taken, and whatever comes after it. */
START_TEST(a_line_goes_as_it_goes_alone)
{
	static char text[MATCHER_LINES * ANY_LINE];
	struct matcher_line lines[MATCHER_LINES], same;
	struct matcher alone;
	struct str rest, line;
	unsigned alike = 0;
	char *was;

	matcher_open(&alone, false);
	open_matcher("x.com\n!a.x.com\n/^x\\.org/\n");
	for (int round = 0; round < 3000; round++) {
		size_t n = 1 + any_below(MATCHER_LINES);

		if (any_below(20) == 0) {
			matcher.question_only = alone.question_only = any_below(2) == 0;
			matcher_use(&matcher, &set);
		}
		text[0] = '\0';
		for (size_t i = 0; i < n; i++)
			any_line(text + strlen(text));
		rest = str_of(text);
		for (size_t i = 0; i < n; i++) {
			alike += take(&matcher, rest, &lines[i]);
			ck_assert(str_split(&rest, '\n', &line));
		}
		matcher_fetch(&matcher, lines, n);
		for (size_t i = 0; i < n; i++) {
			was = strdup(read_line(&matcher, &lines[i]));
			same = (struct matcher_line){ .text = lines[i].text };
			matcher_use(&alone, &set);
			matcher_take(&alone, &same);
			matcher_fetch(&alone, &same, 1);
			ck_assert_msg(strcmp(was, read_line(&alone, &same)) == 0, "%.*s: %s",
			    (int)same.text.n, same.text.p, was);
			ck_assert(matcher.why != NULL || matcher.matched == alone.matched);
			free(was);
		}
	}
	ck_assert_uint_gt(alike, 10);
	matcher_close(&alone);
	close_matcher();
}
END_TEST

UNIT_MAIN("matcher", a_line_goes_as_it_goes_alone, lines_get_their_keys, lines_of_one_response_go_alike,
    a_line_that_gets_too_long_is_not_put)
