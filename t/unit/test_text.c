#include "cache/cache_private.h"

#include "cachetest.h"

static struct cache *c;
static struct answer first_line, other_line;

static void
set_up_texts(void)
{
	c = new_cache(1);
	first_line = read_line("10.000000 192.0.2.1 60 a.example via=b.example tag=p rule=x");
	other_line = read_line("10.000000 192.0.2.1 60 c.example tag=p,q rule=y");
}

START_TEST(a_text_has_name_via_tag_and_rule)
{
	const struct text *t;

	set_up_texts();
	t = text_at(c, text_take(c, &first_line));
	ck_assert(str_eq(text_name(t), STR("a.example")));
	ck_assert(str_eq(text_via(t), STR("b.example")));
	ck_assert(str_eq(text_rule(c, t), STR("x")));
	ck_assert(str_eq(intern_text(&c->tags, t->tag), STR("p")));
	t = text_at(c, text_take(c, &other_line));
	ck_assert_ptr_null(text_via(t).p);
	cache_free(c);
}
END_TEST

START_TEST(lines_with_the_same_texts_share_one)
{
	struct answer again;
	uint32_t text, other;

	set_up_texts();
	text = text_take(c, &first_line);
	again = read_line("99.000000 2001:db8::1 5 a.example via=b.example tag=p rule=x");
	ck_assert_uint_eq(text_take(c, &again), text);
	ck_assert_uint_eq(text_at(c, text)->users, 2);
	other = text_take(c, &other_line);
	ck_assert_uint_ne(other, text);
	ck_assert_uint_ne(text_take(c, &first_line), other);
	cache_free(c);
}
END_TEST

/* Lines that differ in any of the four texts do not share an entry. */
START_TEST(lines_with_different_texts_do_not_share)
{
	static const char *const lines[] = {
		"1.000000 192.0.2.1 60 e.example via=b.example tag=p rule=x",
		"1.000000 192.0.2.1 60 a.example tag=p rule=x",
		"1.000000 192.0.2.1 60 a.example via=b.example rule=x",
		"1.000000 192.0.2.1 60 a.example via=b.example tag=p rule=z",
	};

	set_up_texts();
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		uint32_t text = text_take(c, &first_line);
		struct answer a = read_line(lines[i]);

		ck_assert_uint_ne(text_take(c, &a), text);
	}
	cache_free(c);
}
END_TEST

START_TEST(the_last_user_frees_a_text)
{
	uint32_t text;

	set_up_texts();
	text = text_take(c, &first_line);
	text_take(c, &first_line);
	text_drop(c, text);
	ck_assert(str_eq(text_name(text_at(c, text)), STR("a.example")));
	ck_assert_uint_eq(c->text, text);
	text_drop(c, text);
	ck_assert_uint_eq(c->text, SLAB_NONE);	/* a freed text is not shared */
	ck_assert_uint_eq(c->tags.texts[1].users + c->rules.texts[1].users, 0);
	text = text_take(c, &first_line);
	ck_assert_uint_eq(text_at(c, text)->users, 1);
	cache_free(c);
}
END_TEST

START_TEST(a_pair_keeps_its_text_unless_the_line_differs)
{
	struct pair p = { 0 };
	uint32_t text;

	set_up_texts();
	p.text = text_take(c, &first_line);
	ck_assert_uint_eq(text_tag(c, &p), text_at(c, p.text)->tag);
	text_take(c, &other_line);	/* another text is the latest */
	ck_assert_uint_eq(text_take_for(c, &p, NULL), p.text);
	ck_assert_uint_eq(text_take_for(c, &p, &first_line), p.text);
	ck_assert_uint_eq(text_at(c, p.text)->users, 3);
	text = text_take_for(c, &p, &other_line);
	ck_assert(str_eq(text_name(text_at(c, text)), STR("c.example")));
	ck_assert_uint_eq(text_at(c, text)->users, 2);
	cache_free(c);
}
END_TEST

START_TEST(texts_are_compared_by_tag_then_rule_then_via)
{
	static const struct {
		const char *keys;
		int sign;
	} cases[] = {
		{ "tag=p rule=x via=b.example", 0 },
		{ "tag=q rule=a via=a.example", 1 },
		{ "tag=p rule=a via=z.example", -1 },
		{ "tag=p rule=x via=z.example", 1 },
		{ "tag=p rule=x", -1 },
		{ "rule=z via=z.example", -1 },
	};

	set_up_texts();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char line[100];
		struct answer a;
		int d;

		snprintf(line, sizeof(line), "1.000000 192.0.2.1 1 a.example %s", cases[i].keys);
		a = read_line(line);
		d = text_compare(c, &a, text_at(c, text_take(c, &first_line)));
		ck_assert_int_eq((d > 0) - (d < 0), cases[i].sign);
	}
	cache_free(c);
}
END_TEST

UNIT_MAIN("text", a_text_has_name_via_tag_and_rule, lines_with_the_same_texts_share_one,
    lines_with_different_texts_do_not_share, the_last_user_frees_a_text,
    a_pair_keeps_its_text_unless_the_line_differs,
    texts_are_compared_by_tag_then_rule_then_via)
