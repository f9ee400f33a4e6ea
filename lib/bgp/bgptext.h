/*
 * BGP in words: for status lines and for --dry-run. No value has a space in it.
 */
#ifndef BGPTEXT_H
#define BGPTEXT_H

#include "bgp/update_wire.h"

/* `ipv4` or `ipv6` */
const char *bgptext_family(enum bgp_family family);

/* Appends `ipv4,ipv6`, or `none`. */
void bgptext_families(unsigned families, struct buf *out);

/*
 * Appends an UPDATE as words parted by spaces, without LF:
 *	update [origin=... as-path=... next-hop=... ...] [withdraw PREFIX...] [announce PREFIX...]
 * or `update end-of-rib=FAMILY`. `as4`: AS numbers have four octets on this session.
 */
void bgptext_update(const struct update_wire *u, bool as4, struct buf *out);

#endif
