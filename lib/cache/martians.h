/*
 * Addresses that must never be routed.
 *
 * Of the user's prefixes, the longest one that covers an address decides; a prefix that is both
 * allowed and denied is allowed. If no prefix covers the address, IANA's special-purpose registries
 * decide (RFC 6890): multicast and blocks that are not globally reachable are denied. IPv6
 * addresses outside the global unicast block 2000::/3 (RFC 4291 section 2.4) are denied, except
 * that an address in the NAT64 prefix (RFC 6052) is treated as the IPv4 address that it contains.
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
	struct table table;	/* indices of `rules`, by prefix */
	bool lengths[2][129];	/* lengths of prefixes in use: IPv4, IPv6 */
};

/* Adds a prefix of the user. Before the first call, *g must be all zero except a random seed. */
void martians_add(struct martians *g, const struct prefix *p, bool deny);

/*
 * Whether the address must not be routed. Costs one hash look-up for each length of the user's
 * prefixes.
 */
bool martians_denies(const struct martians *g, const struct addr *a);

void martians_free(struct martians *g);

#endif
