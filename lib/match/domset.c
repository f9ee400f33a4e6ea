/*
 * rules.h stores the entries. suffix.h finds the rules of a name and of the names above it (its
 * parent domains), and pattern.h searches the regular expressions. This file selects the rule that
 * decides, for each list separately.
 *
 * - Names are weighed from the longest to the shortest, so that only rules of equal length compete.
 * - Rules of a name are weighed in the order of the list; the first of equal rules decides.
 * - Regular expressions run last, and only for lists that no domain entry decided.
 */
#include "match/domset.h"

#include <stdlib.h>

#include "base/mem.h"
#include "match/pattern.h"
#include "match/suffix.h"

struct regex {
	uint32_t rule;
	bool reported;		/* domset_take_off has returned this expression */
	struct domset_place place;
};

struct domset {
	struct rules rules;
	struct suffix suffix;	/* the domain rules, by name */
	size_t domains_n;	/* domain entries, including duplicates */
	size_t rules_n;		/* rules, excluding duplicates */
	struct patterns patterns;
	struct regex *regexes;	/* owned; the index is the number of the pattern */
	size_t regexes_cap, reported;
	struct domset_place place;	/* the place of the next entry */
	bool excepts;
	struct str *tags;	/* owned, with their texts */
	size_t tags_n, tags_cap;
};

struct domset *
domset_new(uint64_t seed)
{
	struct domset *set = mem_zero(1, sizeof(*set));

	set->suffix.seed = seed;
	rules_open(&set->rules);
	return set;
}

void
domset_free(struct domset *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->tags_n; i++)
		free((char *)set->tags[i].p);
	patterns_free(&set->patterns);
	suffix_free(&set->suffix);
	rules_free(&set->rules);
	free(set->regexes);
	free(set->tags);
	free(set);
}

unsigned
domset_list(struct domset *set, struct str tag)
{
	for (size_t i = 0; i < set->tags_n; i++)
		if (str_eq(set->tags[i], tag))
			return (unsigned)i;
	set->tags = mem_grow(set->tags, set->tags_n, &set->tags_cap, sizeof(*set->tags));
	set->tags[set->tags_n] = (struct str){ mem_dup(tag.p, tag.n), tag.n };
	return (unsigned)set->tags_n++;
}

unsigned
domset_lists(const struct domset *set)
{
	return (unsigned)set->tags_n;
}

struct str
domset_tag(const struct domset *set, unsigned list)
{
	return set->tags[list];
}

size_t
domset_entries(const struct domset *set)
{
	return set->rules_n;
}

uint64_t
domset_regex_limits(const struct domset *set)
{
	return set->patterns.given_up;
}

size_t
domset_regexes_off(const struct domset *set)
{
	return set->patterns.off;
}

void
domset_except(struct domset *set)
{
	set->excepts = true;
}

void
domset_set_place(struct domset *set, const char *file, unsigned long line)
{
	set->place = (struct domset_place){ file, line };
}

bool
domset_take_off(struct domset *set, struct domset_place *place)
{
	if (set->reported == set->patterns.off)
		return false;
	for (size_t i = 0; i < set->patterns.n; i++) {
		struct regex *x = &set->regexes[i];

		if (x->reported || !pattern_is_off(&set->patterns, i))
			continue;
		x->reported = true;
		set->reported++;
		*place = x->place;
		return true;
	}
	return false;
}

bool
domset_negated(const struct domset *set, uint32_t rule)
{
	return rules_at(&set->rules, rule).negated;
}

static const char *
add_regex(struct domset *set, unsigned list, const struct list_entry *e)
{
	const char *why = pattern_add(&set->patterns, list, e->name);
	size_t i = set->patterns.n - 1;

	if (why != NULL)
		return why;
	set->regexes = mem_grow(set->regexes, i, &set->regexes_cap, sizeof(*set->regexes));
	set->regexes[i] = (struct regex){ rules_add(&set->rules, list, e), false, set->place };
	set->rules_n++;
	return NULL;
}

const char *
domset_add(struct domset *set, unsigned list, const struct list_entry *e)
{
	const char *why = rules_check(&set->rules, e);

	if (why != NULL)
		return why;
	if (e->form == LIST_REGEX)
		return add_regex(set, list, e);
	rules_add(&set->rules, list, e);
	set->domains_n++;
	return NULL;
}

void
domset_seal(struct domset *set)
{
	set->rules_n = set->patterns.n +
	    suffix_build(&set->suffix, &set->rules, set->domains_n);
}

/* Precedence among the rules of one name in one list: `=` first, then an exception. */
static unsigned
rank(const struct rule *r)
{
	return (r->form == LIST_EXACT ? 2u : 0) + r->negated;
}

/* A name to match. A list is open while no rule has decided for it. */
struct question {
	struct str text, name;	/* canonical; `name` is without the root's dot */
	const uint32_t *decided;	/* rules of the answer's earlier names, by list */
	uint32_t *found;		/* rules of this name, by list */
	unsigned open;			/* number of open lists */
};

static void
weigh_rule(const struct domset *set, struct question *q, uint32_t rule, const struct rule *r)
{
	struct rule best;

	if (q->found[r->list] == DOMSET_NO_RULE) {
		q->open--;
		q->found[r->list] = rule;
		return;
	}
	best = rules_at(&set->rules, q->found[r->list]);
	if (best.name_len == r->name_len && rank(r) > rank(&best))
		q->found[r->list] = rule;
}

static void
weigh_name(const struct domset *set, struct question *q, const struct suffix_name *name)
{
	enum list_form other = name->text.n == q->name.n ? LIST_BELOW : LIST_EXACT;
	size_t at = name->hash;
	uint32_t rule;

	while ((rule = suffix_next(&set->suffix, name->hash, &at)) != RULES_NONE) {
		struct rule r = rules_at(&set->rules, rule);

		if (r.form != other && q->decided[r.list] == DOMSET_NO_RULE &&
		    str_eq(rules_name(&set->rules, rule, r.name_len), name->text))
			weigh_rule(set, q, rule, &r);
	}
}

/* Whether the regular expression would decide for its list if it matched. */
static bool
may_decide(const struct domset *set, const struct question *q, const struct rule *r)
{
	struct rule best;

	if (q->decided[r->list] != DOMSET_NO_RULE)
		return false;
	if (q->found[r->list] == DOMSET_NO_RULE)
		return true;
	best = rules_at(&set->rules, q->found[r->list]);
	return best.form == LIST_REGEX && rank(&best) < rank(r);
}

/* If the search is given up, an exception applies: a wrong route is worse than a missing route. */
static void
weigh_regexes(struct domset *set, struct question *q)
{
	struct patterns *p = &set->patterns;

	patterns_begin(p);
	for (size_t i = 0; i < p->n; i++) {
		uint32_t rule = set->regexes[i].rule;
		struct rule r = rules_at(&set->rules, rule);
		enum pattern_result result;

		if (!may_decide(set, q, &r))
			continue;
		result = pattern_match(p, i, q->text);
		if (result == PATTERN_MATCH ||
		    (result == PATTERN_GIVEN_UP && r.negated != set->excepts))
			q->found[r.list] = rule;
	}
	patterns_end(p);
}

unsigned
domset_match(struct domset *set, struct str name, uint32_t rules[])
{
	struct suffix_name names[SUFFIX_LABELS_MAX + 1];
	uint32_t found[DOMSET_LISTS_MAX];
	struct question q = { .text = name, .name = rules_labels(name), .decided = rules,
	    .found = found };
	size_t n = suffix_find(&set->suffix, q.name, names);
	unsigned filled = 0;

	if (n == 0 && set->patterns.n == 0)
		return 0;
	for (size_t i = 0; i < set->tags_n; i++) {
		found[i] = DOMSET_NO_RULE;
		q.open += rules[i] == DOMSET_NO_RULE;
	}
	while (n-- > 0 && q.open > 0)
		weigh_name(set, &q, &names[n]);
	weigh_regexes(set, &q);
	for (size_t i = 0; i < set->tags_n; i++) {
		if (found[i] == DOMSET_NO_RULE)
			continue;
		rules[i] = found[i];
		filled++;
	}
	return filled;
}

void
domset_text(const struct domset *set, uint32_t rule, struct buf *out)
{
	rules_text(&set->rules, rule, out);
}
