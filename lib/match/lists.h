/*
 * The lists as two sets of domains, and what these say of an answer. The set holds the entries of
 * the lists; the exceptions hold the entries of the exception lists, which are exceptions for all
 * lists. list_files.h reads the lists of a command line into them.
 */
#ifndef LISTS_H
#define LISTS_H

#include "base/buf.h"
#include "match/domset.h"

struct lists_set {
	struct domset *set;	/* of the lists; owned */
	struct domset *exceptions;	/* of the exception lists, often empty; owned */
	uint64_t bad_entries;	/* named, and left out */
};

/* Empty sets, into which domset_add puts entries; lists_seal comes after the last entry. */
void lists_begin(struct lists_set *s);
void lists_seal(struct lists_set *s);

void lists_set_free(struct lists_set *s);

size_t lists_entries(const struct lists_set *s);

/* Regular expressions: how often one was given up for a name, and how many are switched off. */
uint64_t lists_regex_limits(const struct lists_set *s);
size_t lists_regexes_off(const struct lists_set *s);

/*
 * Decides about an answer with this name and these in `via` (parted by `,`, or absent), all
 * canonical: rules[] gets, for each list of s->set, the rule that decides, or DOMSET_NO_RULE.
 * Reports each regular expression that is switched off.
 */
void lists_decide(struct lists_set *s, struct str name, struct str via, uint32_t rules[]);

/*
 * Appends `tag` and `rule` of the lists that match by these rules, in the order of the command
 * line.
 */
void lists_describe(const struct lists_set *s, const uint32_t rules[], struct buf *tag,
    struct buf *rule);

#endif
