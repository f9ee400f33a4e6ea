/*
 * Addresses that must never be routed.
 *
 * Prefixes of the user decide first: the longest that covers the address, and of the same prefix
 * allowed and denied the allowed one. For other addresses IANA's registries of special-purpose
 * addresses decide (RFC 6890): blocks that are not globally reachable are denied, and multicast. In
 * IPv6, only 2000::/3 is global unicast (RFC 4291 section 2.4). The rest is denied, except that an
 * address in the NAT64 prefix (RFC 6052) is treated as the IPv4 address it contains.
 */
#ifndef MARTIANS_H
#define MARTIANS_H

#include "base/table.h"
#include "line/addr.h"

struct martians {
	uint64_t seed;
	struct martians_rule {
		struct prefix prefix;
		bool deny;
	} *rules;		/* owned */
	size_t n, cap;
	struct table table;	/* of rules, by prefix */
	bool lengths[2][129];	/* which the rules have: IPv4, IPv6 */
};

/* Adds a prefix of the user. A struct martians is all zero to begin with, but for a random seed. */
void martians_add(struct martians *g, const struct prefix *p, bool deny);

/* Costs a look-up for each different length of the user's prefixes. */
bool martians_denies(const struct martians *g, const struct addr *a);

void martians_free(struct martians *g);

#endif
