/*
 * The domain set: the entries of any number of lists, and which of them decides about a name. The
 * rule of precedence stands in dnstap-match(1); matching goes by whole labels.
 *
 * rules.h stores the entries, suffix.h finds those whose name is a name or above it, pattern.h
 * searches the regular expressions. This file decides between the rules that match.
 */
#ifndef DOMSET_H
#define DOMSET_H

#include "base/buf.h"
#include "base/str.h"
#include "match/list.h"

struct domset;

#define DOMSET_NO_RULE 0
#define DOMSET_LISTS_MAX 1000
/* Bytes of an entry as domset_text gives it: `rule=` is to have room in a line. */
#define DOMSET_ENTRY_MAX 4096

/* An empty set; `seed` is random, so that nobody can choose names that collide. */
struct domset *domset_new(uint64_t seed);
void domset_free(struct domset *set);

/*
 * Adds a list, or finds the one that has this tag already. Returns its number, from 0, in the order
 * added.
 */
unsigned domset_list(struct domset *set, struct str tag);

/*
 * Adds an entry to a list; its text is copied. NULL, or the reason why it cannot be: a regular
 * expression that does not compile, too long, or no more room. An entry that the list has already
 * changes nothing.
 */
const char *domset_add(struct domset *set, unsigned list, const struct list_entry *e);

/* Puts what was added in force: to be called after the last entry and before anything is asked. */
void domset_seal(struct domset *set);

unsigned domset_lists(const struct domset *set);
struct str domset_tag(const struct domset *set, unsigned list);
/* The entries in force; 0 before domset_seal, but for regular expressions. */
size_t domset_entries(const struct domset *set);

/*
 * Finds for each list the entry that decides about `name` (canonical). rules[] has one place a
 * list: a place that holds a rule already is left alone, so that the names of an answer are asked
 * one after the other, the question's first; DOMSET_NO_RULE stays where no entry matches. Returns
 * how many places it filled.
 */
unsigned domset_match(struct domset *set, struct str name, uint32_t rules[]);

/* The rule is an exception: its list does not tag the name. */
bool domset_negated(const struct domset *set, uint32_t rule);

/* Appends the rule's entry as its list has it, escaped for `rule=`. */
void domset_text(const struct domset *set, uint32_t rule, struct buf *out);

/*
 * Regular expressions have limits, as pattern.h describes. One that is given up for a name does not
 * match, unless it is an exception; one that is switched off matches nothing.
 */

/* How often a regular expression was given up for a name. */
uint64_t domset_regex_limits(const struct domset *set);

/* The number of regular expressions that are switched off. */
size_t domset_regexes_off(const struct domset *set);

/* The entries of this set are exceptions to other sets, and those with `!` are not. */
void domset_except(struct domset *set);

/* Where an entry stands, for messages. The file is not copied. */
struct domset_place {
	const char *file;	/* NULL: not known */
	unsigned long line;
};

/* The place of the entries that are added next. */
void domset_set_place(struct domset *set, const char *file, unsigned long line);

/* The place of a regular expression that was switched off; false when all have been returned. */
bool domset_take_off(struct domset *set, struct domset_place *place);

#endif
