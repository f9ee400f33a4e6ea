/*
 * The suffix index: finds the rules whose name is a name or above it.
 *
 * The hash of a name is the hash of its first label, keyed by the hash of the name above it; the
 * hash of the root is the seed. One walk over a name from its end computes the hashes of all names
 * above it. Rules lie in an open-addressing table under the hash of their name; a look-up reads the
 * table once for each number of labels that rules have, whatever the number of rules.
 */
#ifndef SUFFIX_H
#define SUFFIX_H

#include "match/rules.h"

#define SUFFIX_LABELS_MAX 127		/* in a name: NAME_WIRE_MAX bytes hold no more */

struct suffix {
	uint64_t seed;
	struct suffix_slot *slots;	/* owned; NULL before suffix_build */
	size_t mask;			/* slots - 1 */
	/* By number of labels: rules that match below their name, rules that match the name. */
	bool depths[SUFFIX_LABELS_MAX + 1], exact_depths[SUFFIX_LABELS_MAX + 1];
	/* A Bloom filter of the names of few labels at or below which there are rules. */
	uint64_t *bloom;		/* owned */
	size_t bloom_mask;		/* words - 1 */
};

/* A name for which the table may have rules. */
struct suffix_name {
	uint64_t hash;
	struct str text;
};

/*
 * Indexes all rules but regexes; `n` of them at most. Of equal rules only the first is indexed.
 * Returns how many. The rules must outlive the index; s->seed is set, s->slots NULL or from before.
 */
size_t suffix_build(struct suffix *s, const struct rules *rules, size_t n);
void suffix_free(struct suffix *s);

/*
 * Finds the names for which there may be rules among `name` (without the root's dot) and the names
 * above it, the shortest first. Returns their number.
 */
size_t suffix_find(
    const struct suffix *s, struct str name, struct suffix_name found[SUFFIX_LABELS_MAX + 1]);

/*
 * The place of the next rule from *at on whose name may have this hash, in the order of adding;
 * RULES_NONE after the last. *at starts as the hash.
 */
uint32_t suffix_next(const struct suffix *s, uint64_t hash, size_t *at);

#endif
