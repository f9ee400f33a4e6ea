/*
 * The words of an export or delete: selectors, each of which records whether it has matched a pair.
 * Names are found by hash, since the via of a pair may have thousands of them; each prefix is
 * compared with the address.
 */
#ifndef SELECTORS_H
#define SELECTORS_H

#include "base/table.h"
#include "ipcache/selector.h"
#include "line/answer.h"

/* All zero to begin with. */
struct selectors {
	struct selectors_word {
		struct selector target;
		bool found;
	} *words;		/* owned */
	size_t n, cap;
	struct table names;	/* the words that are names */
	uint64_t seed;
	uint32_t *prefixes;	/* owned: the words that are prefixes */
	size_t prefixes_n, prefixes_cap;
	size_t checked;		/* words that selectors_next_missing has passed */
};

/* Adds a word; a name that was added before is ignored. NULL, or the reason why it is none. */
const char *selectors_add(struct selectors *s, struct str word);

/*
 * Whether a word means the pair, by address or NAME, or, with `by_via`, by a name in via; true when
 * there are no words. Adds to *cost what that costs, in comparisons with a prefix.
 */
bool selectors_match(struct selectors *s, const struct answer *a, bool by_via, size_t *cost);

/* The next word that has matched nothing, or NULL. */
const struct selector *selectors_next_missing(struct selectors *s);

void selectors_free(struct selectors *s);

#endif
