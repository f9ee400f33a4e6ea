/*
 * Communities of a route, of three kinds: the plain ones of RFC 1997, extended (RFC 4360) and large
 * (RFC 8092). In words:
 *	65000:1		or a name of IANA's: no-export, no-advertise, no-export-subconfed, no-peer,
 *			blackhole, graceful-shutdown, accept-own
 *	rt:65000:1	route target, soo: route origin; of an AS number or an IPv4 address;
 *			or 0x and 16 digits
 *	65000:1:2	large
 */
#ifndef COMMUNITY_H
#define COMMUNITY_H

#include "base/buf.h"
#include "base/str.h"

enum community_kind { COMMUNITY_PLAIN, COMMUNITY_EXTENDED, COMMUNITY_LARGE, COMMUNITY_KINDS };

#define COMMUNITY_BYTES 768		/* of each kind at most, besides NO_EXPORT */

/* Sorted, none twice, as on the wire. There is always room for NO_EXPORT (RFC 1997). */
struct communities {
	size_t n;			/* bytes */
	uint8_t bytes[COMMUNITY_BYTES + 4];
};

/* The octets of one. */
size_t community_size(enum community_kind kind);

/* Adds those of a list with commas between; NULL, or a reason. */
const char *communities_add(struct communities *c, enum community_kind kind, struct str list);

/* Adds NO_EXPORT to plain communities, also where they are as many as can be. */
void communities_add_no_export(struct communities *c);

/* Adds those of another set. False when there are too many; *c then has some. */
bool communities_merge(struct communities *c, enum community_kind kind,
    const struct communities *from);

/*
 * Appends them in words, comma between; bytes that are no whole community at the end are left out.
 */
void communities_format(struct str bytes, enum community_kind kind, struct buf *out);

#endif
