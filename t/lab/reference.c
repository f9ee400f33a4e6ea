#include "reference.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <idn2.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

/* More steps than any pattern of a test needs. A slow pattern of a fuzzer is stopped here. */
#define REGEX_STEPS 100000

struct reference_entry {
	enum reference_form form;
	bool negated;
	struct str text;		/* owned */
	struct reference_name name;
	pcre2_code *regex;
};

/* --- Lines --- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct str
skip(struct str s, size_t n)
{
	return (struct str){ s.p + n, s.n - n };
}

static bool
skip_mark(struct str *s, const char *mark)
{
	size_t n = strlen(mark);

	if (s->n < n || memcmp(s->p, mark, n) != 0)
		return false;
	*s = skip(*s, n);
	return true;
}

/* Reads the part after the `\` of `\DDD` or `\X`. */
static bool
read_escape(struct str *s, unsigned *byte)
{
	unsigned digits = 0;

	*byte = 0;
	while (digits < 3 && s->n > digits && s->p[digits] >= '0' && s->p[digits] <= '9')
		*byte = *byte * 10 + (unsigned)(s->p[digits++] - '0');
	if (digits == 0 && s->n > 0) {
		*byte = (uint8_t)s->p[0];
		digits = 1;
	} else if (digits != 3) {
		return false;
	}
	*s = skip(*s, digits);
	return *byte < 256;
}

/* Reads a label up to a dot or the end of the text, and skips the dot. */
static bool
read_label(struct str *s, struct reference_name *name)
{
	size_t start = name->at[name->labels], end = start + 1;

	while (s->n > 0 && !skip_mark(s, ".")) {
		unsigned byte = (uint8_t)s->p[0];

		*s = skip(*s, 1);
		if (byte == '\\' && !read_escape(s, &byte))
			return false;
		if (end - start > 63 || end >= 254)
			return false;
		name->wire[end++] =
		    (uint8_t)(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte);
	}
	name->wire[start] = (uint8_t)(end - start - 1);
	name->at[++name->labels] = (uint8_t)end;
	return end > start + 1;
}

static bool
read_name(struct str s, struct reference_name *name)
{
	name->text = s;
	name->labels = 0;
	name->at[0] = 0;
	if (str_eq(s, STR(".")))
		return true;
	do {
		if (s.n == 0 || name->at[name->labels] > 252 || !read_label(&s, name))
			return false;
	} while (s.n > 0);
	return true;
}

static bool
read_unicode_name(struct str s, struct reference_name *name)
{
	char *unicode = mem_alloc(s.n + 1);
	const int flags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL;
	uint8_t *ascii;
	bool good = false;

	memcpy(unicode, s.p, s.n);
	unicode[s.n] = '\0';
	if (idn2_lookup_u8((uint8_t *)unicode, &ascii, flags) == IDN2_OK) {
		good = read_name(str_of((char *)ascii), name);
		idn2_free(ascii);
	}
	free(unicode);
	name->text = STR("");
	return good;
}

static bool
is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((uint8_t)s.p[i] > 127)
			return false;
	return true;
}

/* Reads a domain entry. `line` begins with the entry; `s` is the part after the `!`. */
static bool
read_domain(struct str line, struct str s, struct reference_entry *e)
{
	for (size_t i = 0; i < s.n; i++)
		if (is_blank(s.p[i]))
			s.n = i;
	e->text = (struct str){ line.p, (size_t)(s.p + s.n - line.p) };
	e->form = SELF_AND_BELOW;
	if (skip_mark(&s, "="))
		e->form = SELF;
	else if (skip_mark(&s, "*."))
		e->form = BELOW;
	else if (s.n > 1)
		skip_mark(&s, ".");
	return is_ascii(s) ? read_name(s, &e->name) : read_unicode_name(s, &e->name);
}

/* Whether only spaces follow, or a space and a comment. */
static bool
may_end(struct str s)
{
	size_t blanks = 0;

	while (blanks < s.n && is_blank(s.p[blanks]))
		blanks++;
	return blanks == s.n || (blanks > 0 && s.p[blanks] == '#');
}

/* Reads a regex entry. `s` is the part after the first `/`. */
static bool
read_regex(struct str line, struct str s, struct reference_entry *e)
{
	size_t n = 0, offset;
	int error;

	while (n < s.n && !(s.p[n] == '/' && may_end(skip(s, n + 1))))
		n++;
	if (n == s.n)
		return false;
	e->form = REGEX;
	e->text = (struct str){ line.p, (size_t)(s.p + n + 1 - line.p) };
	/* Names are not case-sensitive. */
	e->regex = pcre2_compile((PCRE2_SPTR)s.p, n, PCRE2_CASELESS, &error, &offset, NULL);
	return e->regex != NULL;
}

static bool
read_line(struct str line, struct reference_entry *e)
{
	struct str s;

	memset(e, 0, sizeof(*e));
	skip_mark(&line, "\xef\xbb\xbf");
	while (line.n > 0 && is_blank(line.p[0]))
		line = skip(line, 1);
	s = line;
	e->negated = skip_mark(&s, "!");
	return skip_mark(&s, "/") ? read_regex(line, s, e) : read_domain(line, s, e);
}

/* --- Matching and precedence --- */

static bool
found_by_regex(const struct reference_entry *e, struct str text, bool *gave_up)
{
	pcre2_match_data *data = pcre2_match_data_create_from_pattern(e->regex, NULL);
	pcre2_match_context *context = pcre2_match_context_create(NULL);
	int rc;

	pcre2_set_match_limit(context, REGEX_STEPS);
	rc = pcre2_match(e->regex, (PCRE2_SPTR)text.p, text.n, 0, PCRE2_NO_JIT, data, context);
	pcre2_match_context_free(context);
	pcre2_match_data_free(data);
	if (rc < 0 && rc != PCRE2_ERROR_NOMATCH)
		*gave_up = true;
	return rc >= 0;
}

static bool
matches(const struct reference_entry *e, const struct reference_name *name, bool *gave_up)
{
	size_t end = name->at[name->labels], length = e->name.at[e->name.labels];
	unsigned more = name->labels - e->name.labels, at;

	if (e->form == REGEX)
		return found_by_regex(e, name->text, gave_up);
	if (name->labels < e->name.labels)
		return false;
	at = name->at[more];
	if (end - at != length || memcmp(name->wire + at, e->name.wire, length) != 0)
		return false;
	return more == 0 ? e->form != BELOW : e->form != SELF;
}

/*
 * Whether entry `a` takes precedence over entry `b`, if both match. Of entries with equal
 * precedence, the caller uses the first.
 */
static bool
wins(const struct reference_entry *a, const struct reference_entry *b)
{
	if ((a->form == REGEX) != (b->form == REGEX))
		return b->form == REGEX;
	if (a->form != REGEX && a->name.labels != b->name.labels)
		return a->name.labels > b->name.labels;
	if ((a->form == SELF) != (b->form == SELF))
		return a->form == SELF;
	return a->negated && !b->negated;
}

static const struct reference_entry *
best_of(const struct reference_list *list, const struct reference_name *name, bool *gave_up)
{
	const struct reference_entry *best = NULL;

	for (size_t i = 0; i < list->n; i++) {
		const struct reference_entry *e = &list->entries[i];

		if (matches(e, name, gave_up) && (best == NULL || wins(e, best)))
			best = e;
	}
	return best;
}

/* --- Comparison --- */

void
pair_open(struct pair *p, uint64_t seed, unsigned lists)
{
	memset(p, 0, sizeof(*p));
	p->set = domset_new(seed);
	for (unsigned i = 0; i < lists; i++) {
		char tag = (char)('a' + i);

		domset_list(p->set, (struct str){ &tag, 1 });
	}
}

static void
free_entry(struct reference_entry *e, bool with_text)
{
	pcre2_code_free(e->regex);
	if (with_text)
		free((char *)e->text.p);
}

void
pair_close(struct pair *p)
{
	for (unsigned i = 0; i < REFERENCE_LISTS; i++) {
		for (size_t j = 0; j < p->lists[i].n; j++)
			free_entry(&p->lists[i].entries[j], true);
		free(p->lists[i].entries);
	}
	domset_free(p->set);
}

static void
keep(struct pair *p, unsigned list, const struct reference_entry *e)
{
	struct reference_list *l = &p->lists[list];

	l->entries = mem_grow(l->entries, l->n, &l->cap, sizeof(*e));
	l->entries[l->n] = *e;
	l->entries[l->n++].text.p = mem_dup(e->text.p, e->text.n);
	p->entries++;
}

const char *
pair_add(struct pair *p, unsigned list, struct str line)
{
	struct list_entry theirs;
	struct reference_entry ours;
	bool good, taken, refused;

	if (list_parse(line, &theirs) != NULL || theirs.form == LIST_NOTHING)
		return NULL;
	good = read_line(line, &ours);
	taken = domset_add(p->set, list, &theirs) == NULL;
	if (good && taken) {
		keep(p, list, &ours);
		return NULL;
	}
	refused = theirs.form == LIST_REGEX;	/* a limit of size or number may refuse it */
	free_entry(&ours, false);
	if (taken)
		return "the domain set takes an entry that the grammar does not have";
	return good && !refused ? "the domain set refuses an entry of the grammar" : NULL;
}

void
pair_seal(struct pair *p)
{
	domset_seal(p->set);
}

/* Appends the text of an entry as in rule=. */
static void
escape(struct str text, struct buf *out)
{
	for (size_t i = 0; i < text.n; i++) {
		uint8_t byte = (uint8_t)text.p[i];
		char digits[5];

		if (byte >= '!' && byte <= '~' && byte != ',') {
			buf_byte(out, byte);
			continue;
		}
		snprintf(digits, sizeof(digits), "\\%03d", byte);
		buf_str(out, str_of(digits));
	}
}

static void
count(struct pair *p, const struct reference_entry *e, bool via)
{
	if (e == NULL) {
		p->undecided++;
		return;
	}
	p->decided[e->form][e->negated]++;
	p->by_via += via;
}

/* Appends a message if the decisions of a list differ. */
static void
compare_lists(struct pair *p, unsigned list, uint32_t rule, const struct reference_entry *e,
    struct buf *out)
{
	static struct buf ours = BUF(1 << 20), theirs = BUF(1 << 20);
	bool negated = rule != DOMSET_NO_RULE && domset_negated(p->set, rule);

	buf_cut(&ours, 0);
	buf_cut(&theirs, 0);
	if (e != NULL)
		escape(e->text, &ours);
	if (rule != DOMSET_NO_RULE)
		domset_text(p->set, rule, &theirs);
	if (str_eq(buf_view(&ours), buf_view(&theirs)) && negated == (e != NULL && e->negated))
		return;
	buf_str(out, STR(" list "));
	buf_num(out, list);
	buf_str(out, STR(": '"));
	buf_str(out, buf_view(&theirs));
	buf_str(out, negated ? STR("' (an exception) instead of '") : STR("' instead of '"));
	buf_str(out, buf_view(&ours));
	buf_byte(out, '\'');
}

const char *
pair_ask(struct pair *p, const struct str names[], size_t n)
{
	static struct buf out = BUF(1 << 22);
	const struct reference_entry *found[REFERENCE_LISTS] = { NULL };
	uint32_t rules[REFERENCE_LISTS] = { DOMSET_NO_RULE };
	unsigned lists = domset_lists(p->set), filled = 0;
	uint64_t limits = domset_regex_limits(p->set);
	struct reference_name name;

	buf_cut(&out, 0);
	p->gave_up = false;
	for (size_t i = 0; i < n; i++) {
		unsigned decided = 0;

		if (!read_name(names[i], &name))
			buf_str(&out, STR(" not a name"));
		for (unsigned j = 0; j < lists; j++) {
			if (found[j] == NULL &&
			    (found[j] = best_of(&p->lists[j], &name, &p->gave_up)) != NULL)
				count(p, found[j], i > 0);
			decided += found[j] != NULL;
		}
		filled += domset_match(p->set, names[i], rules);
		if (filled != decided)
			buf_str(&out, STR(" another number of lists that decide;"));
	}
	for (unsigned j = 0; j < lists; j++) {
		if (found[j] == NULL)
			count(p, NULL, false);
		compare_lists(p, j, rules[j], found[j], &out);
	}
	if (p->gave_up || domset_regex_limits(p->set) != limits ||
	    domset_regexes_off(p->set) > 0) {
		p->unsure++;
		return NULL;
	}
	if (out.len == 0)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		buf_str(&out, i == 0 ? STR(" for ") : STR(","));
		buf_str(&out, names[i]);
	}
	buf_byte(&out, '\0');
	return out.data;
}
