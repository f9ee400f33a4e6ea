/*
 * What a word on a command line speaks of: an address, all addresses of a prefix, or a name.
 */
#ifndef SELECTOR_H
#define SELECTOR_H

#include "line/addr.h"
#include "line/name.h"

struct selector {
	/* An address is one of full length; family ADDR_NONE: a name is meant. */
	struct prefix prefix;
	char name[NAME_STRLEN];	/* canonical */
	size_t name_n;
};

/* NULL, or the reason why `word` is none of these; *t is then undefined. */
const char *selector_parse(struct str word, struct selector *t);

/* The canonical text of what is spoken of, NUL-ended: an address, a prefix or a name. */
void selector_format(const struct selector *t, char out[NAME_STRLEN]);

/* Whether the pair of `addr` and `name` (canonical) is spoken of. A name means itself only. */
bool selector_covers(const struct selector *t, const struct addr *addr, struct str name);

#endif
