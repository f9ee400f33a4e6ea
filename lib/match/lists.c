#include "match/lists.h"

#include "base/hash.h"
#include "base/log.h"
#include "match/pattern.h"

void
lists_begin(struct lists_set *s)
{
	*s = (struct lists_set){ domset_new(hash_seed()), domset_new(hash_seed()), 0 };
	domset_except(s->exceptions);
}

void
lists_seal(struct lists_set *s)
{
	domset_seal(s->set);
	domset_seal(s->exceptions);
}

void
lists_set_free(struct lists_set *s)
{
	domset_free(s->set);
	domset_free(s->exceptions);
	*s = (struct lists_set){ 0 };
}

size_t
lists_entries(const struct lists_set *s)
{
	return domset_entries(s->set) + domset_entries(s->exceptions);
}

/* Each exception list decides for itself, as a list does; one is enough. */
static bool
is_excepted(struct domset *exceptions, struct str name, uint32_t rules[])
{
	if (domset_entries(exceptions) == 0)
		return false;
	domset_match(exceptions, name, rules);
	for (unsigned i = 0; i < domset_lists(exceptions); i++)
		if (rules[i] != DOMSET_NO_RULE && !domset_negated(exceptions, rules[i]))
			return true;
	return false;
}

/* Reports the regular expressions of a set that were switched off since the last call. */
static void
report_off(struct domset *set)
{
	static struct log_limit limit;
	struct domset_place place;

	while (domset_take_off(set, &place))
		log_limited(&limit, "%s:%lu: switched off: this regular expression took too many "
		    "steps for %d names; simplify or remove it", place.file, place.line,
		    PATTERN_STRIKES);
}

/*
 * Of the names in order, the first that any entry of a list matches decides for it. An exception
 * from outside holds like one of the list's own: for that name and those after it, where the list
 * has not decided before.
 */
void
lists_decide(struct lists_set *s, struct str name, struct str via, uint32_t rules[])
{
	uint32_t exceptions[DOMSET_LISTS_MAX];
	unsigned open = domset_lists(s->set);

	memset(rules, 0, open * sizeof(rules[0]));
	memset(exceptions, 0, domset_lists(s->exceptions) * sizeof(exceptions[0]));
	do {
		if (is_excepted(s->exceptions, name, exceptions))
			break;
		open -= domset_match(s->set, name, rules);
	} while (open > 0 && str_split(&via, ',', &name));
	report_off(s->set);
	report_off(s->exceptions);
}

uint64_t
lists_regex_limits(const struct lists_set *s)
{
	return domset_regex_limits(s->set) + domset_regex_limits(s->exceptions);
}

size_t
lists_regexes_off(const struct lists_set *s)
{
	return domset_regexes_off(s->set) + domset_regexes_off(s->exceptions);
}

void
lists_describe(const struct lists_set *s, const uint32_t rules[], struct buf *tag, struct buf *rule)
{
	for (unsigned i = 0; i < domset_lists(s->set); i++) {
		if (rules[i] == DOMSET_NO_RULE || domset_negated(s->set, rules[i]))
			continue;
		if (tag->len > 0) {
			buf_byte(tag, ',');
			buf_byte(rule, ',');
		}
		buf_str(tag, domset_tag(s->set, i));
		domset_text(s->set, rules[i], rule);
	}
}
