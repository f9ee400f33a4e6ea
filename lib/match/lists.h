/*
 * The tags that the lists give to an answer. One domain set has the entries of the lists, another
 * the entries of the exception lists, which apply to all lists.
 */
#ifndef LISTS_H
#define LISTS_H

#include "base/buf.h"
#include "base/log.h"
#include "match/domset.h"

#define LISTS_NO_VIA ((struct str){ NULL, 0 })

struct lists_set {
	struct domset *set;	/* of the lists; owned */
	struct domset *exceptions;	/* of the exception lists; owned */
	uint64_t bad_entries;	/* reported and not added */
	struct log_limit limit;	/* of messages about regular expressions */
	struct buf tag, rule;	/* of the last lists_decide, in the order of lists; owned */
};

/* Creates empty sets for domset_add. Call lists_seal after the last entry. */
void lists_begin(struct lists_set *s);
void lists_seal(struct lists_set *s);

void lists_set_free(struct lists_set *s);

size_t lists_entries(const struct lists_set *s);

/* domset_regex_limits and domset_regexes_off of both sets. */
uint64_t lists_regex_limits(const struct lists_set *s);
size_t lists_regexes_off(const struct lists_set *s);

/*
 * Decides about an answer with this name and `via` (separated by `,`, or absent), all canonical.
 * Sets s->tag and s->rule, which are empty when no list has the answer, and reports each regular
 * expression that is switched off.
 */
void lists_decide(struct lists_set *s, struct str name, struct str via);

#endif
