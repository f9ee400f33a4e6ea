/*
 * All steps from captured packets to DNS messages, for every link type. No input makes the memory
 * exceed the limit, and each message is part of a packet that was counted.
 *
 * The first byte of the input selects the link type and the options. Each packet has three bytes
 * before it: its length, the bytes that the capture lacks, and the time since the packet before it.
 */
#include "packet/packet.h"

#include "fuzz.h"

enum {
	TYPE = 0x0f,		/* mask for the link type */
	ONLY_OUTGOING = 0x10,
	ONE_SERVER = 0x20,	/* accept 192.0.2.0/24 only */
};

static const int types[TYPE + 1] = {
	LINK_RAW, LINK_ETHERNET, LINK_COOKED, LINK_COOKED_2, LINK_NULL, LINK_LOOP, LINK_IPV4,
	LINK_IPV6, LINK_RAW_FILE, LINK_RAW_OPENBSD, 105,
};

static struct prefix server = { .addr = { .family = ADDR_V4, .bytes = { 192, 0, 2 } }, .len = 24 };
static uint64_t messages;
static volatile char last_byte;

static void
receive(void *arg, const struct packet_message *m)
{
	const struct packet *p = arg;

	for (size_t i = 0; i < m->dns.n; i++)	/* a sanitizer checks the view */
		last_byte = m->dns.p[i];
	FUZZ_ASSERT(m->dns.n <= 65535 && (m->port == 53 || m->port == 5353));
	FUZZ_ASSERT(m->client.family == m->server.family);
	FUZZ_ASSERT(p->limits.n_servers == 0 || prefix_covers(&server, &m->server));
	messages++;
}

static void
check(const struct packet *p)
{
	uint64_t unused = p->other + p->incoming + p->untrusted;

	for (size_t i = 0; i < PACKET_FAULTS; i++)
		unused += p->faults[i];
	FUZZ_ASSERT(unused <= p->packets + p->n_fragments);
	FUZZ_ASSERT(p->udp + p->tcp == messages);
	FUZZ_ASSERT(packet_memory(p) <= p->limits.memory);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t ports[] = { 53, 5353 };
	struct packet_limits limits = { .ports = ports, .n_ports = 2, .servers = &server,
	    .memory = PACKET_MEMORY_MIN };
	struct packet p;
	int64_t now = 0;
	uint8_t how;

	if (size == 0)
		return 0;
	how = data[0];
	limits.only_outgoing = how & ONLY_OUTGOING;
	limits.n_servers = how & ONE_SERVER ? 1 : 0;
	packet_open(&p, &limits, 1);
	messages = 0;
	for (size_t at = 1; at + 3 <= size;) {
		size_t n = data[at], lacks = data[at + 1];

		now += data[at + 2] * (SECOND / 10);
		at += 3;
		n = n < size - at ? n : size - at;
		packet_take(&p, types[how & TYPE], (struct str){ (const char *)data + at, n },
		    n + lacks, now, receive, &p);
		check(&p);
		at += n;
	}
	packet_close(&p);
	return 0;
}
