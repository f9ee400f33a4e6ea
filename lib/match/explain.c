/*
 * The lists are read again, line by line, and each entry is compared with the name as the grammar
 * defines it. So the domain set need not store the lines of its entries. The explanation is
 * independent of the index, and a test compares them.
 *
 * - In each list the entry with the greatest weight decides; of entries of equal weight, the first.
 * - Sources with the same tag are one list. An exception list applies to all lists.
 */
#include "match/explain.h"

#include <stdlib.h>

#include "base/mem.h"
#include "line/answer.h"

/* An entry that matches a name. */
struct hit {
	const struct list_file *source;
	size_t list;		/* number of the first source with the same tag */
	unsigned long line;	/* the line number, from 1 */
	struct str text;	/* the entry, in the text of the source */
	bool negated;
	unsigned weight;
};

struct hits {
	struct hit *of;		/* owned */
	size_t n, cap;
};

static unsigned
labels(struct str name)
{
	unsigned n = str_eq(name, STR(".")) ? 0 : 1;

	for (size_t i = 0; i < name.n && n > 0; i++)
		n += name.p[i] == '.';
	return n;
}

/* Weighs by number of labels, then `=`, then `!`. A regex weighs less than any domain entry. */
static unsigned
weight(const struct list_entry *e)
{
	if (e->form == LIST_REGEX)
		return e->negated;
	return 2 + 4 * labels(e->name) + (e->form == LIST_EXACT ? 2u : 0) + e->negated;
}

static bool
is_below(struct str name, struct str above)
{
	size_t before = name.n - above.n;

	if (str_eq(above, STR(".")))
		return !str_eq(name, above);
	return name.n > above.n && name.p[before - 1] == '.' &&
	    str_eq((struct str){ name.p + before, above.n }, above);
}

static bool
finds(const struct list_entry *regex, struct str name)
{
	struct domset *set = domset_new(0);
	uint32_t rule = DOMSET_NO_RULE;

	if (domset_add(set, domset_list(set, STR("")), regex) == NULL) {
		domset_seal(set);
		domset_match(set, name, &rule);
	}
	domset_free(set);
	return rule != DOMSET_NO_RULE;
}

static bool
matches(const struct list_entry *e, struct str name)
{
	switch (e->form) {
	case LIST_DOMAIN:
		return str_eq(name, e->name) || is_below(name, e->name);
	case LIST_EXACT:
		return str_eq(name, e->name);
	case LIST_BELOW:
		return is_below(name, e->name);
	case LIST_REGEX:
		return finds(e, name);
	default:
		return false;
	}
}

static size_t
list_of(const struct list_files *l, const struct list_file *s)
{
	size_t i = 0;

	while (l->sources[i].excepts != s->excepts || strcmp(l->sources[i].tag, s->tag) != 0)
		i++;
	return i;
}

static void
find_hits(const struct list_files *l, const struct list_file *s, struct str name, struct hits *hits)
{
	struct str text = buf_view(&s->text), line;
	size_t list = list_of(l, s);
	struct list_entry e;

	for (unsigned long number = 1; str_split(&text, '\n', &line); number++) {
		if (list_parse(line, &e) != NULL || !matches(&e, name))
			continue;
		hits->of = mem_grow(hits->of, hits->n, &hits->cap, sizeof(*hits->of));
		hits->of[hits->n++] =
		    (struct hit){ s, list, number, e.text, e.negated, weight(&e) };
	}
}

static int
by_precedence(const void *one, const void *other)
{
	const struct hit *a = one, *b = other;

	if (a->source->excepts != b->source->excepts)
		return a->source->excepts ? -1 : 1;
	if (a->list != b->list)
		return a->list < b->list ? -1 : 1;
	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	if (a->source != b->source)
		return a->source < b->source ? -1 : 1;
	return a->line < b->line ? -1 : 1;
}

static void
print_hit(struct str name, const struct hit *h, struct str result, struct buf *out)
{
	buf_str(out, name);
	buf_byte(out, ' ');
	if (h->source->excepts)
		buf_byte(out, '!');
	buf_str(out, str_of(h->source->tag));
	buf_byte(out, ' ');
	buf_str(out, result);
	buf_byte(out, ' ');
	answer_escape(h->text, out);
	buf_byte(out, ' ');
	buf_str(out, str_of(h->source->path));
	buf_byte(out, ':');
	buf_num(out, h->line);
	buf_byte(out, '\n');
}

/*
 * The RESULT of `first`, the entry that decides for its list. `excepted`: the name is an exception
 * of an exception list.
 */
static struct str
result_of(const struct hit *first, bool excepted)
{
	if (first->source->excepts)
		return first->negated ? STR("lifts") : STR("excepts");
	if (excepted)
		return STR("beaten");
	return first->negated ? STR("excepts") : STR("tags");
}

static bool
explain_name(struct str name, const struct hits *hits, struct buf *out)
{
	bool excepted = false, tagged = false;

	for (size_t i = 0; i < hits->n; i++) {
		const struct hit *h = &hits->of[i];
		struct str result = STR("beaten");

		if (i == 0 || h->list != h[-1].list) {
			result = result_of(h, excepted);
			excepted |= h->source->excepts && !h->negated;
			tagged |= str_eq(result, STR("tags"));
		}
		print_hit(name, h, result, out);
	}
	if (hits->n == 0) {
		buf_str(out, name);
		buf_str(out, STR(" - unmatched\n"));
	}
	return tagged;
}

bool
explain(const struct list_files *l, const struct str names[], size_t n, struct buf *out)
{
	bool all = true;

	for (size_t i = 0; i < n; i++) {
		struct hits hits = { 0 };

		for (size_t j = 0; j < l->n; j++)
			find_hits(l, &l->sources[j], names[i], &hits);
		if (hits.n > 0)
			qsort(hits.of, hits.n, sizeof(*hits.of), by_precedence);
		all = explain_name(names[i], &hits, out) && all;
		free(hits.of);
	}
	return all;
}
