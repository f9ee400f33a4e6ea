/*
 * Finds the tags of an answer. One domain set has the entries of the lists, another the entries of
 * the exception lists, which apply to all lists.
 */
#ifndef LISTS_H
#define LISTS_H

#include "base/buf.h"
#include "base/log.h"
#include "match/domset.h"

#define LISTS_NO_VIA ((struct str){ NULL, 0 })

struct lists_set {
	struct domset *set;	/* entries of the lists; owned */
	struct domset *exceptions;	/* entries of the exception lists; owned */
	uint64_t bad_entries;	/* counter: invalid lines, which were not added */
	struct log_limit limit;	/* limits messages about regular expressions */
	struct buf tag, rule;	/* result of the last lists_decide, in list order; owned */
};

/* Creates empty sets for domset_add. Call lists_seal after the last entry. */
void lists_begin(struct lists_set *s);
void lists_seal(struct lists_set *s);

void lists_set_free(struct lists_set *s);

size_t lists_entries(const struct lists_set *s);

/* The sums of domset_regex_limits and of domset_regexes_off over both sets. */
uint64_t lists_regex_limits(const struct lists_set *s);
size_t lists_regexes_off(const struct lists_set *s);

/*
 * Sets s->tag and s->rule for an answer with this name and `via` (names separated by `,`, or
 * absent), all canonical. Both are empty when no list matches. Reports each regular expression that
 * was switched off.
 */
void lists_decide(struct lists_set *s, struct str name, struct str via);

#endif
