#include "answer.h"

#include <stdio.h>

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

/* t/data/answers.txt: `ok LINE` is taken and formats again to the same but for unknown keys, `bad LINE` is not. */
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
			why = answer_parse(view(line + 3), &a);
			ck_assert_msg(why == NULL, "%s: %s", line, why);
			if (strstr(line, "new-key") == NULL)
				ck_assert_mem_eq(again(&a), line + 3, strlen(line + 3));
			seen++;
		} else if (strncmp(line, "bad ", 4) == 0) {
			ck_assert_msg(answer_parse(view(line + 4), &a) != NULL, "%s", line);
			seen++;
		}
	}
	fclose(f);
	ck_assert_int_ge(seen, 23);
}
END_TEST

START_TEST(fields_come_out)
{
	const char *line = "12.000034 2001:db8::1 60 a.b via=c.d,e client=192.0.2.7 x=1 tag=p,q rule=a.b,=c first=11.000000";
	struct answer a;

	ck_assert_ptr_null(answer_parse(view(line), &a));
	ck_assert_int_eq(a.time, 12000034);
	ck_assert_int_eq(a.addr.family, ADDR_V6);
	ck_assert_uint_eq(a.ttl, 60);
	ck_assert(str_eq(a.name, STR("a.b")));
	ck_assert(str_eq(a.head, STR("12.000034 2001:db8::1 60 a.b")));
	ck_assert(str_eq(a.via, STR("c.d,e")));
	ck_assert(str_eq(a.client, STR("192.0.2.7")));
	ck_assert(str_eq(a.tag, STR("p,q")));
	ck_assert(str_eq(a.rule, STR("a.b,=c")));
	ck_assert_int_eq(a.first, 11000000);
}
END_TEST

START_TEST(what_is_wrong_is_told)
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
		{ "1.000000 192.0.2.1 1 a via=", "via" }, { "1.000000 192.0.2.1 1 a via=b,", "via" },
		{ "1.000000 192.0.2.1 1 a client=x", "client" },
		{ "1.000000 192.0.2.1 1 a tag=a,,b", "tag" },
		{ "1.000000 192.0.2.1 1 a first=1", "first" },
		{ "1.000000 192.0.2.1 1 a x=\xc3\xbc", "printable" },
		{ "1.000000\t192.0.2.1 1 a", "printable" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct answer a;
		const char *why = answer_parse(view(cases[i].line), &a);

		ck_assert_msg(why != NULL && strstr(why, cases[i].why) != NULL, "%s: %s", cases[i].line,
		    why != NULL ? why : "taken");
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
	ck_assert_ptr_null(answer_parse(view(line), &a));
	snprintf(line + n, sizeof(line) - (size_t)n, " k64=v");
	ck_assert_str_eq(answer_parse(view(line), &a), "too many keys");

	n = snprintf(line, sizeof(line), "1.000000 192.0.2.1 1 a x=");
	memset(line + n, 'x', sizeof(line) - (size_t)n);
	ck_assert_ptr_null(answer_parse((struct str){ line, ANSWER_MAX - 1 }, &a));
	ck_assert_str_eq(answer_parse((struct str){ line, ANSWER_MAX }, &a), "line too long");
}
END_TEST

static void
check_retag(const char *line, struct str tag, struct str rule, const char *expected)
{
	struct buf out = BUF(4 * ANSWER_MAX);
	struct answer a;

	ck_assert_ptr_null(answer_parse(view(line), &a));
	answer_retag(&a, tag, rule, &out);
	buf_byte(&out, '\0');
	ck_assert_str_eq(out.data, expected);
	buf_free(&out);
}

START_TEST(retagging_keeps_the_rest)
{
	const struct str none = { NULL, 0 };

	check_retag("1.000000 192.0.2.1 1 a", STR("t"), STR("r"), "1.000000 192.0.2.1 1 a tag=t rule=r\n");
	check_retag("1.000000 192.0.2.1 1 a tag=x y=2 rule=z client=::1", STR("t"), STR("r"),
	    "1.000000 192.0.2.1 1 a y=2 client=::1 tag=t rule=r\n");
	check_retag("1.000000 192.0.2.1 1 a tag=x rule=z", none, none, "1.000000 192.0.2.1 1 a\n");
	check_retag("1.000000 192.0.2.1 1 a y=1=2", none, none, "1.000000 192.0.2.1 1 a y=1=2\n");
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

UNIT_MAIN("answer", vectors_hold, fields_come_out, what_is_wrong_is_told, too_much_is_refused,
    retagging_keeps_the_rest, odd_bytes_are_escaped)
