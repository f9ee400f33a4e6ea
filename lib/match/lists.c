#include "match/lists.h"

#include "base/hash.h"
#include "line/answer.h"
#include "match/pattern.h"

void
lists_begin(struct lists_set *s)
{
	*s = (struct lists_set){ .set = domset_new(hash_seed()),
	    .exceptions = domset_new(hash_seed()), .tag = BUF(ANSWER_MAX),
	    .rule = BUF(ANSWER_MAX) };
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
	buf_free(&s->tag);
	buf_free(&s->rule);
	*s = (struct lists_set){ 0 };
}

size_t
lists_entries(const struct lists_set *s)
{
	return domset_entries(s->set) + domset_entries(s->exceptions);
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

/* Whether any exception list decides that the name is an exception. */
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
report_off(struct domset *set, struct log_limit *limit)
{
	struct domset_place place;

	while (domset_take_off(set, &place))
		log_limited(limit, "%s:%lu: regular expression disabled: too many steps for "
		    "%d names; simplify or remove it", place.file, place.line,
		    PATTERN_STRIKES);
}

static void
describe(struct lists_set *s, const uint32_t rules[])
{
	buf_cut(&s->tag, 0);
	buf_cut(&s->rule, 0);
	for (unsigned i = 0; i < domset_lists(s->set); i++) {
		if (rules[i] == DOMSET_NO_RULE || domset_negated(s->set, rules[i]))
			continue;
		if (s->tag.len > 0) {
			buf_byte(&s->tag, ',');
			buf_byte(&s->rule, ',');
		}
		buf_str(&s->tag, domset_tag(s->set, i));
		domset_text(s->set, rules[i], &s->rule);
	}
}

/*
 * For each list, the first name that matches one of its entries decides. A name in an exception
 * list ends the search; lists already decided keep their verdict.
 */
void
lists_decide(struct lists_set *s, struct str name, struct str via)
{
	uint32_t rules[DOMSET_LISTS_MAX], exceptions[DOMSET_LISTS_MAX];
	unsigned open = domset_lists(s->set);

	memset(rules, 0, open * sizeof(rules[0]));
	memset(exceptions, 0, domset_lists(s->exceptions) * sizeof(exceptions[0]));
	do {
		if (is_excepted(s->exceptions, name, exceptions))
			break;
		open -= domset_match(s->set, name, rules);
	} while (open > 0 && str_split(&via, ',', &name));
	describe(s, rules);
	report_off(s->set, &s->limit);
	report_off(s->exceptions, &s->limit);
}
