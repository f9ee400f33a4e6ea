/*
 * Selectors, the arguments of export and delete: an address, prefix or name selects pairs. A set of
 * selectors records which of them have matched a pair.
 */
#ifndef SELECTOR_H
#define SELECTOR_H

#include "base/table.h"
#include "line/addr.h"
#include "line/answer.h"
#include "line/name.h"

struct selector {
	/* An address is a prefix of full length. Family ADDR_NONE: the selector is a name. */
	struct prefix prefix;
	char name[NAME_STRLEN];	/* canonical */
	size_t name_n;
};

/* NULL, or the reason why `word` is no selector; *s is then undefined. */
const char *selector_parse(struct str word, struct selector *s);

/* The canonical text, NUL-terminated. */
void selector_format(const struct selector *s, char out[NAME_STRLEN]);

/* Must be zeroed before use: the set is then empty. */
struct selector_set {
	struct selector_entry {
		struct selector selector;
		bool found;	/* the selector has matched a pair */
	} *entries;		/* owned */
	size_t n, cap;
	struct table names;	/* numbers of the entries that are names */
	uint64_t seed;
	uint32_t *prefixes;	/* owned; numbers of the entries that are prefixes */
	size_t prefixes_n, prefixes_cap;
	size_t checked;		/* entries that selector_set_next_missing has passed */
};

/*
 * Adds a selector; a name that is in the set already is ignored. NULL, or the reason why `word` is
 * no selector.
 */
const char *selector_set_add(struct selector_set *s, struct str word);

/*
 * Whether a selector matches the pair by address or NAME, or, with `by_via`, by a name in via. An
 * empty set matches every pair. Adds the cost to *cost, in comparisons with a prefix.
 */
bool selector_set_match(struct selector_set *s, const struct answer *a, bool by_via, size_t *cost);

/* The next selector without a match, or NULL. */
const struct selector *selector_set_next_missing(struct selector_set *s);

void selector_set_free(struct selector_set *s);

#endif
