/*
 * The list grammar of dnstap-match(1) read word by word: it holds names as their labels, asks every
 * entry of a list in turn, and keeps the best. Slow, and with no code of the domain set or of the
 * list parser in it, so that these can be held against it.
 */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "match/domset.h"

#define REFERENCE_LISTS 8
#define REFERENCE_NAMES 8	/* of one answer */

enum reference_form { SELF_AND_BELOW, SELF, BELOW, REGEX, REFERENCE_FORMS };

/* A name by its labels, in the form of the wire without the root's zero byte. */
struct reference_name {
	struct str text;	/* canonical, somebody else's; what a regular expression sees */
	unsigned labels;
	uint8_t at[128];	/* where each label begins, and the end */
	uint8_t wire[256];
};

struct reference_entry;

struct reference_list {
	struct reference_entry *entries;
	size_t n, cap;
};

/* The lists, in a domain set and as the reference has them. */
struct pair {
	struct domset *set;
	struct reference_list lists[REFERENCE_LISTS];
	size_t entries;		/* that were added */
	bool gave_up;		/* a regular expression took too long for the reference */
	/* Answers that were not compared, as a regular expression was given up. */
	uint64_t unsure;
	/* How often by such an entry; [1]: by an exception. */
	uint64_t decided[REFERENCE_FORMS][2];
	uint64_t undecided;
	uint64_t by_via;	/* how often by another name than the first */
};

/* An empty pair whose domain set has so many lists. */
void pair_open(struct pair *p, uint64_t seed, unsigned lists);
void pair_close(struct pair *p);

/*
 * Adds a line to the list of both, unless the domain set's parser has a reason to refuse it. NULL,
 * or what one of them takes and the other does not.
 */
const char *pair_add(struct pair *p, unsigned list, struct str line);

/* No line will be added any more. To be called once, before the first question. */
void pair_seal(struct pair *p);

/*
 * Asks both about an answer with these names (canonical), the question's first. NULL when they
 * agree, in each list, on the entry's text and on whether it is an exception; otherwise a message,
 * valid till the next call. When either gives up a regular expression, there is nothing to compare,
 * and all is well.
 */
const char *pair_ask(struct pair *p, const struct str names[], size_t n);

#endif
