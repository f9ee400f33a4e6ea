#include "match/list.h"

#include <stdio.h>

#include "unit.h"

static struct list_entry entry;

static const char *
parse(const char *line)
{
	return list_parse(str_of(line), &entry);
}

static void
check_entry(const char *line, enum list_form form, bool negated, const char *name, const char *text)
{
	const char *why = parse(line);

	ck_assert_msg(why == NULL, "%s: %s", line, why);
	ck_assert_int_eq(entry.form, form);
	ck_assert_int_eq(entry.negated, negated);
	ck_assert_msg(str_eq(entry.name, str_of(name)), "%s: %.*s", line, (int)entry.name.n,
	    entry.name.p);
	ck_assert_msg(str_eq(entry.text, str_of(text)), "%s: %.*s", line, (int)entry.text.n,
	    entry.text.p);
}

START_TEST(every_form_is_read)
{
	check_entry("example.com", LIST_DOMAIN, false, "example.com", "example.com");
	check_entry(".example.com", LIST_DOMAIN, false, "example.com", ".example.com");
	check_entry("=example.com", LIST_EXACT, false, "example.com", "=example.com");
	check_entry("*.example.com", LIST_BELOW, false, "example.com", "*.example.com");
	check_entry("!example.com", LIST_DOMAIN, true, "example.com", "!example.com");
	check_entry("!=a.b", LIST_EXACT, true, "a.b", "!=a.b");
	check_entry("!*.a.b", LIST_BELOW, true, "a.b", "!*.a.b");
	check_entry("!.a.b", LIST_DOMAIN, true, "a.b", "!.a.b");
	check_entry("ru", LIST_DOMAIN, false, "ru", "ru");
	check_entry(".", LIST_DOMAIN, false, ".", ".");
	check_entry("=.", LIST_EXACT, false, ".", "=.");
	check_entry("_srv._tcp.Example.ORG.", LIST_DOMAIN, false, "_srv._tcp.example.org",
	    "_srv._tcp.Example.ORG.");
	check_entry("a\\046b.c", LIST_DOMAIN, false, "a\\046b.c", "a\\046b.c");
	check_entry("\\035a", LIST_DOMAIN, false, "#a", "\\035a");
}
END_TEST

START_TEST(regexes_are_read)
{
	check_entry("/^ad[0-9]+\\./", LIST_REGEX, false, "^ad[0-9]+\\.", "/^ad[0-9]+\\./");
	check_entry("!/x y/ # why", LIST_REGEX, true, "x y", "!/x y/");
	check_entry("/a/b/", LIST_REGEX, false, "a/b", "/a/b/");
	check_entry("/a #b/", LIST_REGEX, false, "a #b", "/a #b/");
	ck_assert_ptr_nonnull(parse("//"));
	ck_assert_ptr_nonnull(parse("/a"));
	ck_assert_ptr_nonnull(parse("/"));
	ck_assert_ptr_nonnull(parse("/a/ b"));
}
END_TEST

START_TEST(blanks_comments_and_marks_are_no_part)
{
	ck_assert_ptr_null(parse(""));
	ck_assert_int_eq(entry.form, LIST_NOTHING);
	ck_assert_ptr_null(parse("  # a comment"));
	ck_assert_int_eq(entry.form, LIST_NOTHING);
	ck_assert_ptr_null(parse("\t \r"));
	ck_assert_int_eq(entry.form, LIST_NOTHING);
	check_entry(" \ta.b \t# c # d\r", LIST_DOMAIN, false, "a.b", "a.b");
	check_entry("\xef\xbb\xbf" "a.b\r", LIST_DOMAIN, false, "a.b", "a.b");
}
END_TEST

START_TEST(unicode_is_converted_to_the_form_on_the_wire)
{
	check_entry("m\xc3\xbcnchen.example", LIST_DOMAIN, false, "xn--mnchen-3ya.example",
	    "m\xc3\xbcnchen.example");
	check_entry("*.B\xc3\x9c" "CHER.example.", LIST_BELOW, false, "xn--bcher-kva.example",
	    "*.B\xc3\x9c" "CHER.example.");
	/* UTS 46, nontransitional processing: the sharp s is kept. */
	check_entry("fa\xc3\x9f.de", LIST_DOMAIN, false, "xn--fa-hia.de", "fa\xc3\x9f.de");
	ck_assert_ptr_nonnull(parse("\xff\xfe.example"));
	ck_assert_ptr_nonnull(parse("a\xcc\x80\xe2\x80\x8e.example"));
}
END_TEST

START_TEST(an_entry_that_would_match_nothing_is_refused)
{
	static const char *const bad[] = {
		"a..b", "..", "*..", "a b", "a.b#c", "a*.b", "*", "*.", "**.a", "http://a.b/",
		"a.b/c", "a:53", "!", "=", "!!a..", "=*.a", "\\", "a\\9",
		/* Full-width punctuation. */
		"*.\xef\xbc\x8e", ".\xe3\x80\x82", "\xef\xbc\x8a.a.b", "a.b\xef\xbc\x83" "c",
		"a.b\xef\xbc\x8f" "c",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.b",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(parse(bad[i]) != NULL, "%s", bad[i]);
}
END_TEST

START_TEST(a_name_has_letters_digits_hyphens_underscores_and_escapes)
{
	for (int byte = 1; byte < 128; byte++) {
		char name[] = { 'a', (char)byte, 'b', '\0' }, escaped[16];
		bool good = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
		    (byte >= 'A' && byte <= 'Z') || strchr("-_.", byte) != NULL;

		ck_assert_msg((parse(name) == NULL) == good, "%s", name);
		snprintf(escaped, sizeof(escaped), "a\\%03db", byte);
		ck_assert_msg(parse(escaped) == NULL, "%s", escaped);
	}
}
END_TEST

static void
check_refused(const char *line, const char *why)
{
	const char *found = parse(line);

	ck_assert_msg(found != NULL && strcmp(found, why) == 0, "%s: %s", line,
	    found != NULL ? found : "accepted");
}

START_TEST(an_address_or_prefix_is_refused)
{
	static const char *const bad[] = {
		"192.0.2.1", "!192.0.2.1", "=192.0.2.1", "*.192.0.2.1", "192.0.2.1.",
		"192.0.2.0/24",
		"192.0.2", "10", "192.0.2.1-192.0.2.9", "::1", "2001:db8::/32", "2001:DB8::1",
		"::ffff:192.0.2.1", "\\04992.0.2.1", "192.0.2.1 # a host",
		/* Full-width digits. */
		"\xef\xbc\x91.\xef\xbc\x92.3.4",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_refused(bad[i], "an address or prefix, not a domain name");
	check_entry("1.2.0.192.in-addr.arpa", LIST_DOMAIN, false, "1.2.0.192.in-addr.arpa",
	    "1.2.0.192.in-addr.arpa");
	check_entry("163.com", LIST_DOMAIN, false, "163.com", "163.com");
	check_entry("a.1", LIST_DOMAIN, false, "a.1", "a.1");
}
END_TEST

START_TEST(other_syntax_is_refused_with_a_reason)
{
	static const char *const bad[] = {
		"||a.example^", "@@|a.example^|", "+.a.example", "payload:", "{", "\"a.example\",",
		"server=/a.example/192.0.2.53", "a.example/set", "https://a.example/",
		"a.example:53",
		"full:a.example", "$TTL", "(^|\\.)a\\.example$", "[/a.example/]192.0.2.53", "a;b",
		"2001:db8::g", "192.0.2.1:53",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_refused(bad[i], "not a domain name");
	check_refused("DOMAIN-SUFFIX,a.example",
	    "not a domain name; write one name per line, no commas");
	check_refused("0.0.0.0 a.example", "more than one word");
	check_refused("/ip dns static add name=a.example", "neither a domain name nor /regex/");
	check_refused("tube\\.example", "a \\ that is not followed by three digits");
	check_refused("a.example##.ad", "a comment needs a space before its #");
	check_refused("a*.b", "* stands for whole labels only, at the front: *.name");
}
END_TEST

START_TEST(bytes_that_are_not_text_are_named)
{
	static const char nul[] = "a NUL byte; if the file is UTF-16, convert it with iconv";

	ck_assert_str_eq(list_parse(STR("a\0.\0b\0"), &entry), nul);
	ck_assert_str_eq(list_parse(STR("\0"), &entry), nul);
	ck_assert_str_eq(list_parse(STR("a\0 \0b\0"), &entry), nul);
	ck_assert_str_eq(list_parse(STR("\xc3\xbc\0"), &entry), nul);
	check_refused("c.example\001", "a control character");
	check_refused("c\177.example", "a control character");
}
END_TEST

UNIT_MAIN("list", every_form_is_read, regexes_are_read, blanks_comments_and_marks_are_no_part,
    unicode_is_converted_to_the_form_on_the_wire, an_entry_that_would_match_nothing_is_refused,
    a_name_has_letters_digits_hyphens_underscores_and_escapes, an_address_or_prefix_is_refused,
    other_syntax_is_refused_with_a_reason, bytes_that_are_not_text_are_named)
