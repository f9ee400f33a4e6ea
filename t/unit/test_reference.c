/*
 * Compares the domain set with the reference (lab/reference.h) on random lists and names. There are
 * few labels, so that names often match. The labels occur in all notations of a list, and some
 * labels are special characters of the grammar.
 *
 * The environment variables REFERENCE_SEED and REFERENCE_NAMES choose other lists and the number of
 * names.
 */
#include "lab/reference.h"

#include <stdio.h>

#include "unit.h"

#if defined(__SANITIZE_ADDRESS__)
#define INSTRUMENTED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define INSTRUMENTED 1
#endif
#endif

#ifdef INSTRUMENTED
#define NAMES 100000
#else
#define NAMES 1000000
#endif
#define NAMES_PER_SET 400

#define SPELLINGS 4
#define KNOWN 128
#define WRITTEN_MAX (4 * NAME_STRLEN)

static const struct label {
	const char *canonical;
	const char *written[SPELLINGS];
} labels[] = {
	{ "a", { "a", "A", "\\097", "\\065" } },
	{ "b", { "b", "B", "\\098", "\\066" } },
	{ "ab", { "ab", "aB", "\\097b", "AB" } },
	{ "c", { "c", "C", "c", "\\099" } },
	{ "_s-1", { "_s-1", "_S-1", "_s\\0451", "\\095s-1" } },
	{ "a\\046b", { "a\\046b", "A\\046b", "a\\046B", "\\097\\046b" } },
	{ "\\092", { "\\092", "\\092", "\\092", "\\092" } },
	{ "\\044x", { "\\044x", "\\044\\120", "\\044X", "\\044x" } },
	{ "\\000\\255", { "\\000\\255", "\\000\\255", "\\000\\255", "\\000\\255" } },
	{ "*", { "\\042", "\\042", "\\042", "\\042" } },
	{ "!a", { "\\033a", "\\033a", "\\033A", "\\033\\097" } },
	{ "=", { "\\061", "\\061", "\\061", "\\061" } },
	{ "/a/", { "\\047a\\047", "\\047a\\047", "\\047A\\047", "\\047\\097\\047" } },
	{ "#", { "\\035", "\\035", "\\035", "\\035" } },
	{ "\\032", { "\\032", "\\032", "\\032", "\\032" } },
	{ "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-012345678", {
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ-abcdefghijklmnopqrstuvwxyz-012345678",
	    "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-012345678",
	    "\\097bcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-012345678",
	    "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-01234567\\056" } },
};

static const struct label unicode_labels[] = {
	{ "a", { "a", "A", "\xef\xbd\x81", "a" } },	/* the third is a full-width letter */
	{ "b", { "b", "B", "b", "B" } },
	{ "xn--bcher-kva", { "b\xc3\xbc" "cher", "B\xc3\x9c" "CHER", "bu\xcc\x88"
	"cher", "xn--bcher-kva" } },
	{ "xn--fa-hia", { "fa\xc3\x9f", "FA\xc3\x9f", "xn--fa-hia", "fa\xc3\x9f" } },
};

static const char *const patterns[] = {
	"^a", "b$", "a\\.b", ".", "^$", "\\.", "^\\.$", "[ab]{2}", "(?:a|b)\\.c", "\\\\046", ",",
	"A", "(?-i)A", "a/b", "x y", "\\bab\\b", "^[^.]+$", "^(.+)\\.\\1$", "^(?!a)", "\xc3\xbc",
	"xn--", "(?<=b)\\.", "a #b", "[/]", "^.{64}",
};

static const char *const atoms[] = {
	"a", "b", "\\.", "[ab]", ".", "(?:a|b)", "c?", "a+", ".{0,3}", "\\b", "\\d", "-", "/",
	"(b)",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ANY(array) ((array)[any_below(COUNT(array))])

/* The canonical names of the latest entries, to look up similar names. */
static char known[KNOWN][NAME_STRLEN];
static size_t known_n;

static void
append(char *to, const char *text)
{
	strcat(to, text);
}

/* The first labels are the most frequent. */
static const struct label *
any_label(void)
{
	return any_below(8) == 0 ? &ANY(labels) : &labels[any_below(4)];
}

static unsigned
any_depth(void)
{
	static const unsigned depths[] = { 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 5 };

	if (any_below(25) == 0)
		return 0;
	return any_below(80) == 0 ? 118 + any_below(10) : ANY(depths);
}

/* Makes labels separated by dots, in canonical form and in a notation of lists. */
static void
make_labels(unsigned depth, char *canonical, char *written)
{
	bool unicode = depth < 10 && any_below(10) == 0;

	canonical[0] = written[0] = '\0';
	for (unsigned i = 0; i < depth; i++) {
		const struct label *l = unicode ? &ANY(unicode_labels) :
		    depth > 100 ? &labels[any_below(2)] : any_label();

		if (i > 0) {
			append(canonical, ".");
			append(written, unicode && any_below(4) == 0 ? "\xe3\x80\x82" : ".");
		}
		append(canonical, l->canonical);
		append(written, ANY(l->written));
	}
}

/* Makes a name of valid length in canonical form and in a notation of lists. */
static void
make_name(char canonical[NAME_STRLEN], char written[WRITTEN_MAX])
{
	unsigned depth = any_depth();

	if (depth == 0) {
		strcpy(canonical, ".");
		strcpy(written, ".");
		return;
	}
	do {
		make_labels(depth, canonical, written);
	} while (!name_is_canonical(str_of(canonical)));
	if (any_below(5) == 0)
		append(written, ".");
}

static void
append_regex(char *line)
{
	append(line, "/");
	if (any_below(2) == 0) {
		append(line, ANY(patterns));
	} else {
		append(line, any_below(4) == 0 ? "^" : "");
		for (unsigned n = 1 + any_below(4); n > 0; n--)
			append(line, ANY(atoms));
		append(line, any_below(4) == 0 ? "$" : "");
	}
	append(line, "/");
}

static void
append_domain(char *line)
{
	static const char *const marks[] = { "", "", "", ".", "=", "=", "*.", "*." };
	char written[WRITTEN_MAX];
	char *canonical = known[known_n++ % KNOWN];
	const char *mark = ANY(marks);

	make_name(canonical, written);
	/* The only mark before the root is `=`. */
	append(line, strcmp(canonical, ".") == 0 && mark[0] != '=' ? "" : mark);
	append(line, written);
}

static void
make_line(char *line, bool first)
{
	static const char *const before[] = { "", "", "", "", " ", "\t " };
	static const char *const after[] = { "", "", "", "", "\r", " # a", "\t#", "  \r",
	    " # /a/ # b" };

	strcpy(line, first && any_below(4) == 0 ? "\xef\xbb\xbf" : "");
	append(line, ANY(before));
	if (any_below(30) == 0) {
		append(line, any_below(2) == 0 ? "# a.b" : "");
		return;
	}
	append(line, any_below(3) == 0 ? "!" : "");
	if (any_below(10) == 0)
		append_regex(line);
	else
		append_domain(line);
	append(line, ANY(after));
}

/* A random name, or an entry's name, a name below or above it, or a name with the same end. */
static void
make_question(char name[NAME_STRLEN])
{
	char near[2 * NAME_STRLEN], unused[WRITTEN_MAX];
	const char *other = known[any_below(known_n < KNOWN ? known_n : KNOWN)],
	    *dot = strchr(other, '.');

	make_name(name, unused);
	switch (any_below(8)) {
	case 0:
	case 1:
		strcpy(near, name);
		append(near, ".");
		append(near, other);
		break;
	case 2:
		strcpy(near, name);
		append(near, other);
		break;
	case 3:
		strcpy(near, dot != NULL ? dot + 1 : other);
		break;
	case 4:
		strcpy(near, other);
		break;
	default:
		return;
	}
	if (name_is_canonical(str_of(near)))
		strcpy(name, near);
}

static void
add_line(struct pair *p, unsigned list, const char *line)
{
	const char *why = pair_add(p, list, str_of(line));
	struct list_entry e;

	if (why == NULL)
		why = list_parse(str_of(line), &e);
	if (why != NULL)
		ck_abort_msg("%s: %s", line, why);
}

static void
fill_lists(struct pair *p, unsigned lists, unsigned lines)
{
	char line[WRITTEN_MAX + 64];

	known_n = 0;
	add_line(p, 0, "a");
	strcpy(known[known_n++], "a");
	for (unsigned i = 0; i < lists; i++) {
		for (unsigned j = 0, n = any_below(lines); j < n; j++) {
			make_line(line, j == 0);
			add_line(p, i, line);
			if (any_below(8) == 0)
				add_line(p, any_below(lists), line);
		}
	}
	pair_seal(p);
}

/* Returns the number of names looked up. */
static unsigned
ask(struct pair *p)
{
	char names[3][NAME_STRLEN];
	struct str answer[3];
	unsigned n = 1 + any_below(3);
	const char *why;

	for (unsigned i = 0; i < n; i++) {
		make_question(names[i]);
		answer[i] = str_of(names[i]);
	}
	why = pair_ask(p, answer, n);
	if (why != NULL)
		ck_abort_msg("%s", why);
	return n;
}

static uint64_t
environment(const char *key, uint64_t otherwise)
{
	const char *value = getenv(key);

	return value != NULL ? strtoull(value, NULL, 0) : otherwise;
}

/* The sums over all pairs of a test. */
static struct pair total;

static void
add_up(const struct pair *p)
{
	total.unsure += p->unsure;
	for (int form = 0; form < REFERENCE_FORMS; form++)
		for (int negated = 0; negated < 2; negated++)
			total.decided[form][negated] += p->decided[form][negated];
	total.undecided += p->undecided;
	total.by_via += p->by_via;
	total.entries += p->entries;
}

/* Each form of entry must decide about more than 1 % of the names. */
static void
check_all_forms_decided(uint64_t names)
{
	for (int form = 0; form < REFERENCE_FORMS; form++)
		for (int negated = 0; negated < 2; negated++)
			ck_assert_uint_gt(total.decided[form][negated], names / 100);
	ck_assert_uint_gt(total.undecided, names / 100);
	ck_assert_uint_lt(total.unsure, 1 + names / 1000);	/* regexes that took too long */
	ck_assert_uint_gt(total.by_via, names / 100);
}

START_TEST(small_lists_decide_as_the_reference)
{
	uint64_t seed = environment("REFERENCE_SEED", ANY_SEED);
	uint64_t names = environment("REFERENCE_NAMES", NAMES), asked = 0;

	any_state = seed != 0 ? seed : ANY_SEED;
	while (asked < names) {
		unsigned lists = 1 + any_below(6);
		struct pair p;

		pair_open(&p, any_state, lists);
		fill_lists(&p, lists, 20);
		for (unsigned i = 0; i < NAMES_PER_SET; )
			i += ask(&p);
		asked += NAMES_PER_SET;
		add_up(&p);
		pair_close(&p);
	}
	printf("reference: seed %#llx, %llu names, %zu entries\n", (unsigned long long)seed,
	    (unsigned long long)asked, total.entries);
	fflush(stdout);
	check_all_forms_decided(asked);
}
END_TEST

/* A name from many different labels, so that the tree is also wide. */
static void
make_wide_name(char *name)
{
	name[0] = '\0';
	for (unsigned i = 1 + any_below(3); i > 0; i--)
		sprintf(name + strlen(name), "x%x%s", (unsigned)any_below(60), i > 1 ? "." : "");
}

START_TEST(large_lists_decide_as_the_reference)
{
	static const char *const marks[] = { "", "!", "=", "!=", "*.", "!*." };
	char line[64], name[64];
	struct pair p;

	pair_open(&p, 1, 3);
	for (unsigned i = 0; i < 9000; i++) {
		strcpy(line, ANY(marks));
		make_wide_name(line + strlen(line));
		add_line(&p, i % 3, line);
	}
	pair_seal(&p);
	for (unsigned i = 0; i < 2000; i++) {
		struct str question = { name, 0 };
		const char *why;

		make_wide_name(name);
		question.n = strlen(name);
		why = pair_ask(&p, &question, 1);
		if (why != NULL)
			ck_abort_msg("%s", why);
	}
	pair_close(&p);
}
END_TEST

/* Whether an entry of the set matches the name with this number. */
static bool
is_in(struct domset *set, const char *format, unsigned number)
{
	uint32_t rule = DOMSET_NO_RULE;
	char name[32];

	sprintf(name, format, number);
	return domset_match(set, str_of(name), &rule) == 1;
}

/* A set that compared only hashes of 32 bits would be wrong about twenty of these names. */
START_TEST(names_with_equal_hashes_differ)
{
	const unsigned entries = 200000, others = 400000;
	struct pair p;
	char line[32];

	pair_open(&p, 1, 1);
	for (unsigned i = 0; i < entries; i++) {
		sprintf(line, "in%u.test", i);
		add_line(&p, 0, line);
	}
	pair_seal(&p);
	for (unsigned i = 0; i < entries; i++)
		if (!is_in(p.set, "in%u.test", i))
			ck_abort_msg("in%u.test is not found", i);
	for (unsigned i = 0; i < others; i++)
		if (is_in(p.set, "out%u.test", i))
			ck_abort_msg("out%u.test is found", i);
	pair_close(&p);
}
END_TEST

UNIT_MAIN("reference", small_lists_decide_as_the_reference, large_lists_decide_as_the_reference,
    names_with_equal_hashes_differ)
