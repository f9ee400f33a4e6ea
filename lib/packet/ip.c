#include "packet/ip.h"

#include "packet/octets.h"

/* IPv6 extension headers (RFC 8200 section 4, RFC 4302, RFC 6275, RFC 7401, RFC 5533). */
enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, AUTHENTICATION = 51, DESTINATION = 60,
	MOBILITY = 135, HOST_IDENTITY = 139, SHIM6 = 140 };

#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define FRAGMENT_HEADER 8
#define MORE_IPV4 0x2000
#define OFFSET_IPV4 0x1fff	/* in units of 8 bytes */
#define MORE_IPV6 1
#define OFFSET_IPV6 0xfff8	/* in bytes */

static bool
is_option(uint8_t protocol)
{
	return protocol == HOP_BY_HOP || protocol == ROUTING || protocol == AUTHENTICATION ||
	    protocol == DESTINATION || protocol == MOBILITY || protocol == HOST_IDENTITY ||
	    protocol == SHIM6;
}

/* The length of an extension header in bytes. */
static size_t
option_length(uint8_t protocol, struct str header)
{
	size_t length = (uint8_t)header.p[1];

	return protocol == AUTHENTICATION ? (length + 2) * 4 : (length + 1) * 8;
}

/* Skips extension headers up to a Fragment header or another protocol. False if one is cut. */
static bool
skip_options(uint8_t *protocol, struct str *rest)
{
	while (is_option(*protocol)) {
		size_t n;

		if (rest->n < 2 || (n = option_length(*protocol, *rest)) > rest->n)
			return false;
		*protocol = (uint8_t)rest->p[0];
		*rest = octets_after(*rest, n);
	}
	return true;
}

bool
ip_skip_extensions(uint8_t *protocol, struct str *payload)
{
	return skip_options(protocol, payload) && *protocol != FRAGMENT;
}

/* RFC 6946: a fragment with all of the payload is not a fragment. */
static void
set_fragment(struct ip_packet *ip, bool more, size_t offset)
{
	ip->more = more;
	ip->offset = offset;
	ip->is_fragment = more || offset > 0;
}

/*
 * Sets the payload: the packet without its header, up to `total` bytes. A total of 0 stands for a
 * packet of more than 64 KiB, which the network card splits.
 */
static enum ip_verdict
set_payload(struct ip_packet *ip, struct str packet, size_t header, size_t total, bool is_cut)
{
	if (total == 0 && !is_cut)
		total = packet.n;
	if (total > 0 && total < header)
		return IP_MALFORMED;
	if (total == 0 || total > packet.n)
		return is_cut ? IP_CUT : IP_MALFORMED;
	ip->payload = (struct str){ packet.p + header, total - header };
	return IP_OK;
}

static enum ip_verdict
parse_ipv4(struct str packet, bool is_cut, struct ip_packet *ip)
{
	size_t header = (size_t)(packet.p[0] & 0xf) * 4;
	unsigned fragment;

	if (packet.n < IPV4_HEADER)
		return is_cut ? IP_CUT : IP_MALFORMED;
	if (header < IPV4_HEADER)
		return IP_MALFORMED;
	addr_from_bytes(&ip->from, packet.p + 12, 4);
	addr_from_bytes(&ip->to, packet.p + 16, 4);
	ip->protocol = (uint8_t)packet.p[9];
	ip->id = octets_u16(packet, 4);
	fragment = octets_u16(packet, 6);
	set_fragment(ip, fragment & MORE_IPV4, (size_t)(fragment & OFFSET_IPV4) * 8);
	return set_payload(ip, packet, header, octets_u16(packet, 2), is_cut);
}

static enum ip_verdict
parse_extensions(struct ip_packet *ip)
{
	struct str *rest = &ip->payload;

	if (!skip_options(&ip->protocol, rest))
		return IP_MALFORMED;
	if (ip->protocol != FRAGMENT)
		return IP_OK;
	if (rest->n < FRAGMENT_HEADER)
		return IP_MALFORMED;
	ip->protocol = (uint8_t)rest->p[0];
	set_fragment(ip, octets_u16(*rest, 2) & MORE_IPV6, octets_u16(*rest, 2) & OFFSET_IPV6);
	ip->id = octets_u32(*rest, 4);
	*rest = octets_after(*rest, FRAGMENT_HEADER);
	if (!ip->is_fragment && !ip_skip_extensions(&ip->protocol, rest))
		return IP_MALFORMED;
	return IP_OK;
}

/* A payload length of 0 is allowed for a jumbogram (RFC 2675), which has a Hop-by-Hop header. */
static enum ip_verdict
parse_ipv6(struct str packet, bool is_cut, struct ip_packet *ip)
{
	enum ip_verdict verdict;
	size_t length;

	if (packet.n < IPV6_HEADER)
		return is_cut ? IP_CUT : IP_MALFORMED;
	addr_from_bytes(&ip->from, packet.p + 8, 16);
	addr_from_bytes(&ip->to, packet.p + 24, 16);
	ip->protocol = (uint8_t)packet.p[6];
	length = octets_u16(packet, 4);
	verdict = set_payload(ip, packet, IPV6_HEADER, length > 0 || ip->protocol != HOP_BY_HOP ?
	    IPV6_HEADER + length : 0, is_cut);
	return verdict != IP_OK ? verdict : parse_extensions(ip);
}

enum ip_verdict
ip_parse(struct str packet, bool is_cut, struct ip_packet *ip)
{
	*ip = (struct ip_packet){ .is_fragment = false };
	if (packet.n == 0)
		return is_cut ? IP_CUT : IP_MALFORMED;
	switch ((uint8_t)packet.p[0] >> 4) {
	case 4:
		return parse_ipv4(packet, is_cut, ip);
	case 6:
		return parse_ipv6(packet, is_cut, ip);
	default:
		return IP_MALFORMED;
	}
}
