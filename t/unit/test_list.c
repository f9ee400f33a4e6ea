#include "match/list.h"

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
	check_entry("a\\.b.c", LIST_DOMAIN, false, "a\\046b.c", "a\\.b.c");
	check_entry("\\#a", LIST_DOMAIN, false, "#a", "\\#a");
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

UNIT_MAIN("list", every_form_is_read, regexes_are_read, blanks_comments_and_marks_are_no_part,
    unicode_is_converted_to_the_form_on_the_wire, an_entry_that_would_match_nothing_is_refused)
