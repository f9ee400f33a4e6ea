/*
 * The kinds of addresses that cannot be the destination or next hop of a route: RFC 4271 sections
 * 5.1.3 and 6.3, and the RFCs in addrkind.c. Private, shared and documentation addresses count as
 * unicast, because a network may route them internally.
 */
#ifndef ADDRKIND_H
#define ADDRKIND_H

#include "line/addr.h"

enum addrkind {
	ADDRKIND_UNICAST, ADDRKIND_THIS_NETWORK, ADDRKIND_UNSPECIFIED, ADDRKIND_LOOPBACK,
	ADDRKIND_MAPPED, ADDRKIND_LINK_LOCAL, ADDRKIND_MULTICAST, ADDRKIND_RESERVED
};

/* The kind of an address, or of all addresses in a prefix; ADDRKIND_UNICAST if the kinds differ. */
enum addrkind addrkind_of(const struct addr *a);
enum addrkind addrkind_of_prefix(const struct prefix *p);

static inline bool
addrkind_is_unicast(const struct addr *a)
{
	return addrkind_of(a) == ADDRKIND_UNICAST;
}

/* The kind as text for messages, with an article: `a loopback address`. */
const char *addrkind_name(enum addrkind kind);

#endif
