#include "convert/scalars.h"

#include <stdio.h>

#include "unit.h"

/* All scalars as `LINE PATH=VALUE;`, and the reason of a failure as `LINE!REASON`. */
static const char *
scalars_of(struct str text)
{
	static char shown[4096];
	struct scalars all;
	struct scalar s;
	const char *why;
	size_t n = 0;

	shown[0] = '\0';
	scalars_open(&all, text);
	while ((why = scalars_next(&all, &s)) == NULL && s.path.p != NULL)
		n += (size_t)snprintf(shown + n, sizeof(shown) - n, "%zu %.*s=%.*s;", s.line,
		    (int)s.path.n, s.path.p, (int)s.value.n, s.value.p);
	if (why != NULL)
		snprintf(shown + n, sizeof(shown) - n, "%zu!%s", s.line, why);
	scalars_close(&all);
	return shown;
}

START_TEST(each_value_has_a_path)
{
	ck_assert_str_eq(scalars_of(STR("payload:\n  - '+.a'\n  - \"b\"\n")),
	    "2 payload.[]=+.a;3 payload.[]=b;");
	ck_assert_str_eq(scalars_of(STR("a: 1\nb:\n  c: 2\n  d: [3, {e: 4}]\nf: 5\n")),
	    "1 a=1;3 b.c=2;4 b.d.[]=3;4 b.d.[].e=4;5 f=5;");
	ck_assert_str_eq(scalars_of(STR("- a\n- - b\n- c: d\n")), "1 []=a;2 [].[]=b;3 [].c=d;");
	ck_assert_str_eq(scalars_of(STR("x\n")), "1 =x;");
}
END_TEST

START_TEST(documents_follow_each_other)
{
	ck_assert_str_eq(scalars_of(STR("---\na: 1\n---\n- b\n...\n")), "2 a=1;4 []=b;");
	ck_assert_str_eq(scalars_of(STR("")), "");
	ck_assert_str_eq(scalars_of(STR("a:\nb: []\nc: {}\nd: 1\n")), "1 a=;4 d=1;");
}
END_TEST

START_TEST(malformed_text_is_refused)
{
	ck_assert_str_eq(scalars_of(STR("a: 1\n- b\n")), "1 a=1;2!did not find expected key");
	ck_assert_str_eq(scalars_of(STR("a: &x 1\nb: *x\n")),
	    "1 a=1;2!an alias, which is not supported");
	ck_assert_str_eq(scalars_of(STR("? [a]\n: b\n")), "1!a key that is no text");
	ck_assert_str_eq(scalars_of(STR("a: \x01\n")),
	    "1!control characters are not allowed");
}
END_TEST

START_TEST(depth_and_path_are_limited)
{
	char text[4096];

	memset(text, '[', sizeof(text));
	ck_assert_str_eq(scalars_of((struct str){ text, SCALARS_DEPTH + 1 }),
	    "1!nested too deeply");
	ck_assert_str_eq(scalars_of((struct str){ text, sizeof(text) }), "1!nested too deeply");
	memset(text, 'k', sizeof(text));
	memcpy(text, "? ", 2);
	memcpy(text + sizeof(text) - 4, "\n: v", 4);
	ck_assert_str_eq(scalars_of((struct str){ text, sizeof(text) }),
	    "1!a path that is too long");
}
END_TEST

START_TEST(yaml_differs_from_lines)
{
	static const char *const yaml[] = { "payload:\n", "\n# c\r\npayload: [a]", "---\n", "- a\n",
	    "{a: b}", "\"payload\":\n  - x", "%YAML 1.1\n", "\xef\xbb\xbfpayload:\r\n",
	    "  - a", "[a]", "\xff\xfep" };
	static const char *const lines[] = { "", "\n", "# c: d\n", "// c: d\nDOMAIN,a\n", "+.a\n",
	    "DOMAIN-SUFFIX,a # b: c\n", "2001:db8::/32\n", "::/0\n", "*.a", "; a: b\n.a\n" };

	for (size_t i = 0; i < sizeof(yaml) / sizeof(yaml[0]); i++)
		ck_assert_msg(scalars_are_yaml(str_of(yaml[i])), "%s", yaml[i]);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ck_assert_msg(!scalars_are_yaml(str_of(lines[i])), "%s", lines[i]);
}
END_TEST

UNIT_MAIN("scalars", each_value_has_a_path, documents_follow_each_other, malformed_text_is_refused,
    depth_and_path_are_limited, yaml_differs_from_lines)
