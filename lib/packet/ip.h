/*
 * Parses the headers of an IPv4 packet (RFC 791) or IPv6 packet (RFC 8200) up to the upper-layer
 * protocol. Checksums are not verified: those of packets that this host sends may be computed by
 * the network card, after the capture.
 */
#ifndef IP_H
#define IP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "line/addr.h"

enum { IP_TCP = 6, IP_UDP = 17 };

#define IP_PAYLOAD_MAX 65535

struct ip_packet {
	struct addr from, to;
	uint8_t protocol;	/* of the payload; for a fragment, of the whole payload */
	struct str payload;	/* a view, without padding of the link layer */
	bool is_fragment;
	bool more;		/* other fragments follow this fragment */
	uint32_t id;		/* of all fragments of a payload */
	size_t offset;		/* the offset of this fragment in the payload */
};

enum ip_verdict {
	IP_OK,
	IP_MALFORMED,
	IP_CUT,		/* the capture has only the first part of the packet */
};

/* `is_cut`: the capture has less than the whole frame. */
enum ip_verdict ip_parse(struct str packet, bool is_cut, struct ip_packet *ip);

/*
 * Skips the extension headers at the start of a payload that was reassembled. Fails if a header is
 * malformed. A second Fragment header is malformed.
 */
bool ip_skip_extensions(uint8_t *protocol, struct str *payload);

#endif
