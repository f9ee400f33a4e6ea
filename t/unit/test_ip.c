#include "packet/ip.h"

#include "unit.h"

#include "packets.h"

#define FROM "192.0.2.53"
#define TO "192.0.2.7"
#define FROM6 "2001:db8::53"
#define TO6 "2001:db8::7"

static struct buf packet = BUF(1 << 17);
static struct ip_packet ip;

static void
parse(enum ip_verdict expected)
{
	ck_assert_int_eq(ip_parse(buf_view(&packet), false, &ip), expected);
}

static bool
payload_is(const char *text)
{
	return str_eq(ip.payload, str_of(text));
}

static void
begin_ipv4(uint16_t fragment)
{
	buf_cut(&packet, 0);
	packets_ipv4(&packet, FROM, TO, IP_UDP, 0x1234, fragment, 4);
	buf_str(&packet, STR("data"));
}

/* An IPv6 packet whose payload is these extension headers and data. */
static void
begin_ipv6(uint8_t protocol, struct str payload)
{
	buf_cut(&packet, 0);
	packets_ipv6(&packet, FROM6, TO6, protocol, payload.n);
	buf_str(&packet, payload);
}

START_TEST(an_ipv4_packet)
{
	struct addr from = packets_addr(FROM), to = packets_addr(TO);

	begin_ipv4(0);
	buf_str(&packet, STR("padding"));
	parse(IP_OK);
	ck_assert(payload_is("data"));
	ck_assert(addr_eq(&ip.from, &from));
	ck_assert(addr_eq(&ip.to, &to));
	ck_assert_uint_eq(ip.protocol, IP_UDP);
	ck_assert(!ip.is_fragment);
	begin_ipv4(0x4000);	/* DF */
	parse(IP_OK);
	ck_assert(!ip.is_fragment);
}
END_TEST

START_TEST(ipv4_options_are_skipped)
{
	begin_ipv4(0);
	packet.data[0] = 0x46;
	parse(IP_OK);
	ck_assert(payload_is(""));
	packet.data[0] = 0x47;
	parse(IP_MALFORMED);
	packet.data[0] = 0x44;
	parse(IP_MALFORMED);
}
END_TEST

START_TEST(ipv4_fragments)
{
	begin_ipv4(0x2000);
	parse(IP_OK);
	ck_assert(ip.is_fragment && ip.more);
	ck_assert_uint_eq(ip.id, 0x1234);
	ck_assert_uint_eq(ip.offset, 0);
	begin_ipv4(0x1fff);
	parse(IP_OK);
	ck_assert(ip.is_fragment && !ip.more);
	ck_assert_uint_eq(ip.offset, 65528);
}
END_TEST

START_TEST(an_ipv6_packet)
{
	struct addr from = packets_addr(FROM6), to = packets_addr(TO6);

	begin_ipv6(IP_TCP, STR("data"));
	buf_str(&packet, STR("padding"));
	parse(IP_OK);
	ck_assert(payload_is("data"));
	ck_assert(addr_eq(&ip.from, &from));
	ck_assert(addr_eq(&ip.to, &to));
	ck_assert_uint_eq(ip.protocol, IP_TCP);
}
END_TEST

#define PAD6 "\1\4\0\0\0\0"

START_TEST(ipv6_extension_headers_are_skipped)
{
	begin_ipv6(0, STR("\x3c\0" PAD6 "\x2b\1" PAD6 PAD6 "\0\0" "\x33\0" PAD6
	    "\x11\2" PAD6 "\0\0\0\0\0\0\0\0" "data"));
	parse(IP_OK);
	ck_assert_uint_eq(ip.protocol, IP_UDP);
	ck_assert(payload_is("data"));
	begin_ipv6(60, STR("\x11\1" PAD6));	/* longer than the packet */
	parse(IP_MALFORMED);
	begin_ipv6(60, STR("\x11"));
	parse(IP_MALFORMED);
}
END_TEST

START_TEST(ipv6_fragments)
{
	begin_ipv6(60, STR("\x2c\0" PAD6 "\x11\0\0\x11\1\2\3\4" "data"));
	parse(IP_OK);
	ck_assert(ip.is_fragment && ip.more);
	ck_assert_uint_eq(ip.offset, 16);
	ck_assert_uint_eq(ip.id, 0x01020304);
	ck_assert_uint_eq(ip.protocol, IP_UDP);
	ck_assert(payload_is("data"));
	begin_ipv6(44, STR("\x11\0\0\0\1\2\3"));
	parse(IP_MALFORMED);
}
END_TEST

START_TEST(an_ipv6_fragment_that_is_whole_is_no_fragment)
{
	begin_ipv6(44, STR("\x3c\0\0\0\1\2\3\4" "\x11\0" PAD6 "data"));
	parse(IP_OK);
	ck_assert(!ip.is_fragment);
	ck_assert_uint_eq(ip.protocol, IP_UDP);
	ck_assert(payload_is("data"));
	begin_ipv6(44, STR("\x2c\0\0\0\1\2\3\4" "\x11\0\0\0\1\2\3\4" "data"));
	parse(IP_MALFORMED);
}
END_TEST

START_TEST(extension_headers_of_a_reassembled_payload)
{
	struct str payload = STR("\x11\0" PAD6 "data");
	uint8_t protocol = 60;

	ck_assert(ip_skip_extensions(&protocol, &payload));
	ck_assert_uint_eq(protocol, IP_UDP);
	ck_assert(str_eq(payload, STR("data")));
	payload = STR("\x2c\0" PAD6 "data");
	protocol = 60;
	ck_assert(!ip_skip_extensions(&protocol, &payload));
}
END_TEST

START_TEST(packets_longer_than_64_kib)
{
	begin_ipv4(0);
	packet.data[2] = packet.data[3] = 0;
	parse(IP_OK);
	ck_assert(payload_is("data"));
	ck_assert_int_eq(ip_parse(buf_view(&packet), true, &ip), IP_CUT);
	/* RFC 2675: a Hop-by-Hop header with the length */
	begin_ipv6(0, STR("\6\0\xc2\4\0\1\0\0" "data"));
	packet.data[4] = packet.data[5] = 0;
	parse(IP_OK);
	ck_assert(payload_is("data"));
	begin_ipv6(IP_TCP, STR("data"));
	packet.data[4] = packet.data[5] = 0;
	parse(IP_OK);
	ck_assert(payload_is(""));
}
END_TEST

START_TEST(a_packet_cut_anywhere_is_refused)
{
	for (int v6 = 0; v6 < 2; v6++) {
		size_t n;

		if (v6)
			begin_ipv6(60, STR("\x11\0" PAD6 "data"));
		else
			begin_ipv4(0);
		n = packet.len;
		for (size_t i = 0; i < n; i++) {
			struct str part = { packet.data, i };

			ck_assert_int_eq(ip_parse(part, true, &ip), IP_CUT);
			ck_assert_int_eq(ip_parse(part, false, &ip), IP_MALFORMED);
		}
	}
}
END_TEST

START_TEST(other_versions_are_malformed)
{
	for (unsigned version = 0; version < 16; version++) {
		begin_ipv4(0);
		packet.data[0] = (char)(version << 4 | 5);
		if (version != 4)
			parse(IP_MALFORMED);
	}
}
END_TEST

UNIT_MAIN("ip", an_ipv4_packet, ipv4_options_are_skipped, ipv4_fragments, an_ipv6_packet,
    ipv6_extension_headers_are_skipped, ipv6_fragments,
    an_ipv6_fragment_that_is_whole_is_no_fragment, extension_headers_of_a_reassembled_payload,
    packets_longer_than_64_kib, a_packet_cut_anywhere_is_refused, other_versions_are_malformed)
