/*
 * What a word on a command line speaks of: an address, all addresses of a prefix, or a name.
 */
#ifndef TARGET_H
#define TARGET_H

#include "line/addr.h"
#include "line/name.h"

struct target {
	/* An address is one of full length; family ADDR_NONE: a name is meant. */
	struct prefix prefix;
	char name[NAME_STRLEN];	/* canonical */
	size_t name_n;
};

/* NULL, or the reason why `word` is none of these; *t is then undefined. */
const char *target_parse(struct str word, struct target *t);

/* The canonical text of what is spoken of, NUL-ended: an address, a prefix or a name. */
void target_format(const struct target *t, char out[NAME_STRLEN]);

/* Whether the pair of `addr` and `name` (canonical) is spoken of. A name means itself only. */
bool target_covers(const struct target *t, const struct addr *addr, struct str name);

#endif
