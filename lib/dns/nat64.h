/* IPv4 addresses embedded in IPv6 addresses by a DNS64 (RFC 6052 section 2). */
#ifndef NAT64_H
#define NAT64_H

#include "line/addr.h"

#define NAT64_MAX 16
#define NAT64_DEFAULT "64:ff9b::/96"	/* the Well-Known Prefix: RFC 6052 section 2.1 */

struct nat64 {
	struct prefix prefixes[NAT64_MAX];	/* IPv6, in the order of nat64_add */
	size_t n;
};

/*
 * Adds a prefix given as text: IPv6, of length 32, 40, 48, 56, 64 or 96, with bits 64 to 71 zero;
 * or `default` for NAT64_DEFAULT. Returns NULL, or the reason of a failure.
 */
const char *nat64_add(struct nat64 *n, struct str prefix);

/*
 * Replaces *a by the IPv4 address embedded after the first prefix that covers *a. Returns false and
 * leaves *a unchanged if no prefix covers it, or bits 64 to 71 are not zero. The bits after the
 * IPv4 address are ignored.
 */
bool nat64_extract(const struct nat64 *n, struct addr *a);

#endif
