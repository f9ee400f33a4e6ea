/*
 * IPv4 addresses inside of IPv6 ones, as a DNS64 makes them up for a NAT64 (RFC 6052 section 2).
 */
#ifndef NAT64_H
#define NAT64_H

#include "line/addr.h"

#define NAT64_MAX 16
#define NAT64_DEFAULT "64:ff9b::/96"	/* the Well-Known Prefix: RFC 6052 section 2.1 */

struct nat64 {
	struct prefix prefixes[NAT64_MAX];	/* of IPv6, in the order in which they were given */
	size_t n;
};

/*
 * Adds a prefix in text: of IPv6, with a length of 32, 40, 48, 56, 64 or 96, and with bits 64 to 71
 * zero; or `default`, for NAT64_DEFAULT. NULL, or the reason why not.
 */
const char *nat64_add(struct nat64 *n, struct str prefix);

/*
 * Puts the IPv4 address inside of *a in its place, by the first prefix that has it. False, and *a
 * as it was, where there is none, as bits 64 to 71 have to be zero. What comes after the IPv4
 * address does not matter.
 */
bool nat64_extract(const struct nat64 *n, struct addr *a);

#endif
