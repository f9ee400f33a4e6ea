#include "bgp/open.h"

#include "bgp/message.h"
#include "unit.h"

static struct buf out = BUF(64 * 1024);

static struct message
encoded_message(void)
{
	struct bgp_error error;
	struct message m;

	ck_assert(!out.overflow);
	ck_assert_int_eq(message_frame(buf_view(&out), BGP_MAX, &m, &error), (int)out.len);
	return m;
}

#define FIXED "\4\xfd\xe8\0\x5a\x0a\0\0\1"	/* version 4, AS 65000, hold 90, 10.0.0.1 */

START_TEST(an_open_round_trips)
{
	struct open open = { .as = 4200000000, .id = 0x0a000001, .hold = 90, .families = 3,
	    .multiprotocol = true, .refresh = true, .as4 = true }, again;
	struct bgp_error error;

	buf_cut(&out, 0);
	open_put(&out, &open);
	ck_assert_uint_eq((uint8_t)out.data[20] << 8 | (uint8_t)out.data[21], BGP_AS_TRANS);
	ck_assert(open_parse(encoded_message().body, &again, &error));
	ck_assert_uint_eq(again.as, open.as);
	ck_assert_uint_eq(again.id, open.id);
	ck_assert_uint_eq(again.hold, open.hold);
	ck_assert_uint_eq(again.families, open.families);
	ck_assert(again.multiprotocol && again.refresh && again.as4);

	open = (struct open){ .as = 65000, .id = 1 };
	buf_cut(&out, 0);
	open_put(&out, &open);
	ck_assert_uint_eq(out.len, 29);
	ck_assert(open_parse(encoded_message().body, &again, &error));
	ck_assert_uint_eq(again.as, 65000);
	ck_assert(!again.multiprotocol && !again.refresh && !again.as4);
}
END_TEST

/* RFC 4271 section 6.2, RFC 5492 section 3. */
START_TEST(invalid_opens_return_their_errors)
{
	static const struct {
		struct str body;
		int subcode;	/* -1: the OPEN is valid */
	} cases[] = {
		{ { "\3\xfd\xe8\0\x5a\x0a\0\0\1\0", 10 }, BGP_OPEN_VERSION },
		{ { FIXED "\1", 10 }, 0 }, { { FIXED "\0x", 11 }, 0 },
		{ { FIXED "\1\2", 11 }, 0 }, { { FIXED "\3\2\2\1", 13 }, 0 },
		{ { FIXED "\3\1\1\0", 13 }, BGP_OPEN_PARAMETER },
		{ { FIXED "\4\2\2\x41\1", 14 }, 0 },		/* a truncated capability */
		{ { FIXED "\5\2\3\x41\1\1", 15 }, 0 },		/* four-octet AS, one octet */
		{ { FIXED "\7\2\5\5\3\0\1\0", 17 }, 0 },	/* next hop, three octets */
		{ { FIXED "\7\2\5\1\3\0\1\0", 17 }, 0 },	/* multiprotocol, three octets */
		{ { FIXED "\0", 10 }, -1 }, { { FIXED "\2\2\0", 12 }, -1 },
		{ { FIXED "\6\2\4\xc8\2xy", 16 }, -1 },		/* an unknown capability */
		{ { FIXED "\xff\xff\0\3\2\0\0", 16 }, -1 },	/* RFC 9072 */
		{ { FIXED "\xff\xff\0\5\2\0\2\2\0", 18 }, -1 },
		{ { FIXED "\xff\xff\0\6\2\0\2\2\0", 18 }, 0 },
		/* RFC 9072 section 2: the length before the type is ignored. */
		{ { FIXED "\x09\xff\0\x09\2\0\6\1\4\0\1\0\1", 22 }, -1 },
		{ { FIXED "\1\xff\0\0", 13 }, -1 }, { { FIXED "\0\xff\0\0", 13 }, 0 },
		{ { FIXED "\x14\xff\0\1\2", 14 }, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bgp_error error = { 0 };
		struct open open;
		bool good = open_parse(cases[i].body, &open, &error);

		ck_assert_msg(good == (cases[i].subcode < 0), "case %zu", i);
		if (!good) {
			ck_assert_int_eq(error.code, BGP_ERR_OPEN);
			ck_assert_msg(error.subcode == cases[i].subcode, "case %zu: %u", i,
			    error.subcode);
		}
	}
}
END_TEST

START_TEST(an_open_must_suit_the_local_one)
{
	static const struct {
		struct open theirs;
		uint32_t as;
		int subcode;
	} cases[] = {
		{ { .as = 65000, .id = 2, .hold = 3 }, 65000, -1 },
		{ { .as = 65000, .id = 2, .hold = 0 }, 65000, -1 },
		{ { .as = 65000, .id = 2, .hold = 1 }, 65000, BGP_OPEN_HOLD },
		{ { .as = 65000, .id = 2, .hold = 2 }, 65000, BGP_OPEN_HOLD },
		{ { .as = 65001, .id = 2, .hold = 3 }, 65000, BGP_OPEN_AS },
		{ { .as = 0, .id = 2, .hold = 3 }, 0, BGP_OPEN_AS },
		{ { .as = 65000, .id = 0, .hold = 3 }, 65000, BGP_OPEN_ID },
		{ { .as = 65000, .id = 1, .hold = 3 }, 65000, BGP_OPEN_ID },
		/* RFC 5492 section 3: no family in common. */
		{ { .as = 65000, .id = 2, .families = BGP_BIT(BGP_IPV6) }, 65000,
		    BGP_OPEN_CAPABILITY },
		/* RFC 6286: a router of another AS may have the same identifier. */
		{ { .as = 65001, .id = 1, .hold = 3 }, 65001, -1 },
	};
	const struct open ours = { .as = 65000, .id = 1, .hold = 90,
	    .families = BGP_BIT(BGP_IPV4) };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bgp_error error = { 0 };
		struct open theirs = cases[i].theirs;
		bool good;

		if (theirs.families == 0)
			theirs.families = BGP_BIT(BGP_IPV4);
		good = open_check(&theirs, cases[i].as, &ours, &error);

		ck_assert_msg(good == (cases[i].subcode < 0), "case %zu", i);
		if (!good)
			ck_assert_int_eq(error.subcode, cases[i].subcode);
	}
}
END_TEST

/* RFC 5492: a peer refuses all capabilities (section 3), or lists those it refuses (section 5). */
START_TEST(refused_capabilities_are_removed)
{
	const struct open full = { .as = 4200000000, .id = 1, .hold = 90, .families = 3,
	    .multiprotocol = true, .refresh = true, .as4 = true, .extended = true, .restart = true,
	    .restart_families = 3, .kept = 3 };
	struct bgp_error error = { .code = BGP_ERR_OPEN, .subcode = BGP_OPEN_PARAMETER };
	struct open ours = full;

	ck_assert(open_yield(&ours, &error));
	buf_cut(&out, 0);
	open_put(&out, &ours);
	ck_assert_uint_eq(out.len, 29);
	ck_assert(!open_yield(&ours, &error));

	ours = full;
	error = (struct bgp_error){ .code = BGP_ERR_OPEN, .subcode = BGP_OPEN_CAPABILITY, .n = 12,
	    .data = "\x40\2\0\x78\1\4\0\2\0\1\x63\0" };
	ck_assert(open_yield(&ours, &error));
	ck_assert(!ours.restart && ours.families == BGP_BIT(BGP_IPV4) && ours.as4 && ours.refresh &&
	    ours.extended);
	ck_assert(!open_yield(&ours, &error));

	/* The value of a refused extended next hop is ignored. */
	ours = full;
	ours.next_hop6 = true;
	error = (struct bgp_error){ .code = BGP_ERR_OPEN, .subcode = BGP_OPEN_CAPABILITY, .n = 2,
	    .data = "\5\0" };
	ck_assert(open_yield(&ours, &error));
	ck_assert(!ours.next_hop6 && ours.families == full.families);

	/* RFC 4760 section 8: without a multiprotocol capability the session is for IPv4. */
	ours = full;
	error = (struct bgp_error){ .code = BGP_ERR_OPEN, .subcode = BGP_OPEN_CAPABILITY, .n = 12,
	    .data = "\1\4\0\1\0\1\1\4\0\2\0\1" };
	ck_assert(open_yield(&ours, &error));
	ck_assert(!ours.multiprotocol && ours.families == BGP_BIT(BGP_IPV4));
	ck_assert(!open_yield(&ours, &error));
	ours = full;
	error.n = 6;
	ck_assert(open_yield(&ours, &error));
	ck_assert(ours.multiprotocol && ours.families == BGP_BIT(BGP_IPV6));

	error.n = 3;	/* truncated */
	error.data[0] = 2;
	ck_assert(!open_yield(&ours, &error));
	error = (struct bgp_error){ .code = BGP_ERR_OPEN, .subcode = BGP_OPEN_AS };
	ck_assert(!open_yield(&ours, &error));
}
END_TEST

/* RFC 4724 section 3, RFC 8538 section 2. */
START_TEST(graceful_restart_round_trips)
{
	struct open open = { .as = 65000, .id = 1, .restart = true, .restarting = true,
	    .notification = true, .restart_time = 120, .restart_families = 3,
	    .kept = BGP_BIT(BGP_IPV6) }, again;
	struct bgp_error error;

	buf_cut(&out, 0);
	open_put(&out, &open);
	ck_assert_int_eq(memcmp(out.data + 31, "\x40\x0a\xc0\x78\0\1\1\0\0\2\1\x80", 12), 0);
	ck_assert(open_parse(encoded_message().body, &again, &error));
	ck_assert(again.restart && again.restarting && again.notification);
	ck_assert_uint_eq(again.restart_time, 120);
	ck_assert_uint_eq(again.restart_families, 3);
	ck_assert_uint_eq(again.kept, BGP_BIT(BGP_IPV6));
	ck_assert(!open_parse(STR(FIXED "\5\2\3\x40\1\0"), &again, &error));
	ck_assert(!open_parse(STR(FIXED "\7\2\5\x40\3\0\1\0"), &again, &error));
}
END_TEST

UNIT_MAIN("open", an_open_round_trips, invalid_opens_return_their_errors,
    an_open_must_suit_the_local_one, refused_capabilities_are_removed, graceful_restart_round_trips)
