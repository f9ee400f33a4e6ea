#include "line/answer.h"

#include <stdio.h>

#include "base/clock.h"
#include "line/name.h"
#include "unit.h"

static const char *
again(const struct answer *a)
{
	static struct buf out = BUF(4 * ANSWER_MAX);

	buf_cut(&out, 0);
	answer_format(a, &out);
	buf_byte(&out, '\0');
	return out.data;
}

/*
 * t/data/answers.txt: the LINE of `ok LINE` parses, and formats to the same text if it has no
 * unknown key. The LINE of `bad LINE` is refused.
 */
START_TEST(vectors_hold)
{
	FILE *f = fopen("t/data/answers.txt", "r");
	char line[1024];
	int seen = 0;

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		struct answer a;
		const char *why;

		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "ok ", 3) == 0) {
			why = answer_parse(str_of(line + 3), &a);
			ck_assert_msg(why == NULL, "%s: %s", line, why);
			if (strstr(line, "new-key") == NULL)
				ck_assert_mem_eq(again(&a), line + 3, strlen(line + 3));
			seen++;
		} else if (strncmp(line, "bad ", 4) == 0) {
			ck_assert_msg(answer_parse(str_of(line + 4), &a) != NULL, "%s", line);
			seen++;
		}
	}
	fclose(f);
	ck_assert_int_ge(seen, 23);
}
END_TEST

START_TEST(fields_come_out)
{
	const char *line =
	    "12.000034 2001:db8::1 60 a.b via=c.d,e client=192.0.2.7 x=1 tag=p,q rule=a.b,=c "
	    "first=11.000000";
	struct answer a;

	ck_assert_ptr_null(answer_parse(str_of(line), &a));
	ck_assert_int_eq(a.time, 12000034);
	ck_assert_int_eq(a.addr.family, ADDR_V6);
	ck_assert_uint_eq(a.ttl, 60);
	ck_assert(str_eq(a.name, STR("a.b")));
	ck_assert(str_eq(a.via, STR("c.d,e")));
	ck_assert(str_eq(a.client, STR("192.0.2.7")));
	ck_assert(str_eq(a.tag, STR("p,q")));
	ck_assert(str_eq(a.rule, STR("a.b,=c")));
	ck_assert_int_eq(a.first, 11000000);
}
END_TEST

/* The second line has a space where a TIME with ten digits of seconds would end. */
START_TEST(a_time_may_be_short_or_long)
{
	static const struct {
		const char *line;
		int64_t time;
	} cases[] = {
		{ "1.000002 192.0.2.1 60 a", 1000002 },
		{ "1234567.123456 :: 60 a", INT64_C(1234567123456) },
		{ "1795392065.718461 :: 60 a", INT64_C(1795392065718461) },
		{ "17953920650.718461 :: 60 a", INT64_C(17953920650718461) },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct answer a;

		ck_assert_ptr_null(answer_parse(str_of(cases[i].line), &a));
		ck_assert_int_eq(a.time, cases[i].time);
	}
}
END_TEST

START_TEST(invalid_lines_are_refused_with_a_reason)
{
	static const struct {
		const char *line, *why;
	} cases[] = {
		{ "x 192.0.2.1 1 a", "TIME" }, { "00.000000 192.0.2.1 1 a", "TIME" },
		{ "1.000000 192.0.2.01 1 a", "ADDRESS" }, { "1.000000 2001:DB8::1 1 a", "ADDRESS" },
		{ "1.000000 2001:0db8::1 1 a", "ADDRESS" }, { "1.000000 192.0.2.1 01 a", "TTL" },
		{ "1.000000 192.0.2.1 +1 a", "TTL" }, { "1.000000 192.0.2.1 1 A", "NAME" },
		{ "1.000000 192.0.2.1 1 a ", "empty field" },
		{ "1.000000 192.0.2.1 1 a  x=1", "empty field" },
		{ "1.000000 192.0.2.1 1 a =1", "KEY=VALUE" },
		{ "1.000000 192.0.2.1 1 a x=1 y=2 x=3", "twice" },
		{ "1.000000 192.0.2.1 1 a via=", "via" },
		{ "1.000000 192.0.2.1 1 a via=b,", "via" },
		{ "1.000000 192.0.2.1 1 a client=x", "client" },
		{ "1.000000 192.0.2.1 1 a tag=a,,b", "tag" },
		{ "1.000000 192.0.2.1 1 a first=1", "first" },
		{ "1.000000 192.0.2.1 1 a x=\xc3\xbc", "printable" },
		{ "1.000000\t192.0.2.1 1 a", "printable" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct answer a;
		const char *why = answer_parse(str_of(cases[i].line), &a);

		ck_assert_msg(why != NULL && strstr(why, cases[i].why) != NULL, "%s: %s",
		    cases[i].line, why != NULL ? why : "taken");
	}
}
END_TEST

START_TEST(too_much_is_refused)
{
	static char line[ANSWER_MAX + 1];
	struct answer a;
	int n = snprintf(line, sizeof(line), "1.000000 192.0.2.1 1 a");

	for (int i = 0; i < 64; i++)
		n += snprintf(line + n, sizeof(line) - (size_t)n, " k%d=v", i);
	ck_assert_ptr_null(answer_parse(str_of(line), &a));
	snprintf(line + n, sizeof(line) - (size_t)n, " k64=v");
	ck_assert_str_eq(answer_parse(str_of(line), &a), "more than 64 keys");

	n = snprintf(line, sizeof(line), "1.000000 192.0.2.1 1 a x=");
	memset(line + n, 'x', sizeof(line) - (size_t)n);
	ck_assert_ptr_null(answer_parse((struct str){ line, ANSWER_MAX - 1 }, &a));
	ck_assert_str_eq(answer_parse((struct str){ line, ANSWER_MAX }, &a), "line too long");
}
END_TEST

static void
check_retag(const char *line, struct str keys, const char *expected)
{
	struct buf out = BUF(4 * ANSWER_MAX);
	struct answer a;

	ck_assert_ptr_null(answer_parse(str_of(line), &a));
	answer_retag_tail(&a, keys, &out);
	buf_byte(&out, '\0');
	ck_assert_str_eq(out.data, expected);
	buf_free(&out);
}

START_TEST(retagging_keeps_the_rest)
{
	const struct str none = { NULL, 0 };

	check_retag("1.000000 192.0.2.1 1 a", STR(" tag=t rule=r"), "a tag=t rule=r\n");
	check_retag("1.000000 192.0.2.1 1 a tag=x y=2 rule=z client=::1", STR(" tag=t rule=r"),
	    "a y=2 client=::1 tag=t rule=r\n");
	check_retag("1.000000 192.0.2.1 1 a tag=x rule=z", none, "a\n");
	check_retag("1.000000 192.0.2.1 1 a y=1=2", none, "a y=1=2\n");
}
END_TEST

START_TEST(odd_bytes_are_escaped)
{
	struct buf out = BUF(100);

	answer_escape(STR("/a b,c\\/\xc3\xbc~!"), &out);
	buf_byte(&out, '\0');
	ck_assert_str_eq(out.data, "/a\\032b\\044c\\/\\195\\188~!");
	buf_free(&out);
}
END_TEST

/* Appends a name whose labels may have any bytes, but mostly letters. */
static void
put_name(struct buf *out)
{
	size_t wire = 1;

	if (any_below(50) == 0) {
		buf_byte(out, '.');
		return;
	}
	for (uint32_t labels = 1 + any_below(any_below(8) == 0 ? 100 : 5); labels > 0; labels--) {
		uint8_t label[NAME_LABEL_MAX];
		char text[4 * NAME_LABEL_MAX];
		size_t n = 1 + any_below(any_below(8) == 0 ? NAME_LABEL_MAX : 10);

		if (wire + n + 1 > NAME_WIRE_MAX)
			break;
		for (size_t i = 0; i < n; i++)
			label[i] = (uint8_t)(any_below(20) == 0 ? any_below(256) : 'a' +
			    any_below(26));
		if (wire > 1)
			buf_byte(out, '.');
		buf_put(out, text, name_label_format(label, n, text));
		wire += n + 1;
	}
}

static void
put_rule(struct buf *out)
{
	char bytes[20];
	size_t n = 1 + any_below(sizeof(bytes));

	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)any_below(256);
	answer_escape((struct str){ bytes, n }, out);
}

/* Appends one to five pieces to `text`, separated by commas; or returns an absent value. */
static struct str
any_list(struct buf *text, void (*put)(struct buf *))
{
	size_t mark = text->len;

	if (any_below(3) == 0)
		return (struct str){ NULL, 0 };
	for (uint32_t i = 0, n = 1 + any_below(5); i < n; i++) {
		if (i > 0)
			buf_byte(text, ',');
		put(text);
	}
	return (struct str){ text->data + mark, text->len - mark };
}

static struct addr
any_addr(void)
{
	struct addr a = { .family = any_below(2) == 0 ? ADDR_V4 : ADDR_V6 };

	for (size_t i = 0; i < addr_size(a.family); i++)
		a.bytes[i] = (uint8_t)(any_below(2) == 0 ? 0 : any_below(256));
	return a;
}

static int64_t
any_time(void)
{
	return (int64_t)any_below(UINT32_MAX) * SECOND + any_below(SECOND);
}

/* A random answer. Its values are views of `text`, which has room for all, so that none moves. */
static struct answer
any_answer(struct buf *text)
{
	struct answer a = { .time = any_time(), .addr = any_addr(),
	    .first = any_below(2) == 0 ? -1 : any_time() };
	struct addr client = any_addr();
	size_t mark;

	buf_cut(text, 0);
	buf_room(text, text->max);
	a.ttl = any_below(ANSWER_TTL_MAX) >> any_below(32);
	put_name(text);
	a.name = buf_view(text);
	a.via = any_list(text, put_name);
	a.tag = any_list(text, put_rule);
	a.rule = any_list(text, put_rule);
	mark = text->len;
	buf_room(text, ADDR_STRLEN);
	text->len += addr_format(&client, text->data + mark);
	if (any_below(2) == 0)
		a.client = (struct str){ text->data + mark, text->len - mark };
	return a;
}

static bool
is_same(struct str a, struct str b)
{
	return str_eq(a, b) && (a.p == NULL) == (b.p == NULL);
}

START_TEST(answers_come_back)
{
	struct buf text = BUF(3 * ANSWER_MAX), line = BUF(ANSWER_MAX);

	for (int i = 0; i < 50000; i++) {
		struct answer a = any_answer(&text), b;
		const char *why;

		buf_cut(&line, 0);
		answer_format(&a, &line);
		why = answer_parse((struct str){ line.data, line.len - 1 }, &b);
		if (why != NULL || text.overflow || line.overflow)
			ck_abort_msg("%.*s: %s", (int)line.len, line.data, why);
		if (a.time != b.time || !addr_eq(&a.addr, &b.addr) || a.ttl != b.ttl ||
		    a.first != b.first || !is_same(a.name, b.name) || !is_same(a.via, b.via) ||
		    !is_same(a.client, b.client) || !is_same(a.tag, b.tag) ||
		    !is_same(a.rule, b.rule))
			ck_abort_msg("%.*s", (int)line.len, line.data);
	}
	buf_free(&text);
	buf_free(&line);
}
END_TEST

/* Changes, removes or doubles one to three bytes. Returns the new length. */
static size_t
disturb(char *line, size_t n)
{
	for (uint32_t edits = 1 + any_below(3); edits > 0; edits--) {
		size_t at = any_below((uint32_t)n);

		switch (any_below(4)) {
		case 0:
			line[at] = (char)any_below(256);
			break;
		case 1:
			line[at] = "0019 .,\\=aAz:"[any_below(13)];
			break;
		case 2:
			memmove(line + at, line + at + 1, --n - at);
			break;
		case 3:
			memmove(line + at + 1, line + at, n++ - at);
			break;
		}
	}
	return n;
}

/* Whether name_parse, which answer_parse does not use, returns the name unchanged. */
static bool
is_canonical(struct str name)
{
	char text[NAME_STRLEN];
	size_t n;

	return name_parse(name, text, &n) == NULL && str_eq(name, (struct str){ text, n });
}

static bool
has_one_spelling(struct str line, const struct answer *a)
{
	struct answer bare = { .time = a->time, .addr = a->addr, .ttl = a->ttl, .name = a->name,
	    .first = -1 };
	struct str via = a->via, name;

	if (strncmp(again(&bare), line.p, (size_t)(a->name.p + a->name.n - line.p)) != 0 ||
	    !is_canonical(a->name))
		return false;
	while (str_split(&via, ',', &name))
		if (!is_canonical(name))
			return false;
	return true;
}

START_TEST(disturbed_lines_keep_the_rules)
{
	struct buf text = BUF(3 * ANSWER_MAX), line = BUF(ANSWER_MAX);
	unsigned taken = 0;

	for (int i = 0; i < 50000; i++) {
		struct answer a = any_answer(&text), b;
		char *copy;
		size_t n;

		buf_cut(&line, 0);
		answer_format(&a, &line);
		copy = malloc(line.len + 3);
		memcpy(copy, line.data, line.len - 1);
		n = disturb(copy, line.len - 1);
		/* Shrink to the exact size, so that a sanitizer detects reads beyond the end. */
		copy = realloc(copy, n);
		if (answer_parse((struct str){ copy, n }, &b) == NULL) {
			taken++;
			if (!has_one_spelling((struct str){ copy, n }, &b))
				ck_abort_msg("%.*s", (int)n, copy);
		}
		free(copy);
	}
	ck_assert_uint_gt(taken, 1000);
	buf_free(&text);
	buf_free(&line);
}
END_TEST

UNIT_MAIN("answer", vectors_hold, fields_come_out, a_time_may_be_short_or_long,
    invalid_lines_are_refused_with_a_reason, too_much_is_refused,
    retagging_keeps_the_rest, odd_bytes_are_escaped,
    answers_come_back, disturbed_lines_keep_the_rules)
