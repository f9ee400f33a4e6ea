#include "match/suffix.h"

#include "unit.h"

static struct rules rules;
static struct suffix suffix;

/* Builds an index of these entries, which are separated by spaces. Returns its size. */
static size_t
build_index(const char *entries)
{
	struct str rest = str_of(entries), word;
	struct list_entry e;
	size_t n = 0;

	suffix = (struct suffix){ .seed = 7 };
	rules_open(&rules);
	for (; str_split(&rest, ' ', &word); n++) {
		ck_assert_ptr_null(list_parse(word, &e));
		ck_assert_ptr_null(rules_check(&rules, &e));
		rules_add(&rules, 0, &e);
	}
	return suffix_build(&suffix, &rules, n);
}

static void
free_index(void)
{
	suffix_free(&suffix);
	rules_free(&rules);
}

/* The entries with this name or a name above it. The shortest names come first. */
static const char *
entries_above(const char *text)
{
	static struct buf out = BUF(65536);
	struct suffix_name found[SUFFIX_LABELS_MAX + 1];
	size_t n = suffix_find(&suffix, rules_labels(str_of(text)), found);

	buf_cut(&out, 0);
	for (size_t i = 0; i < n; i++) {
		size_t at = found[i].hash;
		uint32_t rule;

		while ((rule = suffix_next(&suffix, found[i].hash, &at)) != RULES_NONE) {
			size_t length = rules_at(&rules, rule).name_len;

			if (!str_eq(rules_name(&rules, rule, length), found[i].text))
				continue;
			rules_text(&rules, rule, &out);
			buf_byte(&out, ' ');
		}
	}
	buf_byte(&out, '\0');
	return out.data;
}

START_TEST(rules_of_a_name_and_the_names_above_are_found)
{
	ck_assert_uint_eq(build_index("x.com =x.com *.x.com . a.b.c.d.e.f com"), 6);
	ck_assert_str_eq(entries_above("x.com"), ". com x.com =x.com *.x.com ");
	ck_assert_str_eq(entries_above("y.x.com"), ". com x.com =x.com *.x.com ");
	ck_assert_str_eq(entries_above("yx.com"), ". com ");
	ck_assert_str_eq(entries_above("0.a.b.c.d.e.f"), ". a.b.c.d.e.f ");
	ck_assert_str_eq(entries_above("b.c.d.e.f"), ". ");
	ck_assert_str_eq(entries_above("."), ". ");
	free_index();
}
END_TEST

START_TEST(an_equal_rule_is_indexed_once)
{
	ck_assert_uint_eq(build_index("x.com .x.com =x.com X.com !x.com"), 3);
	ck_assert_str_eq(entries_above("x.com"), "x.com =x.com !x.com ");
	free_index();
}
END_TEST

START_TEST(an_empty_index_finds_nothing)
{
	ck_assert_uint_eq(build_index("/regex/"), 0);
	ck_assert_str_eq(entries_above("x.com"), "");
	free_index();
}
END_TEST

/* Writes a name of `labels` labels: first `first`, then only `a`. */
static void
put_deep_name(struct buf *out, const char *first, unsigned labels)
{
	buf_str(out, str_of(first));
	for (unsigned i = 1; i < labels; i++)
		buf_str(out, STR(".a"));
}

START_TEST(rules_of_every_depth_of_a_deep_name_are_found)
{
	struct buf entries = BUF(65536), name = BUF(1024);
	unsigned n = 0;

	for (unsigned labels = 1; labels < 127; labels++) {
		put_deep_name(&entries, "a", labels);
		buf_byte(&entries, ' ');
	}
	put_deep_name(&entries, "=b", 127);
	buf_byte(&entries, '\0');
	ck_assert_uint_eq(build_index(entries.data), 127);
	put_deep_name(&name, "b", 127);
	buf_byte(&name, '\0');
	for (const char *p = entries_above(name.data); *p != '\0'; p++)
		n += *p == ' ';
	ck_assert_uint_eq(n, 127);
	buf_free(&entries);
	buf_free(&name);
	free_index();
}
END_TEST

START_TEST(an_exact_rule_is_not_found_for_a_name_below)
{
	build_index("=a.b.c.d.e x.a.b.c.d.e");
	ck_assert_str_eq(entries_above("a.b.c.d.e"), "=a.b.c.d.e ");
	ck_assert_str_eq(entries_above("y.a.b.c.d.e"), "");
	ck_assert_str_eq(entries_above("y.x.a.b.c.d.e"), "x.a.b.c.d.e ");
	free_index();
}
END_TEST

UNIT_MAIN("suffix", rules_of_a_name_and_the_names_above_are_found,
    an_equal_rule_is_indexed_once, an_empty_index_finds_nothing,
    rules_of_every_depth_of_a_deep_name_are_found,
    an_exact_rule_is_not_found_for_a_name_below)
