/*
 * A domain set has the entries of any number of lists, and finds for each list the entry that
 * decides about a name. dnstap-match(1) describes the precedence. Matching is by whole labels.
 */
#ifndef DOMSET_H
#define DOMSET_H

#include "base/buf.h"
#include "base/str.h"
#include "match/list.h"

struct domset;

#define DOMSET_NO_RULE 0
#define DOMSET_LISTS_MAX 1000
#define DOMSET_ENTRY_MAX 4096	/* the most bytes of domset_text, so that `rule=` fits in a line */

/*
 * Creates an empty set. `seed` must be random, so that the author of a list cannot choose names
 * that collide.
 */
struct domset *domset_new(uint64_t seed);
void domset_free(struct domset *set);

/* Returns the number of the list with this tag; adds the list if it is new. Numbers begin at 0. */
unsigned domset_list(struct domset *set, struct str tag);

/*
 * Adds an entry to a list; its text is copied. A duplicate has no effect. Returns NULL, or the
 * reason: the regular expression does not compile, the entry is too long, or the set is full.
 */
const char *domset_add(struct domset *set, unsigned list, const struct list_entry *e);

/* Builds the index: call it after the last domset_add and before domset_match. */
void domset_seal(struct domset *set);

unsigned domset_lists(const struct domset *set);
struct str domset_tag(const struct domset *set, unsigned list);
/* The number of entries, without duplicates. Before domset_seal, only regular expressions count. */
size_t domset_entries(const struct domset *set);

/*
 * Finds for each list the entry that decides about the canonical `name`, and stores its rule in
 * rules[LIST]. The caller sets rules[] to DOMSET_NO_RULE before the first name of an answer; a rule
 * that an earlier name set is not replaced. Returns the number of rules that were stored.
 */
unsigned domset_match(struct domset *set, struct str name, uint32_t rules[]);

/* Whether the rule is an exception: its list does not tag the name. */
bool domset_negated(const struct domset *set, uint32_t rule);

/* Appends the text of the rule's entry, escaped for `rule=`. */
void domset_text(const struct domset *set, uint32_t rule, struct buf *out);

/*
 * Regular expressions have limits (pattern.h). An expression that is given up for a name matches
 * the name only if it is an exception. An expression that is switched off matches nothing. The
 * functions return the number of searches given up, and the number of expressions that are off.
 */
uint64_t domset_regex_limits(const struct domset *set);
size_t domset_regexes_off(const struct domset *set);

/*
 * Declares that the lists of this set are exception lists: entries without `!` are exceptions to
 * the lists of other sets.
 */
void domset_except(struct domset *set);

/* File and line of an entry, for messages. The file name is not copied. */
struct domset_place {
	const char *file;	/* NULL: unknown */
	unsigned long line;
};

/* Sets the place of the entries that are added next. */
void domset_set_place(struct domset *set, const char *file, unsigned long line);

/*
 * Sets *place to the place of the next regular expression that was switched off. False when none is
 * left.
 */
bool domset_take_off(struct domset *set, struct domset_place *place);

#endif
