#include "base/utf8.h"

#include "unit.h"

static const char *
shown(struct str text)
{
	static struct buf out = BUF(4096);

	buf_cut(&out, 0);
	utf8_put_shown(text, &out);
	buf_byte(&out, '\0');
	return out.data;
}

START_TEST(plain_text_is_unchanged)
{
	static const char *const plain[] = { "", "back at ten", "\"quoted\" \\ 100 %",
	    "Wartung für 10 min", "メンテナンス", "\U0001f6e0 maintenance",
	    "\xf4\x8f\xbf\xbf" };

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		ck_assert_msg(utf8_is_plain(str_of(plain[i])), "%s", plain[i]);
		ck_assert_str_eq(shown(str_of(plain[i])), plain[i]);
	}
}
END_TEST

/* RFC 9003 section 4: invalid UTF-8 must not be interpreted as characters. */
START_TEST(terminal_control_characters_are_escaped)
{
	static const struct {
		struct str text;
		const char *shown;
	} cases[] = {
		{ { "a\0b", 3 }, "a\\000b" }, { { "a\x1b[2Jb", 6 }, "a\\027[2Jb" },
		{ { "\n\r\t\x7f", 4 }, "\\010\\013\\009\\127" },
		{ { "\xc2\x9b\x9b\x85", 4 }, "\\194\\155\\155\\133" },	/* CSI twice, NEL */
		{ { "\xb0oof", 4 }, "\\176oof" },			/* Latin-1 */
		{ { "f\xfcr", 3 }, "f\\252r" },
		{ { "\u202e\u2028\u200b\ufeff", 12 },
		    "\\226\\128\\174\\226\\128\\168\\226\\128\\139\\239\\187\\191" },
		{ { "\xc0\x80", 2 }, "\\192\\128" }, { { "\xe0\x80\xaf", 3 }, "\\224\\128\\175" },
		{ { "\xed\xa0\x80", 3 }, "\\237\\160\\128" },		/* a surrogate */
		{ { "\xf4\x90\x80\x80", 4 }, "\\244\\144\\128\\128" },	/* above U+10FFFF */
		{ { "\xf5\x80", 2 }, "\\245\\128" }, { { "\xe2\x82", 2 }, "\\226\\130" },
		{ { "\xf0\x80\x80\x80", 4 }, "\\240\\128\\128\\128" },
		{ { "\xc3(", 2 }, "\\195(" },
		{ { "\xf3\xa0\x80\x81", 4 }, "\\243\\160\\128\\129" },	/* a tag character */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_msg(!utf8_is_plain(cases[i].text), "case %zu", i);
		ck_assert_str_eq(shown(cases[i].text), cases[i].shown);
	}
}
END_TEST

/* The output is plain for any input. */
START_TEST(escaped_text_is_plain)
{
	for (int i = 0; i < 100000; i++) {
		static struct buf out = BUF(4096);
		char bytes[12];

		for (size_t k = 0; k < sizeof(bytes); k++)
			bytes[k] = (char)any_below(256);
		buf_cut(&out, 0);
		utf8_put_shown((struct str){ bytes, sizeof(bytes) }, &out);
		ck_assert(utf8_is_plain(buf_view(&out)));
	}
}
END_TEST

UNIT_MAIN("utf8", plain_text_is_unchanged, terminal_control_characters_are_escaped,
    escaped_text_is_plain)
