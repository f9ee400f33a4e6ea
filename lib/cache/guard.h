/*
 * Which addresses must never be routed, whatever a name says.
 *
 * One's own prefixes decide first: of those that cover an address the longest, and at the same
 * length an allowing one. What none of them covers is left to IANA's registries of special-purpose
 * addresses (RFC 6890): all that is not globally reachable there is denied, and multicast. Of IPv6
 * only 2000::/3 is allocated as global unicast (RFC 4291 section 2.4): the rest is denied, but for
 * the prefix of NAT64 (RFC 6052), which stands for the IPv4 address inside and is judged as that.
 */
#ifndef GUARD_H
#define GUARD_H

#include "line/addr.h"
#include "base/table.h"

struct guard {
	uint64_t seed;
	struct guard_rule {
		struct prefix prefix;
		bool deny;
	} *rules;		/* owned */
	size_t n, cap;
	struct table table;	/* finds them by prefix */
	struct guard_lengths {
		uint8_t of[129];	/* the longest first, each once */
		uint8_t n;
	} lengths[2];		/* that rules of a family have: IPv4, IPv6 */
};

/* Zero a struct guard and give it a random seed to begin with. */

/* Adds a prefix of one's own. */
void guard_add(struct guard *g, const struct prefix *p, bool deny);

/*
 * Whether the address must not be routed. Costs a look-up for each length that one's own prefixes
 * have.
 */
bool guard_denies(const struct guard *g, const struct addr *a);

void guard_free(struct guard *g);

#endif
