/*
 * A reference for the list grammar of dnstap-match(1): it compares a name, as labels, with each
 * entry of a list, and takes the best. It is slow and shares no code with the domain set and the
 * list parser, which are compared with it.
 */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "match/domset.h"

#define REFERENCE_LISTS 8
#define REFERENCE_NAMES 8	/* of one answer */

enum reference_form { SELF_AND_BELOW, SELF, BELOW, REGEX, REFERENCE_FORMS };

/* A name as labels, in wire format without the root's zero byte. */
struct reference_name {
	struct str text;	/* canonical, not owned; for regular expressions */
	unsigned labels;
	uint8_t at[128];	/* the position of each label, and of the end */
	uint8_t wire[256];
};

struct reference_entry;

struct reference_list {
	struct reference_entry *entries;
	size_t n, cap;
};

/* The same lists in a domain set and in the reference. */
struct pair {
	struct domset *set;
	struct reference_list lists[REFERENCE_LISTS];
	size_t entries;		/* that were added */
	bool gave_up;		/* a regular expression took too long for the reference */
	/* Answers that were not compared, as a regular expression took too long. */
	uint64_t unsure;
	/* Decisions by form of entry; [1]: by an exception. */
	uint64_t decided[REFERENCE_FORMS][2];
	uint64_t undecided;
	uint64_t by_via;	/* decisions by another name than the first */
};

/* An empty pair of `n` lists. */
void pair_open(struct pair *p, uint64_t seed, unsigned lists);
void pair_close(struct pair *p);

/*
 * Adds a line to a list of both, unless the domain set's parser refuses it. NULL, or the line that
 * only one of them accepts.
 */
const char *pair_add(struct pair *p, unsigned list, struct str line);

/* Ends adding lines. Must be called once, before the first look-up. */
void pair_seal(struct pair *p);

/*
 * Looks up an answer with these names (canonical), the question first, in both. NULL: for each
 * list, they agree on the text of the entry and whether it is an exception. Otherwise a message,
 * valid until the next call. If a regular expression takes too long, the answer is not compared.
 */
const char *pair_ask(struct pair *p, const struct str names[], size_t n);

#endif
