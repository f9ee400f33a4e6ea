#include "matcher.h"

#include <unistd.h>

#include "answer.h"
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

/* The line as it goes on, without its LF. */
static const char *
put(const char *line)
{
	static struct buf out = BUF(2 * ANSWER_MAX);

	buf_cut(&out, 0);
	if (matcher_read(&matcher, str_of(line)) != NULL)
		return "bad";
	if (!matcher_put(&matcher, str_of(line), &out))
		return "too long";
	ck_assert(out.len > 0 && out.data[out.len - 1] == '\n');
	out.data[out.len - 1] = '\0';
	return out.data;
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
	ck_assert_str_eq(put("1.000000 192.0.2.256 60 x.com tag=q"), "bad");
	ck_assert_str_eq(put("1.000000 192.0.2.2 60 x.org tag=q"), "1.000000 192.0.2.2 60 x.org");
	ck_assert_str_eq(put("1.000000 192.0.2.3 60 x.org tag=q"), "1.000000 192.0.2.3 60 x.org");
	use_list("x.org\n");
	ck_assert_str_eq(put("1.000000 192.0.2.3 60 x.org tag=q"), "1.000000 192.0.2.3 60 x.org tag=t rule=x.org");
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

UNIT_MAIN("matcher", lines_get_their_keys, lines_of_one_response_go_alike, a_line_that_gets_too_long_is_not_put)
