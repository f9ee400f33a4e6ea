#include "match/explain.h"

#include <stdio.h>

#include "unit.h"

#define LISTS 4
#define ENTRIES 12

static struct list_files lists;
static struct lists_set set;

/* Creates lists with these names and texts. */
static void
make(char *const words[], const char *const texts[], size_t n)
{
	ck_assert_ptr_null(list_files_open(&lists, words, n));
	for (size_t i = 0; i < n; i++) {
		buf_str(&lists.sources[i].text, str_of(texts[i]));
		lists.sources[i].is_kept = true;
	}
	ck_assert(list_files_build(&lists, &set));
}

static void
drop(void)
{
	lists_set_free(&set);
	list_files_close(&lists);
}

static void
says(const char *name, bool tagged, const char *expected)
{
	static struct buf out = BUF(65536);
	struct str view = str_of(name);

	buf_cut(&out, 0);
	ck_assert_msg(explain(&lists, &view, 1, &out) == tagged, "%s", name);
	buf_byte(&out, '\0');
	ck_assert_str_eq(out.data, expected);
}

START_TEST(entries_are_in_order_of_precedence_with_their_lines)
{
	char *const words[] = { "a=A", "b=B", "a=C" };
	const char *const texts[] = {
		"# comment\nx.com\n\n!=www.x.com # why\n/^w+\\./\nbad..name\n",
		"www.X.com.\r\nwww.x.com\n*.x.com\n",
		"=www.x.com\n!*.com\n/a,b|c x/\n",
	};

	make(words, texts, 3);
	says("www.x.com", true,
	    "www.x.com a excepts !=www.x.com A:4\n"
	    "www.x.com a beaten =www.x.com C:1\n"
	    "www.x.com a beaten x.com A:2\n"
	    "www.x.com a beaten !*.com C:2\n"
	    "www.x.com a beaten /^w+\\./ A:5\n"
	    "www.x.com b tags www.X.com. B:1\n"
	    "www.x.com b beaten www.x.com B:2\n"
	    "www.x.com b beaten *.x.com B:3\n");
	says("y.com", false, "y.com a excepts !*.com C:2\n");
	says("com", false, "com - unmatched\n");
	says("a\\044b.org", false, "a\\044b.org - unmatched\n");
	drop();
}
END_TEST

START_TEST(exception_lists_come_first)
{
	char *const words[] = { "a=A", "!never=N", "!b=B" };
	const char *const texts[] = { ".\n", "x.com\n!ok.x.com\n", "=deep.ok.x.com\n" };

	make(words, texts, 3);
	says("x.com", false, "x.com !never excepts x.com N:1\nx.com a beaten . A:1\n");
	says("ok.x.com", true,
	    "ok.x.com !never lifts !ok.x.com N:2\n"
	    "ok.x.com !never beaten x.com N:1\n"
	    "ok.x.com a tags . A:1\n");
	says("deep.ok.x.com", false,
	    "deep.ok.x.com !never lifts !ok.x.com N:2\n"
	    "deep.ok.x.com !never beaten x.com N:1\n"
	    "deep.ok.x.com !b excepts =deep.ok.x.com B:1\n"
	    "deep.ok.x.com a beaten . A:1\n");
	drop();
}
END_TEST

/* Names of few labels, so that entries often match. */
static void
random_name(char *out)
{
	unsigned labels = any_below(5);

	strcpy(out, ".");
	for (unsigned i = 0; i < labels; i++)
		out += sprintf(out, "%s%c%s", i > 0 ? "." : "", "abc"[any_below(3)],
		    any_below(3) ? "" : "x");
}

static void
random_list(char *out)
{
	for (int i = 0; i < ENTRIES; i++) {
		char name[32];

		out += sprintf(out, "%s", any_below(3) ? "" : "!");
		random_name(name);
		if (any_below(8) == 0)
			out += sprintf(out, "/%c/\n", "abcx"[any_below(4)]);
		else
			out += sprintf(out, "%s%s\n",
			    *name == '.' ? "" : (const char *const[]){ "", "=",
			    "*." }[any_below(3)], name);
	}
}

/* Reads the values of tag= and rule= for a name from the output of explain. */
static bool
gather(struct str name, struct buf *tag, struct buf *rule)
{
	struct buf out = BUF(65536);
	bool tagged = explain(&lists, &name, 1, &out);
	struct str text = buf_view(&out), line, field[4];

	while (str_split(&text, '\n', &line) && line.n > 0) {
		int n = 0;

		while (n < 4 && str_split(&line, ' ', &field[n]))
			n++;
		if (n < 4 || !str_eq(field[2], STR("tags")))
			continue;	/* another result, or `NAME - unmatched` */
		if (tag->len > 0) {
			buf_byte(tag, ',');
			buf_byte(rule, ',');
		}
		buf_str(tag, field[1]);
		buf_str(rule, field[3]);
	}
	buf_free(&out);
	return tagged;
}

static void
compare(struct str name)
{
	struct buf tag = BUF(4096), rule = BUF(4096);
	bool tagged = gather(name, &tag, &rule);

	lists_decide(&set, name, LISTS_NO_VIA);
	if (tagged != (set.tag.len > 0) || !str_eq(buf_view(&tag), buf_view(&set.tag)) ||
	    !str_eq(buf_view(&rule), buf_view(&set.rule)))
		ck_abort_msg("%.*s: %.*s instead of %.*s", (int)name.n, name.p, (int)rule.len,
		    rule.data, (int)set.rule.len, set.rule.data);
	buf_free(&tag);
	buf_free(&rule);
}

START_TEST(it_agrees_with_the_set)
{
	char *const words[LISTS] = { "p=P", "!n=N", "q=Q", "!m=M" };

	for (int round = 0; round < 300; round++) {
		char texts[LISTS][ENTRIES * 40], name[32];

		for (int i = 0; i < LISTS; i++)
			random_list(texts[i]);
		make(words, (const char *const[]){ texts[0], texts[1], texts[2], texts[3] }, LISTS);
		for (int i = 0; i < 200; i++) {
			random_name(name);
			compare(str_of(name));
		}
		drop();
	}
}
END_TEST

UNIT_MAIN("explain", entries_are_in_order_of_precedence_with_their_lines,
    exception_lists_come_first,
    it_agrees_with_the_set)
