#include "match/domset.h"

#include <stdio.h>

#include "match/pattern.h"
#include "unit.h"

#define LISTS 3
#define ENTRIES 12

static void
add(struct domset *set, const char *tag, const char *text)
{
	struct list_entry e;
	const char *why = list_parse(str_of(text), &e);

	if (why == NULL)
		why = domset_add(set, domset_list(set, str_of(tag)), &e);
	ck_assert_msg(why == NULL, "%s: %s", text, why);
}

/* The tags for an answer with these names, separated by commas; `-` if there are none. */
static const char *
tags_of(struct domset *set, char *names)
{
	static char tags[256];
	uint32_t rules[DOMSET_LISTS_MAX] = { 0 };

	domset_seal(set);
	for (char *name = strtok(names, " "); name != NULL; name = strtok(NULL, " "))
		domset_match(set, str_of(name), rules);
	tags[0] = '\0';
	for (unsigned i = 0; i < domset_lists(set); i++) {
		struct str tag = domset_tag(set, i);

		if (rules[i] != DOMSET_NO_RULE && !domset_negated(set, rules[i]))
			sprintf(tags + strlen(tags), "%s%.*s", tags[0] ? "," : "", (int)tag.n,
			    tag.p);
	}
	return tags[0] ? tags : "-";
}

START_TEST(vectors_hold)
{
	struct domset *set = domset_new(1);
	FILE *f = fopen("t/data/match.txt", "r");
	char line[512], tag[64];
	int asked = 0, at;

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		char *last;

		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "list %63s %n", tag, &at) == 1) {
			add(set, tag, line + at);
		} else if (strncmp(line, "name ", 5) == 0 || strncmp(line, "via ", 4) == 0) {
			char copy[512];

			strcpy(copy, line);
			last = strrchr(line, ' ');
			*last++ = '\0';
			ck_assert_msg(strcmp(tags_of(set, strchr(line, ' ') + 1), last) == 0, "%s",
			    copy);
			asked++;
		}
	}
	fclose(f);
	domset_free(set);
	ck_assert_int_ge(asked, 29);
}
END_TEST

static const char *
rule_of(struct domset *set, const char *name)
{
	static struct buf out = BUF(4096);
	uint32_t rules[DOMSET_LISTS_MAX] = { 0 };

	domset_seal(set);
	domset_match(set, str_of(name), rules);
	buf_cut(&out, 0);
	if (rules[0] != DOMSET_NO_RULE)
		domset_text(set, rules[0], &out);
	buf_byte(&out, '\0');
	return out.data;
}

START_TEST(rules_are_shown_as_the_list_has_them)
{
	struct domset *set = domset_new(1);

	add(set, "a", "x.com");
	add(set, "a", ".Y.com.");
	add(set, "a", "!*.z.com");
	add(set, "a", "=e.com");
	add(set, "a", "m\xc3\xbcnchen.de");
	add(set, "a", "/^q,[0-9]/");
	add(set, "a", "=.");
	ck_assert_str_eq(rule_of(set, "www.x.com"), "x.com");
	ck_assert_str_eq(rule_of(set, "y.com"), ".Y.com.");
	ck_assert_str_eq(rule_of(set, "a.z.com"), "!*.z.com");
	ck_assert_str_eq(rule_of(set, "e.com"), "=e.com");
	ck_assert_str_eq(rule_of(set, "xn--mnchen-3ya.de"), "m\\195\\188nchen.de");
	ck_assert_str_eq(rule_of(set, "q,1"), "/^q\\044[0-9]/");
	ck_assert_str_eq(rule_of(set, "."), "=.");
	ck_assert_str_eq(rule_of(set, "none.org"), "");
	domset_free(set);
}
END_TEST

START_TEST(a_pattern_cannot_hang)
{
	struct domset *set = domset_new(1);
	char name[202];

	add(set, "a", "/^(([a-z])+.)+[A-Z]([a-z])+$/");
	add(set, "a", "/(a+)+$/");
	memset(name, 'a', 200);
	strcpy(name + 200, "!");
	rule_of(set, name);
	ck_assert_uint_gt(domset_regex_limits(set), 0);
	ck_assert_str_eq(rule_of(set, name), "");
	domset_free(set);
}
END_TEST

START_TEST(an_exception_that_is_given_up_holds)
{
	struct domset *set = domset_new(1);
	char name[202];

	add(set, "a", "/a/");
	add(set, "a", "!/(a+)+$/");
	memset(name, 'a', 200);
	strcpy(name + 200, "!");
	ck_assert_str_eq(rule_of(set, name), "!/(a+)+$/");
	ck_assert_uint_gt(domset_regex_limits(set), 0);
	ck_assert_str_eq(rule_of(set, "ab"), "/a/");
	domset_free(set);
}
END_TEST

START_TEST(an_exception_list_that_is_given_up_holds)
{
	struct domset *set = domset_new(1);
	char name[202];

	domset_except(set);
	add(set, "a", "/(a+)+$/");
	add(set, "b", "!/(a+)+$/");
	memset(name, 'a', 200);
	strcpy(name + 200, "!");
	ck_assert_str_eq(tags_of(set, name), "a");
	domset_free(set);
}
END_TEST

START_TEST(a_pattern_that_is_switched_off_has_its_place)
{
	struct domset *set = domset_new(1);
	struct domset_place place;
	char name[202];

	domset_set_place(set, "f", 7);
	add(set, "a", "/(a+)+$/");
	domset_set_place(set, "f", 8);
	add(set, "a", "/!$/");
	memset(name, 'a', 200);
	strcpy(name + 200, "!");
	for (int i = 0; i < PATTERN_STRIKES; i++) {
		ck_assert(!domset_take_off(set, &place));
		ck_assert_str_eq(rule_of(set, name), "/!$/");
	}
	ck_assert(domset_take_off(set, &place));
	ck_assert_str_eq(place.file, "f");
	ck_assert_uint_eq(place.line, 7);
	ck_assert(!domset_take_off(set, &place));
	ck_assert_uint_eq(domset_regexes_off(set), 1);
	domset_free(set);
}
END_TEST

/* An entry must fit in rule=, where each comma of a regex takes four bytes. */
START_TEST(a_long_entry_is_refused)
{
	static char pattern[DOMSET_ENTRY_MAX + 8];
	struct domset *set = domset_new(1);
	struct list_entry e;

	for (int commas = 0; commas < 2; commas++) {
		size_t n = DOMSET_ENTRY_MAX - 3 * (size_t)commas;

		for (size_t more = 0; more < 2; more++) {
			const char *why;

			memset(pattern, 'a', n + more);
			memset(pattern + 1, ',', (size_t)commas);
			pattern[0] = pattern[n + more - 1] = '/';
			ck_assert_ptr_null(list_parse((struct str){ pattern, n + more }, &e));
			why = domset_add(set, domset_list(set, STR("a")), &e);
			ck_assert((why == NULL) == (more == 0));
		}
	}
	domset_free(set);
}
END_TEST

START_TEST(a_bad_pattern_is_told)
{
	struct domset *set = domset_new(1);
	struct list_entry e;

	ck_assert_ptr_null(list_parse(STR("/a(/"), &e));
	ck_assert_ptr_nonnull(domset_add(set, domset_list(set, STR("a")), &e));
	ck_assert_uint_eq(domset_entries(set), 0);
	domset_free(set);
}
END_TEST

/* --- A naive reference: compares a name with each entry --- */

struct naive {
	char text[64];
	const char *name;	/* points into text */
	bool exact, below, negated, regex;
	int labels;
};

static int
count_labels(const char *name)
{
	int n = 1;

	if (strcmp(name, ".") == 0)
		return 0;
	for (; *name != '\0'; name++)
		n += *name == '.';
	return n;
}

static bool
naive_matches(const struct naive *e, const char *name)
{
	size_t n = strlen(name), tail = strlen(e->name);
	bool same = strcmp(name, e->name) == 0;
	bool under = strcmp(e->name, ".") == 0 ? strcmp(name, ".") != 0 :
	    n > tail && name[n - tail - 1] == '.' && strcmp(name + n - tail, e->name) == 0;

	if (e->regex)
		return strchr(name, e->name[0]) != NULL;	/* all patterns have one letter */
	return (same && !e->below) || (under && !e->exact);
}

/* Whether entry `a` takes precedence over entry `b` if both match. */
static bool
naive_beats(const struct naive *a, const struct naive *b)
{
	if (a->regex != b->regex)
		return b->regex;
	if (a->labels != b->labels)
		return a->labels > b->labels;
	if (a->exact != b->exact)
		return a->exact;
	return a->negated && !b->negated;
}

static const struct naive *
naive_decide(const struct naive list[], const char *const names[], int n)
{
	for (int i = 0; i < n; i++) {
		const struct naive *best = NULL;

		for (int j = 0; j < ENTRIES; j++)
			if (naive_matches(&list[j], names[i]) &&
			    (best == NULL || naive_beats(&list[j], best)))
				best = &list[j];
		if (best != NULL)
			return best;
	}
	return NULL;
}

/* A name of few, short labels, so that entries and names often match. */
static void
random_name(char *out)
{
	int labels = rand() % 5;

	if (labels == 0) {
		strcpy(out, ".");
		return;
	}
	for (int i = 0; i < labels; i++)
		out += sprintf(out, "%s%c%s", i > 0 ? "." : "", "abc"[rand() % 3],
		    rand() % 3 ? "" : "x");
}

static void
random_entry(struct naive *e)
{
	char *p = e->text;

	memset(e, 0, sizeof(*e));
	e->negated = rand() % 3 == 0;
	if (e->negated)
		*p++ = '!';
	if (rand() % 10 == 0) {
		e->regex = true;
		sprintf(p, "/%c/", "abcx"[rand() % 4]);
		e->name = p + 1;
		return;
	}
	switch (rand() % 4) {
	case 0:
		e->exact = true;
		*p++ = '=';
		break;
	case 1:
		e->below = true;
		*p++ = '*';
		*p++ = '.';
		break;
	}
	do {
		random_name(p);
	} while (e->below && *p == '.');
	e->name = p;
	e->labels = count_labels(p);
}

/* Calls Check only after a failure, as Check writes to a pipe at each assertion. */
static void
compare(struct domset *set, uint32_t rule, const struct naive *e, const char *name)
{
	static struct buf text = BUF(256);
	bool same = (e != NULL) == (rule != DOMSET_NO_RULE);

	buf_cut(&text, 0);
	if (same && e != NULL) {
		domset_text(set, rule, &text);
		same = str_eq(buf_view(&text), str_of(e->text)) &&
		    domset_negated(set, rule) == e->negated;
	}
	if (!same)
		ck_abort_msg("%s: '%.*s' instead of '%s'", name, (int)text.len, text.data,
		    e ? e->text : "");
}

START_TEST(it_agrees_with_the_grammar_read_literally)
{
	static const char *const list_tags[LISTS] = { "p", "q", "r" };
	struct naive lists[LISTS][ENTRIES];

	srand(7);
	for (int round = 0; round < 1000; round++) {
		struct domset *set = domset_new((uint64_t)rand());

		for (int i = 0; i < LISTS; i++) {
			for (int j = 0; j < ENTRIES; j++) {
				random_entry(&lists[i][j]);
				add(set, list_tags[i], lists[i][j].text);
			}
		}
		domset_seal(set);
		for (int i = 0; i < 1500; i++) {
			char names[3][32];
			const char *const ask[] = { names[0], names[1], names[2] };
			uint32_t rules[LISTS] = { 0 };
			int n = 1 + rand() % 3;

			for (int j = 0; j < n; j++) {
				random_name(names[j]);
				domset_match(set, str_of(names[j]), rules);
			}
			for (int j = 0; j < LISTS; j++)
				compare(set, rules[j], naive_decide(lists[j], ask, n), names[0]);
		}
		domset_free(set);
	}
}
END_TEST

UNIT_MAIN("domset", vectors_hold, rules_are_shown_as_the_list_has_them, a_pattern_cannot_hang,
    an_exception_that_is_given_up_holds, an_exception_list_that_is_given_up_holds,
    a_pattern_that_is_switched_off_has_its_place, a_long_entry_is_refused, a_bad_pattern_is_told,
    it_agrees_with_the_grammar_read_literally)
