#include "line/route.h"

#include <stdio.h>

#include "unit.h"

START_TEST(lines_are_read)
{
	struct route r;

	ck_assert_ptr_null(route_parse(STR("announce 192.0.2.1/32 tag=a,b x=1 name=a.example"),
	    &r));
	ck_assert_int_eq(r.verb, ROUTE_ANNOUNCE);
	ck_assert_int_eq(r.prefix.addr.family, ADDR_V4);
	ck_assert_uint_eq(r.prefix.len, 32);
	ck_assert(str_eq(r.tag, STR("a,b")));
	ck_assert(str_eq(r.name, STR("a.example")));
	ck_assert_ptr_null(route_parse(STR("announce 2001:db8::/32"), &r));
	ck_assert_int_eq(r.verb, ROUTE_ANNOUNCE);
	ck_assert_ptr_null(r.tag.p);
	ck_assert_ptr_null(r.name.p);
	ck_assert_ptr_null(route_parse(STR("withdraw 0.0.0.0/0"), &r));
	ck_assert_int_eq(r.verb, ROUTE_WITHDRAW);
	ck_assert_uint_eq(r.prefix.len, 0);
	ck_assert_ptr_null(route_parse(STR("end-of-rib"), &r));
	ck_assert_int_eq(r.verb, ROUTE_END_OF_RIB);
}
END_TEST

/* Prefixes are accepted as people write them, and printed in one form. */
START_TEST(prefixes_have_many_spellings)
{
	static const char *const cases[][2] = {
		{ "announce 192.0.2.1", "announce 192.0.2.1/32\n" },
		{ "withdraw 2001:db8::1", "withdraw 2001:db8::1/128\n" },
		{ "announce 2001:DB8::/32", "announce 2001:db8::/32\n" },
		{ "announce 2001:0db8:0:0:0:0:0:1/128", "announce 2001:db8::1/128\n" },
		{ "announce ::FFFF:C000:201 tag=a", "announce ::ffff:192.0.2.1/128 tag=a\n" },
		{ "withdraw 2001:DB8:0:0::A", "withdraw 2001:db8::a/128\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out = BUF(ROUTE_MAX);
		struct route r;

		ck_assert_msg(route_parse(str_of(cases[i][0]), &r) == NULL, "%s", cases[i][0]);
		route_format(&r, &out);
		ck_assert(str_eq(buf_view(&out), str_of(cases[i][1])));
		buf_free(&out);
	}
}
END_TEST

START_TEST(comments_are_no_error)
{
	static const char *const comments[] = { "", "#", "# announce 192.0.2.1/32", "#\xff\t" };

	for (size_t i = 0; i < sizeof(comments) / sizeof(comments[0]); i++) {
		struct route r;

		ck_assert_msg(route_parse(str_of(comments[i]), &r) == NULL, "%s", comments[i]);
		ck_assert_int_eq(r.verb, ROUTE_COMMENT);
	}
}
END_TEST

START_TEST(invalid_lines_are_refused_with_a_reason)
{
	static const struct {
		const char *line, *why;
	} cases[] = {
		{ " ", "first word" }, { "Announce 192.0.2.1/32", "first word" },
		{ " announce 192.0.2.1/32", "first word" },
		{ "announced 192.0.2.1/32", "first word" },
		{ "announc 192.0.2.1/32", "first word" }, { "announce", "no prefix" },
		{ "withdraw", "no prefix" }, { "announce ", "address" },
		{ "announce 192.0.2.1/", "length" }, { "announce  192.0.2.1/32", "address" },
		{ "announce 010.0.0.1", "address" }, { "announce 2001:db8::g", "address" },
		{ "announce 192.0.2.1/33", "length" }, { "announce 192.0.2.1/24", "host bits" },
		{ "announce 2001:DB8::1/32", "host bits" },
		{ "announce 192.0.2.1/32 ", "empty field" },
		{ "announce 192.0.2.1/32  tag=a", "empty field" },
		{ "announce 192.0.2.1/32 tag", "KEY=VALUE" },
		{ "announce 192.0.2.1/32 =a", "KEY=VALUE" },
		{ "announce 192.0.2.1/32 tag=a tag=a", "twice" },
		{ "withdraw 192.0.2.1/32 ", "no keys" },
		{ "withdraw 192.0.2.1/32 tag=a", "no keys" }, { "end-of-rib ", "text after" },
		{ "end-of-rib x=1", "text after" }, { "end-of-ribs", "first word" },
		{ "announce 192.0.2.1/32 tag=\xc3\xbc", "printable" },
		{ "announce\t192.0.2.1/32", "printable" },
		{ "announce 192.0.2.1/32\r", "printable" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct route r;
		const char *why = route_parse(str_of(cases[i].line), &r);

		ck_assert_msg(why != NULL && strstr(why, cases[i].why) != NULL, "%s: %s",
		    cases[i].line, why != NULL ? why : "taken");
	}
}
END_TEST

START_TEST(a_line_has_a_limit)
{
	static char line[ROUTE_MAX + 1];
	struct route r;
	int n = snprintf(line, sizeof(line), "announce 192.0.2.1/32 x=");

	memset(line + n, 'x', sizeof(line) - (size_t)n);
	ck_assert_ptr_null(route_parse((struct str){ line, ROUTE_MAX - 1 }, &r));
	ck_assert_str_eq(route_parse((struct str){ line, ROUTE_MAX }, &r), "line too long");
}
END_TEST

/* A printable value without spaces, or an absent value. */
static struct str
any_value(char text[40])
{
	size_t n = any_below(40);

	for (size_t i = 0; i < n; i++)
		text[i] = (char)('!' + any_below('~' - '!' + 1));
	return any_below(3) == 0 ? (struct str){ NULL, 0 } : (struct str){ text, n };
}

static struct prefix
any_prefix(void)
{
	struct prefix p = { .addr.family = any_below(2) == 0 ? ADDR_V4 : ADDR_V6 };

	p.len = (uint8_t)any_below(addr_bits(p.addr.family) + 1u);
	for (unsigned bit = 0; bit < p.len; bit++)
		if (any_below(2) == 0)
			p.addr.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return p;
}

START_TEST(routes_come_back)
{
	struct buf out = BUF(ROUTE_MAX);

	for (int i = 0; i < 100000; i++) {
		char tag[40], name[40];
		struct route r = { .verb = ROUTE_ANNOUNCE + any_below(3) }, again;
		const char *why;

		if (r.verb != ROUTE_END_OF_RIB)
			r.prefix = any_prefix();
		if (r.verb == ROUTE_ANNOUNCE) {
			r.tag = any_value(tag);
			r.name = any_value(name);
		}
		buf_cut(&out, 0);
		route_format(&r, &out);
		why = route_parse((struct str){ out.data, out.len - 1 }, &again);
		if (why != NULL || out.data[out.len - 1] != '\n')
			ck_abort_msg("%.*s: %s", (int)out.len, out.data, why);
		if (again.verb != r.verb || !addr_eq(&again.prefix.addr, &r.prefix.addr) ||
		    again.prefix.len != r.prefix.len || !str_eq(again.tag, r.tag) ||
		    !str_eq(again.name, r.name) || (again.tag.p == NULL) != (r.tag.p == NULL))
			ck_abort_msg("%.*s", (int)out.len, out.data);
	}
	buf_free(&out);
}
END_TEST

START_TEST(comments_are_not_printed)
{
	struct buf out = BUF(100);

	route_format(&(struct route){ .verb = ROUTE_COMMENT }, &out);
	ck_assert_uint_eq(out.len, 0);
	buf_free(&out);
}
END_TEST

UNIT_MAIN("route", lines_are_read, prefixes_have_many_spellings, comments_are_no_error,
    invalid_lines_are_refused_with_a_reason, a_line_has_a_limit,
    routes_come_back, comments_are_not_printed)
