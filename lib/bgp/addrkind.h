/*
 * Kinds of addresses that can never be a route's destination or next hop, wherever they are said:
 * RFC 4271 sections 5.1.3 and 6.3, and the RFCs beside the table. Private, shared and documentation
 * addresses are plain unicast here: a network may route them inside.
 */
#ifndef ADDRKIND_H
#define ADDRKIND_H

#include "line/addr.h"

enum addrkind {
	ADDRKIND_UNICAST, ADDRKIND_THIS_NETWORK, ADDRKIND_UNSPECIFIED, ADDRKIND_LOOPBACK,
	ADDRKIND_MAPPED, ADDRKIND_LINK_LOCAL, ADDRKIND_MULTICAST, ADDRKIND_RESERVED
};

/* The kind of an address, or of all addresses in a prefix; ADDRKIND_UNICAST also for a mixture. */
enum addrkind addrkind_of(const struct addr *a);
enum addrkind addrkind_of_prefix(const struct prefix *p);

/* `a loopback address`; of ADDRKIND_UNICAST `a unicast address`. */
const char *addrkind_name(enum addrkind kind);

#endif
