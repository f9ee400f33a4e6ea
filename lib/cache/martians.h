/*
 * Which addresses must never be routed, whatever a name says.
 *
 * One's own prefixes decide first: of those that cover an address the longest, and at the same
 * length an allowing one. What none of them covers is left to IANA's registries of special-purpose
 * addresses (RFC 6890): all that is not globally reachable there is denied, and multicast. Of IPv6
 * only 2000::/3 is allocated as global unicast (RFC 4291 section 2.4): the rest is denied, but for
 * the prefix of NAT64 (RFC 6052), which stands for the IPv4 address inside and is judged as that.
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
	struct table table;	/* finds them by prefix */
	struct martians_lengths {
		uint8_t of[129];	/* the longest first, each once */
		uint8_t n;
	} lengths[2];		/* that rules of a family have: IPv4, IPv6 */
};

/* Zero a struct martians and give it a random seed to begin with. */

/* Adds a prefix of one's own. */
void martians_add(struct martians *g, const struct prefix *p, bool deny);

/*
 * Whether the address must not be routed. Costs a look-up for each length that one's own prefixes
 * have.
 */
bool martians_denies(const struct martians *g, const struct addr *a);

void martians_free(struct martians *g);

#endif
