#include "packet/link.h"

#include "packet/octets.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define ETHERTYPE_VLAN 0x8100		/* IEEE 802.1Q */
#define ETHERTYPE_PROVIDER 0x88a8	/* IEEE 802.1ad */
#define ETHERTYPE_OLD_PROVIDER 0x9100	/* before 802.1ad */
#define TAGS_MAX 4

#define COOKED_OUTGOING 4	/* PACKET_OUTGOING of Linux */
#define COOKED_LOOPBACK 772	/* ARPHRD_LOOPBACK of Linux */

static enum link_verdict
skip(struct str *frame, size_t n)
{
	if (frame->n < n)
		return LINK_CUT;
	frame->p += n;
	frame->n -= n;
	return LINK_IP;
}

static bool
is_tag(unsigned ethertype)
{
	return ethertype == ETHERTYPE_VLAN || ethertype == ETHERTYPE_PROVIDER ||
	    ethertype == ETHERTYPE_OLD_PROVIDER;
}

/* `rest` follows the EtherType. A tag is two bytes and the next EtherType. */
static enum link_verdict
strip_tags(unsigned ethertype, struct str rest, struct link_packet *packet)
{
	for (unsigned tags = 0; is_tag(ethertype); tags++) {
		if (tags == TAGS_MAX)
			return LINK_OTHER;
		if (rest.n < 4)
			return LINK_CUT;
		ethertype = octets_u16(rest, 2);
		skip(&rest, 4);
	}
	packet->ip = rest;
	return ethertype == ETHERTYPE_IPV4 || ethertype == ETHERTYPE_IPV6 ? LINK_IP : LINK_OTHER;
}

static enum link_verdict
strip_ethernet(struct str frame, struct link_packet *packet)
{
	struct str rest = frame;

	if (skip(&rest, 14) != LINK_IP)
		return LINK_CUT;
	return strip_tags(octets_u16(frame, 12), rest, packet);
}

/*
 * The kernel reports each packet on a loopback interface as outgoing and as incoming, and libpcap
 * passes only the incoming one. This host sent it.
 */
static bool
is_incoming(unsigned type, unsigned hardware)
{
	return type != COOKED_OUTGOING && hardware != COOKED_LOOPBACK;
}

/* Packet type, ARPHRD type, address length, 8 bytes of address, EtherType. */
static enum link_verdict
strip_cooked(struct str frame, struct link_packet *packet)
{
	struct str rest = frame;

	if (skip(&rest, 16) != LINK_IP)
		return LINK_CUT;
	packet->incoming = is_incoming(octets_u16(frame, 0), octets_u16(frame, 2));
	return strip_tags(octets_u16(frame, 14), rest, packet);
}

/* EtherType, 2 bytes reserved, 4 of interface index, ARPHRD type, packet type (1 byte), address. */
static enum link_verdict
strip_cooked_2(struct str frame, struct link_packet *packet)
{
	struct str rest = frame;

	if (skip(&rest, 20) != LINK_IP)
		return LINK_CUT;
	packet->incoming = is_incoming((uint8_t)frame.p[10], octets_u16(frame, 8));
	return strip_tags(octets_u16(frame, 0), rest, packet);
}

/* AF_INET is 2 everywhere, AF_INET6 is 10, 24, 28 or 30. The file may be of another byte order. */
static bool
is_ip_family(struct str frame)
{
	unsigned first = (uint8_t)frame.p[0], last = (uint8_t)frame.p[3];
	unsigned family = first | last;

	return frame.p[1] == 0 && frame.p[2] == 0 && (first == 0 || last == 0) &&
	    (family == 2 || family == 10 || family == 24 || family == 28 || family == 30);
}

static enum link_verdict
strip_loopback(struct str frame, struct link_packet *packet)
{
	packet->ip = frame;
	if (skip(&packet->ip, 4) != LINK_IP)
		return LINK_CUT;
	return is_ip_family(frame) ? LINK_IP : LINK_OTHER;
}

static enum link_verdict
strip_raw(struct str frame, struct link_packet *packet)
{
	packet->ip = frame;
	return LINK_IP;
}

static const struct {
	int type;
	enum link_verdict (*strip)(struct str frame, struct link_packet *packet);
} types[] = {
	{ LINK_ETHERNET, strip_ethernet }, { LINK_COOKED_2, strip_cooked_2 },
	{ LINK_COOKED, strip_cooked }, { LINK_RAW, strip_raw }, { LINK_RAW_FILE, strip_raw },
	{ LINK_RAW_OPENBSD, strip_raw }, { LINK_IPV4, strip_raw }, { LINK_IPV6, strip_raw },
	{ LINK_NULL, strip_loopback }, { LINK_LOOP, strip_loopback },
};

#define TYPES (sizeof(types) / sizeof(types[0]))

bool
link_is_known(int type)
{
	size_t i = 0;

	while (i < TYPES && types[i].type != type)
		i++;
	return i < TYPES;
}

enum link_verdict
link_strip(int type, struct str frame, struct link_packet *packet)
{
	*packet = (struct link_packet){ .incoming = false };
	for (size_t i = 0; i < TYPES; i++)
		if (types[i].type == type)
			return types[i].strip(frame, packet);
	return LINK_UNKNOWN;
}
