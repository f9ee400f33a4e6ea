/*
 * The matcher, which takes lines together and goes by what was said before, against one that sees
 * each line alone. The input is lines; a byte from 128 up stands for a piece of one.
 */
#include "fuzz.h"

#include <string.h>
#include <unistd.h>

#include "line/answer.h"
#include "match/matcher.h"

static struct lists_set set;
static struct matcher matcher, alone;

static const char *const pieces[] = {
	"1.000000 192.0.2.1 60 x.com\n", "1.000000 10.0.0.123 60 x.com client=::1\n",
	"1.000000 2001:db8::1 60 x.com\n", "1.000000 ", "2.000000 ", "1795392065.718461 ",
	"192.0.2.1", "192.0.2.25", "10.0.0.123", "1.2.3.4", "2001:db8:1111:2222::6", "2001:1::5",
	"2001:11", "::1", "::1:2", "::0.1.0.2", "::", " 60 ", " 300 ", "x.com", "a.x.com", "x.org",
	"x", " client=192.0.2.7", " client=::1", " server=192.0.2.7", " via=x.com,y.org", " tag=t",
	" first=1.000000", "\n",
};

static void
build_set(void)
{
	static const char text[] = "x.com\n!a.x.com\n/^x\\.org/\n=x\n";
	char word[] = "t=/tmp/fuzz_matcher.XXXXXX", *words[] = { word };
	struct lists lists = { 0 };
	int fd = mkstemp(word + 2);

	FUZZ_ASSERT(fd >= 0 && write(fd, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1);
	lists_open(&lists, words, 1);
	FUZZ_ASSERT(lists_build(&lists, &set));
	lists_close(&lists);
	close(fd);
	unlink(word + 2);
	matcher_open(&matcher, false);
	matcher_open(&alone, false);
}

static void
expand(const uint8_t *data, size_t size, struct buf *text)
{
	for (size_t i = 0; i < size; i++) {
		if (data[i] < 128)
			buf_byte(text, (char)data[i]);
		else
			buf_str(text,
			    str_of(pieces[data[i] % (sizeof(pieces) / sizeof(pieces[0]))]));
	}
	buf_byte(text, '\n');
}

/* The lines at the front of *rest, as the program takes them. False at the end. */
static bool
take(struct str *rest, struct matcher_run *r)
{
	do
		if (!str_split(rest, '\n', &r->first) || rest->p == NULL)
			return false;
	while (answer_is_comment(r->first));
	matcher_take(&matcher, r);
	matcher_join(r, *rest, SIZE_MAX);
	FUZZ_ASSERT(r->more <= rest->n);
	*rest = (struct str){ rest->p + r->more, rest->n - r->more };
	return true;
}

static void
compare(const struct matcher_run *r, struct str line)
{
	static struct buf out = BUF(2 * ANSWER_MAX), expected = BUF(2 * ANSWER_MAX);
	struct matcher_run same = { .first = line };
	const char *why = matcher_read(&matcher, r), *why_alone;

	matcher_use(&alone, &set);
	matcher_take(&alone, &same);
	matcher_fetch(&alone, &same, 1);
	why_alone = matcher_read(&alone, &same);
	FUZZ_ASSERT((why == NULL) == (why_alone == NULL) &&
	    (why == NULL || strcmp(why, why_alone) == 0));
	FUZZ_ASSERT(matcher.matched == alone.matched);
	if (why != NULL)
		return;
	buf_cut(&out, 0);
	buf_cut(&expected, 0);
	FUZZ_ASSERT(matcher_put(&matcher, r, line, &out) == matcher_put(&alone, &same, line,
	    &expected));
	FUZZ_ASSERT(str_eq(buf_view(&out), buf_view(&expected)));
}

static void
compare_run(const struct matcher_run *r)
{
	struct str line = { NULL, 0 };
	size_t n = 0;

	for (; matcher_next(r, &line); n++)
		compare(r, line);
	FUZZ_ASSERT(n == r->lines);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct matcher_run runs[MATCHER_RUNS];
	static struct buf text = BUF(1 << 20);
	struct str rest;
	size_t n;

	if (set.set == NULL)
		build_set();
	matcher_use(&matcher, &set);
	buf_cut(&text, 0);
	expand(data, size, &text);
	rest = buf_view(&text);
	do {
		for (n = 0; n < MATCHER_RUNS && take(&rest, &runs[n]); n++)
			;
		matcher_fetch(&matcher, runs, n);
		for (size_t i = 0; i < n; i++)
			compare_run(&runs[i]);
	} while (n > 0);
	return 0;
}
