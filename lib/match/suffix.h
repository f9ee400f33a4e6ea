/*
 * The suffix index: finds the rules of a name and of the names above it.
 */
#ifndef SUFFIX_H
#define SUFFIX_H

#include "match/rules.h"

#define SUFFIX_LABELS_MAX 127		/* the most labels in NAME_WIRE_MAX bytes */

struct suffix {
	uint64_t seed;
	struct suffix_slot *slots;	/* owned; NULL before suffix_build */
	size_t mask;			/* number of slots - 1 */
	bool lengths[NAME_STRLEN];	/* [n]: a rule for names below a name of length n */
	uint64_t *bloom;		/* owned: a Bloom filter */
	size_t bloom_mask;		/* number of words - 1 */
};

/* A name that may have rules. */
struct suffix_name {
	uint64_t hash;
	struct str text;
};

/*
 * Indexes all rules except regular expressions; there are at most `n`. Of equal rules only the
 * first is indexed. Returns the number of indexed rules. The caller must set s->seed before, and
 * keep the rules until suffix_free. A second call replaces the index.
 */
size_t suffix_build(struct suffix *s, const struct rules *rules, size_t n);
void suffix_free(struct suffix *s);

/*
 * Finds the names that may have rules among `name` (without the root's dot) and the names above it,
 * the shortest first. Returns the number of names found.
 */
size_t suffix_find(
    const struct suffix *s, struct str name, struct suffix_name found[SUFFIX_LABELS_MAX + 1]);

/*
 * Returns the next rule whose name may have this hash, in the order of adding; RULES_NONE after the
 * last. *at is the state of the search; the caller sets it to the hash first.
 */
uint32_t suffix_next(const struct suffix *s, uint64_t hash, size_t *at);

#endif
