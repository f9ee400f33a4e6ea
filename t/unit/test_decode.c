#include "convert/decode.h"

#include <stdio.h>

#include "unit.h"

typedef const char *decoder(struct str data, struct buf *out, size_t *line);

/* The lines of a decoder, followed by the reason of a failure as `LINE!REASON`. */
static const char *
decoded(decoder *decode, struct str data)
{
	static char text[1024];
	struct buf out = BUF(sizeof(text) - 1);
	size_t line, n;
	const char *why = decode(data, &out, &line);

	n = (size_t)snprintf(text, sizeof(text), "%.*s", (int)out.len, out.len > 0 ? out.data : "");
	if (why != NULL)
		snprintf(text + n, sizeof(text) - n, "%zu!%s", line, why);
	buf_free(&out);
	return text;
}

#define DAT "\x0a\x0c\x0a\x03TUB\x12\x05\x12\x03x.y"

START_TEST(geosite_reads_both_forms)
{
	ck_assert_str_eq(decoded(decode_geosite, STR(DAT)), "tub keyword:x.y\n");
	ck_assert_str_eq(decoded(decode_geosite,
	    STR("lists:\n  - name: \"Tub\"\n    rules:\n      - \"full:x.y:@cn\"\n")),
	    "tub full:x.y:@cn\n");
	ck_assert_str_eq(decoded(decode_geosite, STR("a: b\n")), "");
}
END_TEST

START_TEST(geosite_refuses_malformed_lists)
{
	ck_assert_str_eq(decoded(decode_geosite, STR("lists:\n- rules: [a]\n")),
	    "2!a rule before the name of its list");
	ck_assert_str_eq(decoded(decode_geosite, STR("lists:\n- name: 'a b'\n")),
	    "2!a list with a space or control character in its name");
	ck_assert_str_eq(decoded(decode_geosite, STR("lists:\n- name: ''\n")),
	    "2!a list without a name, or with a name that is too long");
	ck_assert_str_eq(decoded(decode_geosite, STR("a: [\n")),
	    "2!did not find expected node content");
	ck_assert_str_eq(decoded(decode_geosite, STR("\x0a\x7f\x0a")),
	    "0!not a Protocol Buffers message");
}
END_TEST

START_TEST(yaml_prints_line_path_and_value)
{
	ck_assert_str_eq(decoded(decode_yaml, STR("payload:\n- \"a\\tb\\nc\"\n- d\n")),
	    "2\tpayload.[]\ta\177b\177c\n3\tpayload.[]\td\n");
	ck_assert_str_eq(decoded(decode_yaml, STR("---\n\"a\\tb\": [\n")),
	    "3!did not find expected node content");
	ck_assert_str_eq(decoded(decode_yaml, STR("---\n\"a\\tb\": c\n")), "2\ta\177b\tc\n");
}
END_TEST

START_TEST(yaml_prints_the_lines_of_a_list)
{
	ck_assert_str_eq(decoded(decode_yaml, STR("\xef\xbb\xbf# c\r\n\n+.a\tb\n*.c")),
	    "1\t[]\t# c\n3\t[]\t+.a\177b\n4\t[]\t*.c\n");
	ck_assert_str_eq(decoded(decode_yaml, STR("")), "");
}
END_TEST

START_TEST(binary_data_is_refused)
{
	static const char srs[] =
	    "0!a binary rule set; convert it with sing-box rule-set decompile";
	static const char mrs[] = "0!a binary rule set; convert it with mihomo convert-ruleset";

	ck_assert_str_eq(decoded(decode_guess, STR("SRS\x01")), srs);
	ck_assert_str_eq(decoded(decode_yaml, STR("MRS\x01")), mrs);
	ck_assert_str_eq(decoded(decode_guess, STR("a\0b")), "0!binary data, not text");
	ck_assert_str_eq(decoded(decode_yaml, STR("a\0b")), "0!binary data, not text");
	ck_assert_str_eq(decoded(decode_geosite, STR("a\0b")), "0!binary data, not text");
}
END_TEST

START_TEST(guess_prints_a_format)
{
	ck_assert_str_eq(decoded(decode_guess, STR(DAT)), "geosite\n");
	ck_assert_str_eq(decoded(decode_guess, STR("# c\n||a.example^\n||b.example^")),
	    "adblock\n");
	ck_assert_str_eq(decoded(decode_guess, STR("a.example\n")), "");
	ck_assert_str_eq(decoded(decode_guess, STR("")), "");
}
END_TEST

UNIT_MAIN("decode", geosite_reads_both_forms, geosite_refuses_malformed_lists,
    yaml_prints_line_path_and_value, yaml_prints_the_lines_of_a_list, guess_prints_a_format,
    binary_data_is_refused)
