/*
 * BGP as text, for status lines and --dry-run. No value contains a space.
 */
#ifndef BGPTEXT_H
#define BGPTEXT_H

#include "bgp/update_wire.h"

#define BGPTEXT_ERROR_STRLEN 80

/* Append ` KEY=` and ` KEY=N`. */
void bgptext_key(struct buf *out, const char *key);
void bgptext_count(struct buf *out, const char *key, uint64_t n);

/* The name of a family: `ipv4` or `ipv6`. */
const char *bgptext_family(enum bgp_family family);

/* Appends a set of families: `ipv4,ipv6`, or `none`. */
void bgptext_families(unsigned families, struct buf *out);

/*
 * Formats an error as the names of its code and subcode in IANA's registry, as in
 * `cease/administrative-shutdown`; with the prefix `hard-reset/` if a Hard Reset contains the
 * error. A code without a name is printed as a number. Returns a string, which may be in `out`.
 */
const char *bgptext_error(const struct bgp_error *error, char out[BGPTEXT_ERROR_STRLEN]);

/*
 * Appends the capabilities in the data of an Unsupported Capability error (RFC 5492 section 3),
 * separated by commas: `multiprotocol/ipv6-unicast,role`. Appends nothing for another error.
 */
void bgptext_capabilities(const struct bgp_error *error, struct buf *out);

/*
 * Appends an UPDATE, without LF:
 *	update [origin=... as-path=... next-hop=... ...] [withdraw PREFIX...] [announce PREFIX...]
 * or `update end-of-rib=FAMILY`. `as4`: AS numbers have four octets on this session.
 */
void bgptext_update(const struct update_wire *u, bool as4, struct buf *out);

#endif
