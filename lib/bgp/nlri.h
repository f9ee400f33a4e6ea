/*
 * Prefixes as UPDATEs have them: a length in bits, and as many octets as hold these bits (RFC 4271
 * section 4.3).
 */
#ifndef NLRI_H
#define NLRI_H

#include "bgp/family.h"

/*
 * Takes the next prefix; false at the end, and, with something left in *rest, at one that is
 * malformed.
 */
bool nlri_next(struct str *rest, enum bgp_family family, struct prefix *p);

/* Whether these are whole prefixes with lengths that their family allows. */
bool nlri_is_sound(struct str nlri, enum bgp_family family);

/* The bytes that a prefix of this length takes. */
static inline size_t
nlri_size(uint8_t len)
{
	return 1 + (len + 7u) / 8;
}

#endif
