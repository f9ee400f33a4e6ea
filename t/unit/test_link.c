#include "packet/link.h"

#include "unit.h"

#define MACS "\1\2\3\4\5\6\6\5\4\3\2\1"
#define IPV4 "\x08\0"
#define IPV6 "\x86\xdd"
#define ADDRESS "\0\6\1\2\3\4\5\6\0\0"

static struct link_packet packet;

/* The IP packet of a frame, or the verdict as text. */
static const char *
strip(int type, struct str frame)
{
	static const char *const verdicts[] = { NULL, "other", "cut", "unknown" };
	static char text[64];
	enum link_verdict verdict = link_strip(type, frame, &packet);

	if (verdict != LINK_IP)
		return verdicts[verdict];
	ck_assert_uint_lt(packet.ip.n, sizeof(text));
	memcpy(text, packet.ip.p, packet.ip.n);
	text[packet.ip.n] = '\0';
	return text;
}

START_TEST(ethernet_frames_with_and_without_tags)
{
	ck_assert_str_eq(strip(LINK_ETHERNET, STR(MACS IPV4 "ip")), "ip");
	ck_assert_str_eq(strip(LINK_ETHERNET, STR(MACS IPV6 "ip")), "ip");
	ck_assert_str_eq(strip(LINK_ETHERNET, STR(MACS "\x81\0\0\7" IPV4 "ip")), "ip");
	ck_assert_str_eq(strip(LINK_ETHERNET, STR(MACS "\x88\xa8\0\7\x81\0\0\7" IPV6 "ip")), "ip");
	ck_assert_str_eq(strip(LINK_ETHERNET, STR(MACS "\x91\0\0\7" IPV4 "ip")), "ip");
	ck_assert_str_eq(strip(LINK_ETHERNET, STR(MACS "\x81\0\0\1\x81\0\0\1\x81\0\0\1\x81\0\0\1"
	    "\x81\0\0\1" IPV4 "ip")), "other");
	ck_assert_str_eq(strip(LINK_ETHERNET, STR(MACS "\x08\x06" "arp")), "other");
	ck_assert_str_eq(strip(LINK_ETHERNET, STR(MACS "\x81\0\0\7\x08\x06" "arp")), "other");
}
END_TEST

START_TEST(cooked_frames_state_who_sent_them)
{
	ck_assert_str_eq(strip(LINK_COOKED, STR("\0\4\0\1" ADDRESS IPV4 "ip")), "ip");
	ck_assert(!packet.incoming);
	ck_assert_str_eq(strip(LINK_COOKED, STR("\0\0\0\1" ADDRESS IPV6 "ip")), "ip");
	ck_assert(packet.incoming);
	ck_assert_str_eq(strip(LINK_COOKED, STR("\0\0\3\4" ADDRESS IPV6 "ip")), "ip");
	ck_assert(!packet.incoming);	/* on loopback */
	ck_assert_str_eq(strip(LINK_COOKED, STR("\0\0\0\1" ADDRESS "\x81\0\0\7" IPV4 "ip")), "ip");
	ck_assert_str_eq(strip(LINK_COOKED_2, STR(IPV4 "\0\0\0\0\0\2\0\1\4\6" "\1\2\3\4\5\6\0\0"
	    "ip")), "ip");
	ck_assert(!packet.incoming);
	ck_assert_str_eq(strip(LINK_COOKED_2, STR(IPV6 "\0\0\0\0\0\2\0\1\0\6" "\1\2\3\4\5\6\0\0"
	    "ip")), "ip");
	ck_assert(packet.incoming);
	ck_assert_str_eq(strip(LINK_COOKED_2, STR(IPV6 "\0\0\0\0\0\1\3\4\0\6" "\1\2\3\4\5\6\0\0"
	    "ip")), "ip");
	ck_assert(!packet.incoming);
	ck_assert_str_eq(strip(LINK_COOKED_2, STR("\x08\x06" "\0\0\0\0\0\2\0\1\0\6"
	    "\1\2\3\4\5\6\0\0" "arp")), "other");
}
END_TEST

START_TEST(loopback_frames_of_either_byte_order)
{
	ck_assert_str_eq(strip(LINK_NULL, STR("\2\0\0\0" "ip")), "ip");
	ck_assert_str_eq(strip(LINK_NULL, STR("\0\0\0\x1e" "ip")), "ip");
	ck_assert_str_eq(strip(LINK_NULL, STR("\x1c\0\0\0" "ip")), "ip");
	ck_assert_str_eq(strip(LINK_LOOP, STR("\0\0\0\x18" "ip")), "ip");
	ck_assert_str_eq(strip(LINK_LOOP, STR("\0\0\0\2" "ip")), "ip");
	ck_assert_str_eq(strip(LINK_NULL, STR("\7\0\0\0" "iso")), "other");
	ck_assert_str_eq(strip(LINK_NULL, STR("\2\0\0\2" "?")), "other");
	ck_assert_str_eq(strip(LINK_NULL, STR("\2\1\0\0" "?")), "other");
}
END_TEST

START_TEST(raw_packets_stay_as_they_are)
{
	static const int types[] = { LINK_RAW, LINK_RAW_FILE, LINK_RAW_OPENBSD, LINK_IPV4,
		LINK_IPV6 };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		ck_assert(link_is_known(types[i]));
		ck_assert_str_eq(strip(types[i], STR("ip")), "ip");
		ck_assert(!packet.incoming);
	}
}
END_TEST

START_TEST(an_unknown_link_type_is_refused)
{
	ck_assert(!link_is_known(105));
	ck_assert_str_eq(strip(105, STR("802.11")), "unknown");
}
END_TEST

START_TEST(a_frame_cut_anywhere_in_its_header_is_refused)
{
	static const struct {
		int type;
		struct str frame;
	} frames[] = {
		{ LINK_ETHERNET, { MACS IPV4, 14 } },
		{ LINK_ETHERNET, { MACS "\x88\xa8\0\7\x81\0\0\7" IPV6, 22 } },
		{ LINK_COOKED, { "\0\4\0\1" ADDRESS IPV4, 16 } },
		{ LINK_COOKED_2, { IPV4 "\0\0\0\0\0\2\0\1\4\6" "\1\2\3\4\5\6\0\0", 20 } },
		{ LINK_NULL, { "\2\0\0\0", 4 } },
	};

	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		for (size_t n = 0; n < frames[i].frame.n; n++)
			ck_assert_str_eq(strip(frames[i].type,
			    (struct str){ frames[i].frame.p, n }), "cut");
		ck_assert_str_eq(strip(frames[i].type, frames[i].frame), "");
	}
}
END_TEST

UNIT_MAIN("link", ethernet_frames_with_and_without_tags, cooked_frames_state_who_sent_them,
    loopback_frames_of_either_byte_order, raw_packets_stay_as_they_are,
    an_unknown_link_type_is_refused, a_frame_cut_anywhere_in_its_header_is_refused)
