/*
 * A reference for the list grammar of dnstap-match(1). It compares the labels of a name with each
 * entry of a list, and chooses the entry of highest precedence. It is slow, and shares no code with
 * the domain set and the list parser, which are compared with it.
 */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "match/domset.h"

#define REFERENCE_LISTS 8
#define REFERENCE_NAMES 8	/* names of one answer */

enum reference_form { SELF_AND_BELOW, SELF, BELOW, REGEX, REFERENCE_FORMS };

/* A name as labels, in wire format without the root's zero byte. */
struct reference_name {
	struct str text;	/* canonical, not owned; for regular expressions */
	unsigned labels;
	uint8_t at[128];	/* the position of each label, and of the end, in wire */
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
	size_t entries;		/* number of entries added */
	bool gave_up;		/* a regular expression took too long for the reference */
	/* Number of answers that were not compared, because a regular expression took too long. */
	uint64_t unsure;
	/* Number of decisions by each form of entry; [1]: by exceptions. */
	uint64_t decided[REFERENCE_FORMS][2];
	uint64_t undecided;
	uint64_t by_via;	/* decisions by a name other than the first */
};

/* Opens a pair with `lists` empty lists. */
void pair_open(struct pair *p, uint64_t seed, unsigned lists);
void pair_close(struct pair *p);

/*
 * Adds a line to a list of the domain set and of the reference. A line that the list parser refuses
 * is ignored. Returns NULL, or a message if only one accepts the line.
 */
const char *pair_add(struct pair *p, unsigned list, struct str line);

/* Must be called once, after the last line is added and before the first look-up. */
void pair_seal(struct pair *p);

/*
 * Looks up an answer with these canonical names, the question first, in the domain set and in the
 * reference. Returns NULL if for each list they find the same entry, and agree whether it is an
 * exception. Otherwise returns a message, valid until the next call. If a regular expression takes
 * too long, the answer is not compared.
 */
const char *pair_ask(struct pair *p, const struct str names[], size_t n);

#endif
