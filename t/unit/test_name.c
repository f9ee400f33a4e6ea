#include "line/name.h"

#include <stdio.h>

#include "unit.h"

static const char *
parsed(const char *text)
{
	static char out[NAME_STRLEN];
	size_t n;

	return name_parse(str_of(text), out, &n) == NULL && strlen(out) == n ? out : NULL;
}

START_TEST(canonical_names_are_recognized)
{
	static const char *const good[] = {
		".", "a", "a.b", "example.org", "_srv._tcp.example.org", "sp\\032ace.org",
		"dot\\046in.org", "com\\044ma.org", "quo\"te\\092.org", "\\000\\255.org", "*.a",
	};
	static const char *const bad[] = {
		"", "..", ".a", "a.", "a..b", "A.b", "a\\065", "a\\097", "a\\300", "a\\03", "a\\",
		"a b", "a,b", "a\tb", "\xc3\xa9.org", "a\\x", ".\\046",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(name_is_canonical(str_of(good[i])), "%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!name_is_canonical(str_of(bad[i])), "%s", bad[i]);
}
END_TEST

START_TEST(lengths_are_limits)
{
	char text[400], label[65];

	memset(label, 'a', 64);
	label[64] = '\0';
	ck_assert(!name_is_canonical(str_of(label)));
	label[63] = '\0';
	ck_assert(name_is_canonical(str_of(label)));
	/* 3 * 64 + 62 + 1 = 255 bytes on the wire. */
	snprintf(text, sizeof(text), "%s.%s.%s.%.61s", label, label, label, label);
	ck_assert(name_is_canonical(str_of(text)));
	ck_assert_ptr_nonnull(parsed(text));
	snprintf(text, sizeof(text), "%s.%s.%s.%.62s", label, label, label, label);
	ck_assert(!name_is_canonical(str_of(text)));
	ck_assert_ptr_null(parsed(text));
}
END_TEST

START_TEST(the_longest_text_fits)
{
	char text[NAME_STRLEN + 8] = "";
	uint8_t label[63];
	char *p = text;

	memset(label, 200, sizeof(label));
	for (int i = 0; i < 4; i++) {
		p += name_label_format(label, i < 3 ? 63 : 61, p);
		*p++ = i < 3 ? '.' : '\0';
	}
	ck_assert_uint_eq(strlen(text), NAME_STRLEN - 1);
	ck_assert(name_is_canonical(str_of(text)));
	ck_assert_str_eq(parsed(text), text);
}
END_TEST

START_TEST(people_write_names_in_many_ways)
{
	ck_assert_str_eq(parsed("Example.ORG."), "example.org");
	ck_assert_str_eq(parsed("."), ".");
	ck_assert_str_eq(parsed("a\\.b.c"), "a\\046b.c");
	ck_assert_str_eq(parsed("a\\ b"), "a\\032b");
	ck_assert_str_eq(parsed("\\065\\097.x"), "aa.x");
	ck_assert_ptr_null(parsed(""));
	ck_assert_ptr_null(parsed(".."));
	ck_assert_ptr_null(parsed(".a"));
	ck_assert_ptr_null(parsed("a..b"));
	ck_assert_ptr_null(parsed("a\\"));
	ck_assert_ptr_null(parsed("a\\25"));
	ck_assert_ptr_null(parsed("a\\256"));
	ck_assert_ptr_null(parsed("m\xc3\xbcnchen.de"));
}
END_TEST

/* Every label of two bytes has a canonical text, which parses to the same text. */
START_TEST(every_byte_round_trips)
{
	for (int i = 0; i < 65536; i++) {
		uint8_t label[2] = { (uint8_t)(i >> 8), (uint8_t)i };
		char text[9];

		text[name_label_format(label, 2, text)] = '\0';
		ck_assert_msg(name_is_canonical(str_of(text)), "%s", text);
		ck_assert_str_eq(parsed(text), text);
	}
}
END_TEST

/* name_parse returns a name unchanged if and only if the name is canonical. */
START_TEST(canonical_is_what_parsing_leaves)
{
	static const char *const parts[] = {
		"a", "b-1", "_tcp", "A", ".", ".", ".", "..", "\\032", "\\065", "\\097", "\\255",
		"\\256", "\\04", "\\.", "\\", ",", " ", "~", "!", "@", "[", "`", "{", "/", "*",
		"\x7f", "\x80", "abcdefghijklmnopqrstuvwxyzabcde",
		"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghij",
		"\\000\\001\\002\\003\\004\\005\\006\\007\\008\\009",
	};
	unsigned good = 0;

	for (int i = 0; i < 300000; i++) {
		char text[2000];
		size_t n = 0;
		const char *again;

		for (uint32_t count = 1 + any_below(any_below(4) == 0 ? 30 : 6); count > 0; count--)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s",
			    any_below(2) == 0 ? "a" :
			    parts[any_below(sizeof(parts) / sizeof(parts[0]))]);
		again = parsed(text);
		if (name_is_canonical(str_of(text)) != (again != NULL && strcmp(again, text) == 0))
			ck_abort_msg("'%s'", text);
		good += name_is_canonical(str_of(text));
	}
	ck_assert_uint_gt(good, 30000);
}
END_TEST

/* Tries each byte value at each position. */
START_TEST(a_canonical_name_has_no_byte_that_must_be_escaped)
{
	static const char *const names[] = { "shop-1.x", "shop-1.org", "a9.shop-1.example" };

	for (unsigned i = 0; i < 3; i++) {
		for (size_t at = 0; at < strlen(names[i]) * 256; at++) {
			struct str text = str_of(strdup(names[i]));
			char *p = (char *)text.p, byte = (char)(at % 256);
			bool canonical;

			p += at / 256;
			*p = byte;
			canonical = byte >= '!' && byte <= '~' && strchr(",\\", byte) == NULL &&
			    (byte < 'A' || byte > 'Z');
			if (byte == '.')
				canonical = p > text.p && p + 1 < text.p + text.n && p[-1] != '.' &&
				    p[1] != '.';
			if (name_is_canonical(text) != canonical)
				ck_abort_msg("byte %zu: %s", at % 256, text.p);
			free((char *)text.p);
		}
	}
}
END_TEST

UNIT_MAIN("name", canonical_names_are_recognized, lengths_are_limits, the_longest_text_fits,
    people_write_names_in_many_ways, every_byte_round_trips,
    canonical_is_what_parsing_leaves, a_canonical_name_has_no_byte_that_must_be_escaped)
