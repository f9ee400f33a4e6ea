#include "packet/packet.h"

#include "packet/octets.h"

#define UDP_HEADER 8
#define TCP_HEADER 20

/* A packet on its way to `fn`. */
struct delivery {
	struct packet *packet;
	struct packet_message message;
	packet_fn *fn;
	void *arg;
};

const char *
packet_fault_name(enum packet_fault fault)
{
	static const char *const names[PACKET_FAULTS] = {
		[PACKET_LINK_TYPE] = "link_type", [PACKET_LINK_HEADER] = "link_header",
		[PACKET_IP_HEADER] = "ip_header", [PACKET_CUT] = "packet_cut",
		[PACKET_UDP_HEADER] = "udp_header", [PACKET_TCP_HEADER] = "tcp_header",
	};

	return names[fault];
}

/* The payload that was reassembled last is not counted in bytes of unfinished payloads. */
#define FRAGMENTS_FIXED (FRAGMENT_PAYLOADS * sizeof(struct fragment_payload) + IP_PAYLOAD_MAX)

void
packet_open(struct packet *p, const struct packet_limits *limits, uint64_t seed)
{
	size_t fragments = limits->memory / 4;

	*p = (struct packet){ .limits = *limits };
	fragment_open(&p->fragments, fragments - FRAGMENTS_FIXED);
	connections_open(&p->connections, limits->memory - fragments, seed);
}

void
packet_close(struct packet *p)
{
	fragment_free(&p->fragments);
	connections_free(&p->connections);
}

size_t
packet_memory(const struct packet *p)
{
	return FRAGMENTS_FIXED + p->fragments.bytes + connections_memory(&p->connections);
}

static bool
is_server(const struct packet_limits *limits, const struct addr *from)
{
	size_t i = 0;

	while (i < limits->n_servers && !prefix_covers(&limits->servers[i], from))
		i++;
	return i < limits->n_servers || limits->n_servers == 0;
}

static bool
is_port(const struct packet_limits *limits, uint16_t port)
{
	size_t i = 0;

	while (i < limits->n_ports && limits->ports[i] != port)
		i++;
	return i < limits->n_ports || limits->n_ports == 0;
}

static void
deliver(struct delivery *d, struct str dns)
{
	d->message.dns = dns;
	d->fn(d->arg, &d->message);
}

static void
deliver_tcp(void *arg, struct str dns)
{
	struct delivery *d = arg;

	d->packet->tcp++;
	deliver(d, dns);
}

/* RFC 768 */
static void
take_udp(struct delivery *d, struct str payload)
{
	size_t length = payload.n < UDP_HEADER ? 0 : octets_u16(payload, 4);

	if (length < UDP_HEADER || length > payload.n) {
		d->packet->faults[PACKET_UDP_HEADER]++;
		return;
	}
	payload.n = length;
	d->packet->udp++;
	deliver(d, octets_after(payload, UDP_HEADER));
}

/* RFC 9293 section 3.1 */
static void
take_tcp(struct delivery *d, struct str payload)
{
	struct connections_segment s = { .key = { .server = d->message.server,
	    .client = d->message.client, .server_port = d->message.port } };
	size_t header = payload.n < TCP_HEADER ? 0 : (size_t)((uint8_t)payload.p[12] >> 4) * 4;

	if (header < TCP_HEADER || header > payload.n) {
		d->packet->faults[PACKET_TCP_HEADER]++;
		return;
	}
	s.key.client_port = octets_u16(payload, 2);
	s.seq = octets_u32(payload, 4);
	s.flags = (uint8_t)payload.p[13];
	s.data = octets_after(payload, header);
	connections_take(&d->packet->connections, &s, d->message.time, deliver_tcp, d);
}

static bool
is_protocol(const struct packet_limits *limits, uint8_t protocol)
{
	return protocol == IP_UDP || (protocol == IP_TCP && !limits->only_udp);
}

/* Takes the payload of an IP packet, whose first two bytes are the port in UDP and TCP. */
static void
take_payload(struct delivery *d, uint8_t protocol, struct str payload)
{
	const struct packet_limits *limits = &d->packet->limits;

	if (!is_protocol(limits, protocol) || payload.n < 2 ||
	    !is_port(limits, octets_u16(payload, 0))) {
		d->packet->other++;
		return;
	}
	d->message.port = octets_u16(payload, 0);
	if (protocol == IP_UDP)
		take_udp(d, payload);
	else
		take_tcp(d, payload);
}

static void
take_fragment(struct delivery *d, struct ip_packet *ip)
{
	d->packet->n_fragments++;
	if (!fragment_add(&d->packet->fragments, ip, d->message.time))
		return;
	if (ip_skip_extensions(&ip->protocol, &ip->payload))
		take_payload(d, ip->protocol, ip->payload);
	else
		d->packet->faults[PACKET_IP_HEADER]++;
}

static void
take_ip(struct delivery *d, struct str bytes, bool is_cut)
{
	struct packet *p = d->packet;
	struct ip_packet ip;
	enum ip_verdict verdict = ip_parse(bytes, is_cut, &ip);

	if (verdict != IP_OK) {
		p->faults[verdict == IP_CUT ? PACKET_CUT : PACKET_IP_HEADER]++;
		return;
	}
	if (!is_server(&p->limits, &ip.from)) {
		p->untrusted++;
		return;
	}
	d->message.server = ip.from;
	d->message.client = ip.to;
	if (ip.is_fragment)
		take_fragment(d, &ip);
	else
		take_payload(d, ip.protocol, ip.payload);
}

void
packet_take(struct packet *p, int link_type, struct str bytes, size_t original_length,
    int64_t time, packet_fn *fn, void *arg)
{
	struct delivery d = { .packet = p, .message.time = time, .fn = fn, .arg = arg };
	struct link_packet link;

	p->packets++;
	switch (link_strip(link_type, bytes, &link)) {
	case LINK_IP:
		if (link.incoming && p->limits.only_outgoing)
			p->incoming++;
		else
			take_ip(&d, link.ip, bytes.n < original_length);
		break;
	case LINK_OTHER:
		p->other++;
		break;
	case LINK_CUT:
		p->faults[bytes.n < original_length ? PACKET_CUT : PACKET_LINK_HEADER]++;
		break;
	case LINK_UNKNOWN:
		p->faults[PACKET_LINK_TYPE]++;
		break;
	}
}
