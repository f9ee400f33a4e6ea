/*
 * Compares a matcher that stores the previous line with a matcher that does not. The input is
 * lines, in which each byte above 127 stands for a part of a line.
 */
#include "fuzz.h"

#include <string.h>

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
	struct str rest = STR("x.com\n!a.x.com\n/^x\\.org/\n=x"), line;
	struct list_entry e;

	lists_begin(&set);
	while (str_split(&rest, '\n', &line)) {
		FUZZ_ASSERT(list_parse(line, &e) == NULL);
		FUZZ_ASSERT(domset_add(set.set, domset_list(set.set, STR("t")), &e) == NULL);
	}
	lists_seal(&set);
	matcher_open(&matcher, MATCHER_ALL, false);
	matcher_open(&alone, MATCHER_ALL, false);
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

static void
compare(struct str line)
{
	static struct buf out = BUF(2 * ANSWER_MAX), expected = BUF(2 * ANSWER_MAX);
	uint64_t matched = matcher.matched, matched_alone = alone.matched;
	const char *why, *why_alone;

	buf_cut(&out, 0);
	buf_cut(&expected, 0);
	matcher_use(&alone, &set);
	why = matcher_line(&matcher, line, &out);
	why_alone = matcher_line(&alone, line, &expected);
	FUZZ_ASSERT((why == NULL) == (why_alone == NULL) &&
	    (why == NULL || strcmp(why, why_alone) == 0));
	FUZZ_ASSERT(matcher.matched - matched == alone.matched - matched_alone);
	FUZZ_ASSERT(str_eq(buf_view(&out), buf_view(&expected)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct buf text = BUF(1 << 20);
	struct str rest, line;

	if (set.set == NULL)
		build_set();
	matcher_use(&matcher, &set);
	buf_cut(&text, 0);
	expand(data, size, &text);
	rest = buf_view(&text);
	while (str_split(&rest, '\n', &line) && rest.p != NULL)
		if (!answer_is_comment(line))
			compare(line);
	return 0;
}
