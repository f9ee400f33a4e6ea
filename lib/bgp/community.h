/*
 * The communities of a route: plain (RFC 1997), extended (RFC 4360) and large (RFC 8092). As text:
 *	65000:1		plain; or a name: no-export, no-advertise, no-export-subconfed, no-peer,
 *			blackhole, graceful-shutdown, accept-own
 *	rt:65000:1	extended: a route target (rt) or route origin (soo) of an AS number or
 *			IPv4 address; or 0x and 16 hexadecimal digits
 *	65000:1:2	large
 */
#ifndef COMMUNITY_H
#define COMMUNITY_H

#include "base/buf.h"
#include "base/str.h"

enum community_kind { COMMUNITY_PLAIN, COMMUNITY_EXTENDED, COMMUNITY_LARGE, COMMUNITY_KINDS };

#define COMMUNITY_BYTES 768		/* the limit of each kind, not counting NO_EXPORT */

/* Communities of one kind in wire format, sorted, distinct. NO_EXPORT (RFC 1997) always fits. */
struct communities {
	size_t n;			/* bytes in use */
	uint8_t bytes[COMMUNITY_BYTES + 4];
};

/* Adds the communities of a list separated by commas. NULL, or a reason. */
const char *communities_add(struct communities *c, enum community_kind kind, struct str list);

/* Adds NO_EXPORT to plain communities, even at the limit. */
void communities_add_no_export(struct communities *c);

/* Adds the communities of *from. False if there are too many; then only some were added. */
bool communities_merge(struct communities *c, enum community_kind kind,
    const struct communities *from);

/* Appends communities in wire format as text. Ignores an incomplete community at the end. */
void communities_format(struct str bytes, enum community_kind kind, struct buf *out);

#endif
