/*
 * Removes the link layer of a captured packet. The link types are the DLT_ values of libpcap, which
 * are fixed for all systems except the duplicates of raw IP.
 */
#ifndef LINK_H
#define LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum link_type {
	LINK_NULL = 0,		/* BSD loopback: the address family in the order of the host */
	LINK_ETHERNET = 1,	/* with IEEE 802.1Q and 802.1ad tags */
	LINK_RAW = 12,		/* an IP packet without link layer */
	LINK_RAW_OPENBSD = 14,
	LINK_RAW_FILE = 101,	/* LINK_RAW in files */
	LINK_LOOP = 108,	/* OpenBSD loopback: the address family in network order */
	LINK_COOKED = 113,	/* Linux cooked, version 1 */
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_COOKED_2 = 276,	/* Linux cooked, version 2 */
};

enum link_verdict {
	LINK_IP,	/* *packet is set */
	LINK_OTHER,	/* another protocol, such as ARP */
	LINK_CUT,	/* shorter than its header */
	LINK_UNKNOWN,	/* an unknown link type */
};

struct link_packet {
	struct str ip;		/* the IP packet, perhaps with padding; a view */
	/* The link layer says that another host sent the packet. Only cooked packets say so. */
	bool incoming;
};

/* Whether packets of this link type can be read. */
bool link_is_known(int type);

enum link_verdict link_strip(int type, struct str frame, struct link_packet *packet);

#endif
