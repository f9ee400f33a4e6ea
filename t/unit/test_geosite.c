#include "convert/geosite.h"

#include <stdio.h>

#include "unit.h"

/* A field of type bytes, with number 1 to 15 and at most 127 bytes. Valid for the next 15 calls. */
static struct str
bytes_field(unsigned number, struct str content)
{
	static char rooms[16][256];
	static unsigned turn;
	char *room = rooms[turn++ % 16];

	ck_assert_uint_lt(content.n, 128);
	room[0] = (char)(number << 3 | 2);
	room[1] = (char)content.n;
	memcpy(room + 2, content.p, content.n);
	return (struct str){ room, content.n + 2 };
}

static struct str
joined(struct str a, struct str b)
{
	static char rooms[16][256];
	static unsigned turn;
	char *room = rooms[turn++ % 16];

	memcpy(room, a.p, a.n);
	memcpy(room + a.n, b.p, b.n);
	return (struct str){ room, a.n + b.n };
}

/* A Domain as a field of its list. Type 0 has no field, since proto3 omits default values. */
static struct str
domain(uint8_t type, const char *value)
{
	char field[2] = { 1 << 3, (char)type };

	return joined((struct str){ field, type > 0 ? 2 : 0 }, bytes_field(2, str_of(value)));
}

static struct str
attribute(const char *key)
{
	return bytes_field(3, joined(bytes_field(1, str_of(key)), STR("\x10\x01")));
}

static struct str
name(const char *text)
{
	return bytes_field(1, str_of(text));
}

/* A GeoSiteList with one list that has these fields. */
static struct str
list(struct str a, struct str b)
{
	return bytes_field(1, joined(a, b));
}

static struct str
list_of(struct str rule)
{
	return list(name("TUBE"), bytes_field(2, rule));
}

/* Decodes the data: the lines, or the reason of the failure. */
static const char *
decoded(struct str data)
{
	static char text[1024];
	struct buf out = BUF(sizeof(text) - 1);
	const char *why = geosite_decode(data, &out);

	ck_assert(!out.overflow);
	snprintf(text, sizeof(text), "%.*s", (int)out.len, out.len > 0 ? out.data : "");
	buf_free(&out);
	return why != NULL ? why : text;
}

START_TEST(each_type_has_its_word)
{
	ck_assert_str_eq(decoded(list_of(domain(0, "part"))), "tube keyword:part\n");
	ck_assert_str_eq(decoded(list_of(domain(1, "^a\\.b$"))), "tube regexp:^a\\.b$\n");
	ck_assert_str_eq(decoded(list_of(domain(2, "a.example"))), "tube domain:a.example\n");
	ck_assert_str_eq(decoded(list_of(domain(3, "a.example"))), "tube full:a.example\n");
	ck_assert_str_eq(decoded(list_of(domain(4, "x"))), "tube type4:x\n");
}
END_TEST

START_TEST(attributes_follow_the_value)
{
	struct str rule = domain(2, "a.example"), odd = domain(1, "x:@y");

	ck_assert_str_eq(decoded(list_of(joined(rule, attribute("cn")))),
	    "tube domain:a.example:@cn\n");
	ck_assert_str_eq(decoded(list_of(joined(rule, joined(attribute("CN"), attribute("!ads"))))),
	    "tube domain:a.example:@cn,@!ads\n");
	ck_assert_str_eq(decoded(list_of(odd)), "tube regexp:x:@y:@\n");
	ck_assert_str_eq(decoded(list_of(joined(odd, attribute("cn")))), "tube regexp:x:@y:@cn\n");
}
END_TEST

START_TEST(a_name_may_follow_the_rules)
{
	struct str rule = bytes_field(2, domain(3, "a.example"));

	ck_assert_str_eq(decoded(list(rule, name("!Cn"))), "!cn full:a.example\n");
	ck_assert_str_eq(decoded(joined(list(rule, name("b")), list(name("c"), rule))),
	    "b full:a.example\nc full:a.example\n");
}
END_TEST

START_TEST(unknown_fields_are_skipped)
{
	struct str rule = bytes_field(2, joined(domain(3, "a"), STR("\x20\x05")));

	ck_assert_str_eq(decoded(joined(list(name("t"), rule), bytes_field(2, STR("x")))),
	    "t full:a\n");
	ck_assert_str_eq(decoded(list(name("t"), bytes_field(3, STR("hash")))), "");
	ck_assert_str_eq(decoded(STR("")), "");
}
END_TEST

START_TEST(control_characters_are_refused)
{
	static const char bad_name[] = "a list with a space or control character in its name";
	static const char bad_attribute[] = "an attribute that is empty or contains a space, a "
	    "control character, ',' or '@'";

	ck_assert_str_eq(decoded(list_of(domain(2, "a\nb full:c"))),
	    "a rule with a control character");
	ck_assert_str_eq(decoded(list(name("a b"), STR(""))), bad_name);
	ck_assert_str_eq(decoded(list(name("a\n"), STR(""))), bad_name);
	ck_assert_str_eq(decoded(list(STR(""), STR(""))), "a list without a name");
	ck_assert_str_eq(decoded(list_of(joined(domain(2, "a"), attribute("b,@c")))),
	    bad_attribute);
	ck_assert_str_eq(decoded(list_of(joined(domain(2, "a"), attribute("")))),
	    bad_attribute);
}
END_TEST

START_TEST(data_that_is_cut_is_refused)
{
	struct str whole = list_of(joined(domain(2, "a.example"), attribute("cn")));

	for (size_t n = 1; n < whole.n; n++)
		ck_assert_str_eq(decoded((struct str){ whole.p, n }),
		    "not a Protocol Buffers message");
}
END_TEST

START_TEST(binary_data_differs_from_text)
{
	ck_assert(geosite_is_binary(list_of(domain(2, "a"))));
	ck_assert(geosite_is_binary(list(bytes_field(2, domain(2, "a")), name("t"))));
	ck_assert(!geosite_is_binary(STR("")));
	ck_assert(!geosite_is_binary(STR("\n")));
	ck_assert(!geosite_is_binary(STR("\nlists:\n")));
	ck_assert(!geosite_is_binary(STR("\n\n\n||a.com^\n")));
	ck_assert(!geosite_is_binary(STR("lists:\n")));
}
END_TEST

UNIT_MAIN("geosite", each_type_has_its_word, attributes_follow_the_value,
    a_name_may_follow_the_rules, unknown_fields_are_skipped, control_characters_are_refused,
    data_that_is_cut_is_refused, binary_data_differs_from_text)
