#include "packet/packet.h"

#include <stdio.h>

#include "unit.h"

#include "packets.h"

#define SERVER "192.0.2.53"
#define CLIENT "192.0.2.7"

static struct packet packet;
static struct buf frame = BUF(1 << 17);
static char seen[1000];		/* the messages received */
static const uint16_t ports[] = { 53, 5353 };
static struct packet_limits limits;

static void
receive(void *arg, const struct packet_message *m)
{
	char client[ADDR_STRLEN], server[ADDR_STRLEN];
	size_t at = strlen(seen);

	ck_assert_ptr_eq(arg, seen);
	addr_format(&m->client, client);
	addr_format(&m->server, server);
	snprintf(seen + at, sizeof(seen) - at, "%s#%u>%s %lld %.*s\n", server, m->port, client,
	    (long long)m->time, (int)m->dns.n, m->dns.p);
}

static void
setup(void)
{
	if (packet.packets > 0)
		packet_close(&packet);
	limits = (struct packet_limits){ .ports = ports, .n_ports = 2,
	    .memory = PACKET_MEMORY_MIN };
	packet_open(&packet, &limits, 1);
}

/* Takes the frame as a raw IP packet of this original length. Returns the messages. */
static const char *
take_part(size_t original)
{
	seen[0] = '\0';
	packet_take(&packet, LINK_RAW, buf_view(&frame), original, 7, receive, seen);
	ck_assert_uint_le(packet_memory(&packet), PACKET_MEMORY_MIN);
	return seen;
}

static const char *
take(void)
{
	return take_part(frame.len);
}

static void
udp(uint16_t port, struct str data)
{
	buf_cut(&frame, 0);
	packets_ipv4(&frame, SERVER, CLIENT, IP_UDP, 1, 0, 8 + data.n);
	packets_udp(&frame, port, 4000, data);
}

static void
tcp(uint32_t seq, uint8_t flags, struct str data)
{
	buf_cut(&frame, 0);
	packets_ipv4(&frame, SERVER, CLIENT, IP_TCP, 1, 0, 20 + data.n);
	packets_tcp(&frame, 53, 4000, seq, flags, data);
}

START_TEST(a_message_over_udp)
{
	setup();
	udp(53, STR("dns"));
	ck_assert_str_eq(take(), "192.0.2.53#53>192.0.2.7 7 dns\n");
	udp(5353, STR("dns"));
	ck_assert_str_eq(take(), "192.0.2.53#5353>192.0.2.7 7 dns\n");
	buf_cut(&frame, 0);
	packets_ipv6(&frame, "2001:db8::53", "2001:db8::7", IP_UDP, 11);
	packets_udp(&frame, 53, 4000, STR("dns"));
	ck_assert_str_eq(take(), "2001:db8::53#53>2001:db8::7 7 dns\n");
	ck_assert_uint_eq(packet.udp, 3);
}
END_TEST

START_TEST(messages_over_tcp)
{
	setup();
	tcp(1, CONNECTIONS_SYN | CONNECTIONS_ACK, STR(""));
	ck_assert_str_eq(take(), "");
	tcp(2, CONNECTIONS_ACK, STR("\0\3dns\0\4more\0\4la"));
	ck_assert_str_eq(take(), "192.0.2.53#53>192.0.2.7 7 dns\n192.0.2.53#53>192.0.2.7 7 more\n");
	tcp(17, CONNECTIONS_ACK, STR("st"));
	ck_assert_str_eq(take(), "192.0.2.53#53>192.0.2.7 7 last\n");
	ck_assert_uint_eq(packet.tcp, 3);
}
END_TEST

START_TEST(a_message_in_fragments)
{
	struct buf whole = BUF(1000);

	setup();
	packets_udp(&whole, 53, 4000, STR("a message in fragments"));
	buf_cut(&frame, 0);
	packets_ipv4(&frame, SERVER, CLIENT, IP_UDP, 1, 2, whole.len - 16);
	buf_put(&frame, whole.data + 16, whole.len - 16);
	ck_assert_str_eq(take(), "");
	buf_cut(&frame, 0);
	packets_ipv4(&frame, SERVER, CLIENT, IP_UDP, 1, 0x2000, 16);
	buf_put(&frame, whole.data, 16);
	ck_assert_str_eq(take(), "192.0.2.53#53>192.0.2.7 7 a message in fragments\n");
	ck_assert_uint_eq(packet.n_fragments, 2);
	buf_free(&whole);
}
END_TEST

START_TEST(other_packets_are_ignored)
{
	setup();
	udp(54, STR("dns"));
	ck_assert_str_eq(take(), "");
	udp(53, STR("dns"));
	frame.data[9] = 1;	/* ICMP */
	ck_assert_str_eq(take(), "");
	packet_take(&packet, LINK_ETHERNET, STR("0123456789ab\x08\x06"), 14, 0, receive, seen);
	ck_assert_uint_eq(packet.other, 3);
}
END_TEST

START_TEST(only_the_servers_given)
{
	struct prefix servers[2];

	setup();
	packet_close(&packet);
	ck_assert_ptr_null(prefix_parse_loose(STR("192.0.2.53"), &servers[0]));
	ck_assert_ptr_null(prefix_parse_loose(STR("198.51.100.0/24"), &servers[1]));
	limits.servers = servers;
	limits.n_servers = 2;
	packet_open(&packet, &limits, 1);
	udp(53, STR("dns"));
	ck_assert_str_eq(take(), "192.0.2.53#53>192.0.2.7 7 dns\n");
	frame.data[15]++;
	ck_assert_str_eq(take(), "");
	ck_assert_uint_eq(packet.untrusted, 1);
	memcpy(frame.data + 12, "\xc6\x33\x64\xff", 4);
	ck_assert_str_eq(take(), "198.51.100.255#53>192.0.2.7 7 dns\n");
}
END_TEST

START_TEST(only_outgoing_packets)
{
	struct buf cooked = BUF(1000);

	setup();
	packet_close(&packet);
	limits.only_outgoing = true;
	packet_open(&packet, &limits, 1);
	udp(53, STR("dns"));
	buf_str(&cooked, STR("\0\4\0\1\0\6abcdef\0\0\x08\0"));
	buf_str(&cooked, buf_view(&frame));
	seen[0] = '\0';
	packet_take(&packet, LINK_COOKED, buf_view(&cooked), cooked.len, 7, receive, seen);
	cooked.data[1] = 0;
	packet_take(&packet, LINK_COOKED, buf_view(&cooked), cooked.len, 7, receive, seen);
	ck_assert_str_eq(seen, "192.0.2.53#53>192.0.2.7 7 dns\n");
	ck_assert_uint_eq(packet.incoming, 1);
	buf_free(&cooked);
}
END_TEST

START_TEST(each_fault_is_counted)
{
	static const uint64_t expected[PACKET_FAULTS] = { 1, 1, 1, 1, 2, 2 };

	setup();
	packet_take(&packet, 105, STR("802.11"), 6, 0, receive, seen);
	packet_take(&packet, LINK_ETHERNET, STR("short"), 5, 0, receive, seen);
	udp(53, STR("dns"));
	frame.data[0] = 0;
	take();
	udp(53, STR("dns"));
	frame.len--;
	take_part(frame.len + 1);
	udp(53, STR("dns"));
	frame.data[25] = 7;
	take();
	frame.data[25] = 12;
	take();
	tcp(1, CONNECTIONS_ACK, STR("dns"));
	frame.data[32] = 0x40;
	take();
	frame.data[32] = 0x60;
	take();
	for (unsigned i = 0; i < PACKET_FAULTS; i++)
		ck_assert_uint_eq(packet.faults[i], expected[i]);
	ck_assert_str_eq(packet_fault_name(PACKET_CUT), "packet_cut");
	ck_assert_str_eq(seen, "");
}
END_TEST

START_TEST(memory_stays_within_the_limit)
{
	setup();
	for (uint32_t i = 0; i < 300000; i++) {
		tcp(any_below(3), (uint8_t)any_below(32), STR("\0\x7f" "data of no message"));
		frame.data[16] = (char)any_below(256);
		frame.data[17] = (char)any_below(256);
		if (any_below(4) == 0)
			buf_cut(&frame, frame.len - any_below(10));
		if (any_below(4) == 0)
			frame.data[6] = (char)any_below(64);
		frame.data[3] = (char)frame.len;
		take();
	}
}
END_TEST

UNIT_MAIN("packet", a_message_over_udp, messages_over_tcp, a_message_in_fragments,
    other_packets_are_ignored, only_the_servers_given, only_outgoing_packets,
    each_fault_is_counted, memory_stays_within_the_limit)
