#include "bgp/bgp.h"

#include <stdio.h>

#include "bgp/bgpname.h"
#include "bgp/bgptext.h"
#include "unit.h"

#define MARKER "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"

static struct buf out = BUF(64 * 1024);

static struct bgp_message
only_message(void)
{
	struct bgp_error error;
	struct bgp_message m;

	ck_assert(!out.overflow);
	ck_assert_int_eq(bgp_frame(buf_view(&out), BGP_MAX, &m, &error), (int)out.len);
	return m;
}

static void
check_bad_frame(struct str bytes, uint8_t subcode, uint8_t n, unsigned data)
{
	struct bgp_error error;
	struct bgp_message m;

	ck_assert_int_eq(bgp_frame(bytes, BGP_MAX, &m, &error), -1);
	ck_assert_int_eq(error.code, BGP_ERR_HEADER);
	ck_assert_int_eq(error.subcode, subcode);
	ck_assert_int_eq(error.n, n);
	if (n == 1)
		ck_assert_uint_eq(error.data[0], data);
	if (n == 2)
		ck_assert_uint_eq((unsigned)error.data[0] << 8 | error.data[1], data);
}

/* RFC 4271 section 6.1. */
START_TEST(bad_headers_have_their_errors)
{
	char bytes[] = MARKER "\0\x13\4";

	for (int i = 0; i < 16; i++) {
		bytes[i] = '\xfe';
		check_bad_frame((struct str){ bytes, 19 }, BGP_HEADER_SYNC, 0, 0);
		bytes[i] = '\xff';
	}
	check_bad_frame(STR(MARKER "\0\x12\4"), BGP_HEADER_LENGTH, 2, 18);
	check_bad_frame(STR(MARKER "\x10\1\2"), BGP_HEADER_LENGTH, 2, 4097);
	check_bad_frame(STR(MARKER "\0\x14\4"), BGP_HEADER_LENGTH, 2, 20);
	check_bad_frame(STR(MARKER "\0\x1c\1"), BGP_HEADER_LENGTH, 2, 28);
	check_bad_frame(STR(MARKER "\0\x16\2"), BGP_HEADER_LENGTH, 2, 22);
	check_bad_frame(STR(MARKER "\0\x14\3"), BGP_HEADER_LENGTH, 2, 20);
	check_bad_frame(STR(MARKER "\0\x16\5"), BGP_HEADER_LENGTH, 2, 22);
	check_bad_frame(STR(MARKER "\0\x13\0"), BGP_HEADER_TYPE, 1, 0);
	check_bad_frame(STR(MARKER "\0\x13\6"), BGP_HEADER_TYPE, 1, 6);
}
END_TEST

START_TEST(a_message_in_pieces_is_awaited)
{
	struct bgp_error error;
	struct bgp_message m;

	buf_cut(&out, 0);
	bgp_put_end_of_rib(&out, BGP_IPV6);
	for (size_t n = 0; n < out.len; n++)
		ck_assert_int_eq(bgp_frame((struct str){ out.data, n }, BGP_MAX, &m, &error), 0);
	ck_assert_int_eq(only_message().type, BGP_UPDATE);
}
END_TEST

START_TEST(an_open_round_trips)
{
	struct bgp_open open = { .as = 4200000000, .id = 0x0a000001, .hold = 90, .families = 3,
	    .multiprotocol = true, .refresh = true, .as4 = true }, again;
	struct bgp_error error;

	buf_cut(&out, 0);
	bgp_put_open(&out, &open);
	ck_assert_uint_eq((uint8_t)out.data[20] << 8 | (uint8_t)out.data[21], BGP_AS_TRANS);
	ck_assert(bgp_open_parse(only_message().body, &again, &error));
	ck_assert_uint_eq(again.as, open.as);
	ck_assert_uint_eq(again.id, open.id);
	ck_assert_uint_eq(again.hold, open.hold);
	ck_assert_uint_eq(again.families, open.families);
	ck_assert(again.multiprotocol && again.refresh && again.as4);

	open = (struct bgp_open){ .as = 65000, .id = 1 };
	buf_cut(&out, 0);
	bgp_put_open(&out, &open);
	ck_assert_uint_eq(out.len, 29);
	ck_assert(bgp_open_parse(only_message().body, &again, &error));
	ck_assert_uint_eq(again.as, 65000);
	ck_assert(!again.multiprotocol && !again.refresh && !again.as4);
}
END_TEST

#define FIXED "\4\xfd\xe8\0\x5a\x0a\0\0\1"	/* version 4, AS 65000, hold 90, 10.0.0.1 */

/* RFC 4271 section 6.2, RFC 5492 section 3. */
START_TEST(bad_opens_have_their_errors)
{
	static const struct {
		struct str body;
		int subcode;	/* -1: it is good */
	} cases[] = {
		{ { "\3\xfd\xe8\0\x5a\x0a\0\0\1\0", 10 }, BGP_OPEN_VERSION },
		{ { FIXED "\1", 10 }, 0 }, { { FIXED "\0x", 11 }, 0 },
		{ { FIXED "\1\2", 11 }, 0 }, { { FIXED "\3\2\2\1", 13 }, 0 },
		{ { FIXED "\3\1\1\0", 13 }, BGP_OPEN_PARAMETER },
		{ { FIXED "\4\2\2\x41\1", 14 }, 0 },		/* a capability that is cut off */
		{ { FIXED "\5\2\3\x41\1\1", 15 }, 0 },		/* four-octet AS of one */
		{ { FIXED "\7\2\5\5\3\0\1\0", 17 }, 0 },	/* next hops of three: RFC 8950 */
		{ { FIXED "\7\2\5\1\3\0\1\0", 17 }, 0 },	/* multiprotocol of three */
		{ { FIXED "\0", 10 }, -1 }, { { FIXED "\2\2\0", 12 }, -1 },
		{ { FIXED "\6\2\4\xc8\2xy", 16 }, -1 },		/* a capability unknown */
		{ { FIXED "\xff\xff\0\3\2\0\0", 16 }, -1 },	/* RFC 9072 */
		{ { FIXED "\xff\xff\0\5\2\0\2\2\0", 18 }, -1 },
		{ { FIXED "\xff\xff\0\6\2\0\2\2\0", 18 }, 0 },
		/* Its section 2: the length before the type is to be ignored. */
		{ { FIXED "\x09\xff\0\x09\2\0\6\1\4\0\1\0\1", 22 }, -1 },
		{ { FIXED "\1\xff\0\0", 13 }, -1 }, { { FIXED "\0\xff\0\0", 13 }, 0 },
		{ { FIXED "\x14\xff\0\1\2", 14 }, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bgp_error error = { 0 };
		struct bgp_open open;
		bool good = bgp_open_parse(cases[i].body, &open, &error);

		ck_assert_msg(good == (cases[i].subcode < 0), "case %zu", i);
		if (!good) {
			ck_assert_int_eq(error.code, BGP_ERR_OPEN);
			ck_assert_msg(error.subcode == cases[i].subcode, "case %zu: %u", i,
			    error.subcode);
		}
	}
}
END_TEST

START_TEST(an_open_must_suit_ours)
{
	static const struct {
		struct bgp_open theirs;
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
		/* RFC 6286: another AS may have it. */
		{ { .as = 65001, .id = 1, .hold = 3 }, 65001, -1 },
	};
	const struct bgp_open ours = { .as = 65000, .id = 1, .hold = 90,
	    .families = BGP_BIT(BGP_IPV4) };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bgp_error error = { 0 };
		struct bgp_open theirs = cases[i].theirs;
		bool good;

		if (theirs.families == 0)
			theirs.families = BGP_BIT(BGP_IPV4);
		good = bgp_open_check(&theirs, cases[i].as, &ours, &error);

		ck_assert_msg(good == (cases[i].subcode < 0), "case %zu", i);
		if (!good)
			ck_assert_int_eq(error.subcode, cases[i].subcode);
	}
}
END_TEST

/* RFC 5492 section 3: all capabilities, or (section 5) those that the peer names. */
START_TEST(what_is_refused_is_left_out)
{
	const struct bgp_open full = { .as = 4200000000, .id = 1, .hold = 90, .families = 3,
	    .multiprotocol = true, .refresh = true, .as4 = true, .extended = true, .restart = true,
	    .restart_families = 3, .kept = 3 };
	struct bgp_error error = { .code = BGP_ERR_OPEN, .subcode = BGP_OPEN_PARAMETER };
	struct bgp_open ours = full;

	ck_assert(bgp_open_yield(&ours, &error));
	buf_cut(&out, 0);
	bgp_put_open(&out, &ours);
	ck_assert_uint_eq(out.len, 29);
	ck_assert(!bgp_open_yield(&ours, &error));

	ours = full;
	error = (struct bgp_error){ .code = BGP_ERR_OPEN, .subcode = BGP_OPEN_CAPABILITY, .n = 12,
	    .data = "\x40\2\0\x78\1\4\0\2\0\1\x63\0" };
	ck_assert(bgp_open_yield(&ours, &error));
	ck_assert(!ours.restart && ours.families == BGP_BIT(BGP_IPV4) && ours.as4 && ours.refresh &&
	    ours.extended);
	ck_assert(!bgp_open_yield(&ours, &error));

	/* RFC 4760 section 8: without any multiprotocol capability the session is one for IPv4. */
	ours = full;
	error = (struct bgp_error){ .code = BGP_ERR_OPEN, .subcode = BGP_OPEN_CAPABILITY, .n = 12,
	    .data = "\1\4\0\1\0\1\1\4\0\2\0\1" };
	ck_assert(bgp_open_yield(&ours, &error));
	ck_assert(!ours.multiprotocol && ours.families == BGP_BIT(BGP_IPV4));
	ck_assert(!bgp_open_yield(&ours, &error));
	ours = full;
	error.n = 6;
	ck_assert(bgp_open_yield(&ours, &error));
	ck_assert(ours.multiprotocol && ours.families == BGP_BIT(BGP_IPV6));

	error.n = 3;	/* cut off */
	error.data[0] = 2;
	ck_assert(!bgp_open_yield(&ours, &error));
	error = (struct bgp_error){ .code = BGP_ERR_OPEN, .subcode = BGP_OPEN_AS };
	ck_assert(!bgp_open_yield(&ours, &error));
}
END_TEST

/* RFC 4724 section 3, RFC 8538 section 2. */
START_TEST(graceful_restart_round_trips)
{
	struct bgp_open open = { .as = 65000, .id = 1, .restart = true, .restarting = true,
	    .notification = true, .restart_time = 120, .restart_families = 3,
	    .kept = BGP_BIT(BGP_IPV6) }, again;
	struct bgp_error error;

	buf_cut(&out, 0);
	bgp_put_open(&out, &open);
	ck_assert_int_eq(memcmp(out.data + 31, "\x40\x0a\xc0\x78\0\1\1\0\0\2\1\x80", 12), 0);
	ck_assert(bgp_open_parse(only_message().body, &again, &error));
	ck_assert(again.restart && again.restarting && again.notification);
	ck_assert_uint_eq(again.restart_time, 120);
	ck_assert_uint_eq(again.restart_families, 3);
	ck_assert_uint_eq(again.kept, BGP_BIT(BGP_IPV6));
	ck_assert(!bgp_open_parse(STR(FIXED "\5\2\3\x40\1\0"), &again, &error));
	ck_assert(!bgp_open_parse(STR(FIXED "\7\2\5\x40\3\0\1\0"), &again, &error));
}
END_TEST

/* RFC 8654 section 4: all but OPEN, and KEEPALIVE, whose length is fixed. */
START_TEST(extended_messages_are_taken_where_agreed)
{
	struct str update = STR(MARKER "\x20\0\2"), open = STR(MARKER "\x20\0\1");
	struct bgp_error error;
	struct bgp_message m;

	ck_assert_int_eq(bgp_frame(update, BGP_EXTENDED_MAX, &m, &error), 0);
	ck_assert_int_eq(bgp_frame(update, BGP_MAX, &m, &error), -1);
	ck_assert_int_eq(bgp_frame(open, BGP_EXTENDED_MAX, &m, &error), -1);
	ck_assert_int_eq(error.subcode, BGP_HEADER_LENGTH);
}
END_TEST

static struct bgp_error
said_again(const struct bgp_error *error)
{
	buf_cut(&out, 0);
	bgp_put_notification(&out, error);
	return bgp_notification_parse(only_message().body);
}

/* RFC 8538 section 3.1, RFC 9003 section 2. */
START_TEST(notifications_say_why)
{
	static const char words[BGP_WORDS_MAX + 1] = "moving house";
	struct bgp_error error = { .code = BGP_ERR_CEASE, .subcode = BGP_CEASE_SHUTDOWN,
	    .hard = true }, again;
	char text[BGPNAME_ERROR_STRLEN];

	bgp_error_say(&error, STR("moving house"));
	again = said_again(&error);
	ck_assert_int_eq(out.data[19] << 8 | out.data[20], 0x0609);
	ck_assert(again.hard && str_eq(bgp_error_words(&again), STR("moving house")));
	ck_assert_str_eq(bgpname_error(&again, text), "hard-reset/cease/administrative-shutdown");
	error.hard = false;
	bgp_error_say(&error, (struct str){ words, BGP_WORDS_MAX });
	again = said_again(&error);
	ck_assert(!again.hard);
	ck_assert_uint_eq(bgp_error_words(&again).n, BGP_WORDS_MAX);
	again.data[0] = 0;
	ck_assert_ptr_null(bgp_error_words(&again).p);
	again.n = 5;
	again.data[0] = 5;
	ck_assert_ptr_null(bgp_error_words(&again).p);
	error.n = 0;
	bgp_error_say(&error, (struct str){ words, 0 });
	ck_assert_ptr_null(bgp_error_words(&error).p);
	again = said_again(&(struct bgp_error){ .code = BGP_ERR_CEASE,
	    .subcode = BGP_CEASE_HARD_RESET });
	ck_assert_str_eq(bgpname_error(&again, text), "cease/hard-reset");
	ck_assert_str_eq(bgpname_error(&(struct bgp_error){ .code = BGP_ERR_SEND_HOLD }, text),
	    "send-hold-timer-expired");
}
END_TEST

/* RFC 4271 section 6.3; all else is an attribute's own, and RFC 7606 keeps the session. */
START_TEST(updates_that_do_not_add_up_are_refused)
{
	static const struct {
		struct str body;
		int subcode;
		bool malformed;
	} cases[] = {
		{ { "\0\0\0\0", 4 }, -1, false },
		{ { "\0\1\0\0", 4 }, BGP_UPDATE_ATTRIBUTES, false },
		{ { "\0\0\0\1", 4 }, BGP_UPDATE_ATTRIBUTES, false },
		{ { "\0\0\0", 3 }, BGP_UPDATE_ATTRIBUTES, false },
		{ { "\0\1\x21\0\0", 5 }, BGP_UPDATE_NETWORK, false },
		{ { "\0\2\x20\x0a\0\0", 6 }, BGP_UPDATE_NETWORK, false },
		{ { "\0\0\0\0\x18\x0a\0", 7 }, BGP_UPDATE_NETWORK, false },
		{ { "\0\0\0\3\x40\1\5", 7 }, -1, true }, { { "\0\0\0\4\x40\1\1\0", 8 }, -1, false },
		{ { "\0\0\0\5\x40\1\2\0\0", 9 }, -1, true },
		{ { "\0\0\0\6\x80\x0f\3\0\2\1", 10 }, -1, false },
		{ { "\0\0\0\7\x80\x0f\4\0\2\1\x81", 11 }, BGP_UPDATE_OPTIONAL, false },
		{ { "\0\0\0\5\x80\x0f\2\0\2", 9 }, BGP_UPDATE_OPTIONAL, false },
		{ { "\0\0\0\x0c\x80\x0e\x09\0\2\1\1\0\0\x81\0\0", 16 }, BGP_UPDATE_OPTIONAL,
		false },
		{ { "\0\0\0\x07\x80\x0e\4\0\1\1\4", 11 }, BGP_UPDATE_OPTIONAL, false },
		{ { "\0\0\0\x0c\x80\x0f\3\0\2\1\x80\x0f\3\0\2\1", 16 }, BGP_UPDATE_ATTRIBUTES,
		false },
		/* The first ORIGIN counts. */
		{ { "\0\0\0\x09\x40\1\1\0\x40\1\2\0\0", 13 }, -1, false },
		{ { "\0\0\0\5\x40\1\1\0\x40", 9 }, -1, true },
		/* A family that is none of ours. */
		{ { "\0\0\0\7\x80\x0f\4\0\7\1\x81", 11 }, -1, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bgp_error error = { 0 };
		struct bgp_update u;
		bool good = bgp_update_parse(cases[i].body, &u, &error);

		ck_assert_msg(good == (cases[i].subcode < 0), "case %zu", i);
		if (!good)
			ck_assert_int_eq(error.subcode, cases[i].subcode);
		else
			ck_assert_msg(u.malformed == cases[i].malformed, "case %zu", i);
	}
}
END_TEST

static const char *
words(bool as4)
{
	static struct buf text = BUF(1024 * 1024);
	struct bgp_error error;
	struct bgp_update u;

	ck_assert(bgp_update_parse(only_message().body, &u, &error));
	ck_assert(!u.malformed);
	buf_cut(&text, 0);
	bgptext_update(&u, as4, &text);
	buf_byte(&text, '\0');
	return text.data;
}

static const struct bgp_path ibgp = { .ibgp = true, .as4 = true, .as = 65000, .local_pref = 100,
    .med = -1, .next_hop = { { ADDR_V4, { 192, 0, 2, 9 } }, { ADDR_V6, { 0x20, 1, 0xd, 0xb8 } } } };

static void
check_announce(const struct bgp_path *path, enum bgp_family family, struct str nlri,
    const char *expected)
{
	buf_cut(&out, 0);
	bgp_put_announce(&out, path, family, nlri);
	ck_assert_str_eq(words(path->as4), expected);
}

START_TEST(announcements_say_what_they_should)
{
	struct bgp_path ebgp = ibgp;

	check_announce(&ibgp, BGP_IPV4, STR("\x20\x0a\0\0\1\x0c\x0a\x10"),
	    "update origin=igp as-path= next-hop=192.0.2.9 local-pref=100 announce 10.0.0.1/32 "
	    "10.16.0.0/12");
	check_announce(&ibgp, BGP_IPV6, STR("\x20\x20\1\x0d\xb8"),
	    "update origin=igp as-path= next-hop=2001:db8:: local-pref=100 announce 2001:db8::/32");
	ebgp.ibgp = false;
	check_announce(&ebgp, BGP_IPV4, STR("\x08\x0a"),
	    "update origin=igp as-path=65000 next-hop=192.0.2.9 announce 10.0.0.0/8");
	ebgp.as = 4200000000;
	check_announce(&ebgp, BGP_IPV6, STR("\x08\x20"),
	    "update origin=igp as-path=4200000000 next-hop=2001:db8:: announce 2000::/8");
	ebgp.as4 = false;	/* RFC 6793 section 4.2.2 */
	check_announce(&ebgp, BGP_IPV4, STR("\x08\x0a"),
	    "update origin=igp as-path=23456 as4-path=4200000000 next-hop=192.0.2.9 announce "
	    "10.0.0.0/8");
	ebgp.as = 65000;
	check_announce(&ebgp, BGP_IPV4, STR("\x08\x0a"),
	    "update origin=igp as-path=65000 next-hop=192.0.2.9 announce 10.0.0.0/8");
}
END_TEST

START_TEST(withdrawals_and_ends_say_what_they_should)
{
	buf_cut(&out, 0);
	bgp_put_withdraw(&out, BGP_IPV4, STR("\x20\x0a\0\0\1\x08\x0b"));
	ck_assert_str_eq(words(true), "update withdraw 10.0.0.1/32 11.0.0.0/8");
	buf_cut(&out, 0);
	bgp_put_withdraw(&out, BGP_IPV6, STR("\x10\x20\1"));
	ck_assert_str_eq(words(true), "update withdraw 2001::/16");
	buf_cut(&out, 0);
	bgp_put_end_of_rib(&out, BGP_IPV4);
	ck_assert_uint_eq(out.len, 23);
	ck_assert_str_eq(words(true), "update end-of-rib=ipv4");
	buf_cut(&out, 0);
	bgp_put_end_of_rib(&out, BGP_IPV6);
	ck_assert_str_eq(words(true), "update end-of-rib=ipv6");
}
END_TEST

/* The rooms are exact: a message that fills one has 4096 bytes. */
START_TEST(full_updates_fit)
{
	static char nlri[BGP_MAX];
	struct bgp_path path = ibgp;

	for (int i = 0; i < 64; i++) {
		enum bgp_family family = i & 1 ? BGP_IPV6 : BGP_IPV4;

		path.prepend = i & 16 ? 3 : 0;
		path.med = i & 16 ? 7 : -1;
		path.next_hop[BGP_IPV4] = ibgp.next_hop[i & 32 ? BGP_IPV6 : BGP_IPV4];
		path.link_local = (struct addr){ .family = i & 32 ? ADDR_V6 : ADDR_NONE,
		    .bytes = { 0xfe, 0x80 } };
		for (int k = 0; k < COMMUNITY_KINDS; k++)
			path.communities[k] = (struct str){ nlri,
			    i & 16 ? 240 + 24u * (unsigned)k : 0 };

		path.ibgp = i & 2;
		path.as4 = i & 4;
		path.as = i & 8 ? 4200000000 : 65000;
		buf_cut(&out, 0);
		bgp_put_announce(&out, &path, family,
		    (struct str){ nlri, bgp_announce_room(&path, family) });
		ck_assert_uint_eq(out.len, BGP_MAX);
		words(path.as4);
		buf_cut(&out, 0);
		bgp_put_withdraw(&out, family, (struct str){ nlri, bgp_withdraw_room(family) });
		ck_assert_uint_eq(out.len, BGP_MAX);
		words(path.as4);
	}
	/* What 1,000,000 routes over iBGP come to. */
	ck_assert_uint_eq(bgp_announce_room(&ibgp, BGP_IPV4) / 5, 810);
	ck_assert_uint_eq(bgp_announce_room(&ibgp, BGP_IPV6) / 17, 237);
}
END_TEST

START_TEST(prefixes_lose_their_host_bits)
{
	struct str nlri = STR("\x0c\x0a\xff\0\x21");
	char text[PREFIX_STRLEN];
	struct prefix p;

	ck_assert(bgp_nlri_next(&nlri, BGP_IPV4, &p));
	prefix_format(&p, text);
	ck_assert_str_eq(text, "10.240.0.0/12");
	ck_assert(bgp_nlri_next(&nlri, BGP_IPV4, &p));
	ck_assert_uint_eq(p.len, 0);
	ck_assert(!bgp_nlri_next(&nlri, BGP_IPV4, &p));
	ck_assert_uint_eq(nlri.n, 1);
}
END_TEST

/* How many subcodes each code of IANA's registries has, and those that are deprecated. */
START_TEST(notifications_have_names)
{
	static const uint8_t subcodes[] = { 0, 3, 11, 11, 0, 3, 10, 1, 0, 0 };
	static const struct {
		uint8_t code, subcode;
		const char *name;
	} cases[] = {
		{ 6, 2, "cease/administrative-shutdown" }, { 4, 0, "hold-timer-expired" },
		{ 2, 2, "open-message-error/bad-peer-as" }, { 6, 99, "cease/99" },
		{ 2, 11, "open-message-error/role-mismatch" }, { 2, 9, "open-message-error/9" },
		{ 7, 1, "route-refresh-message-error/invalid-message-length" },
		{ 8, 0, "send-hold-timer-expired" }, { 9, 0, "loss-of-lsdb-synchronization" },
		{ 6, 10, "cease/bfd-down" }, { 10, 1, "10/1" }, { 0, 0, "0/0" },
		{ 5, 3, "finite-state-machine-error/unexpected-message-in-established" },
	};
	char text[BGPNAME_ERROR_STRLEN];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bgp_error error = { .code = cases[i].code, .subcode = cases[i].subcode };

		buf_cut(&out, 0);
		bgp_put_notification(&out, &error);
		error = bgp_notification_parse(only_message().body);
		ck_assert_str_eq(bgpname_error(&error, text), cases[i].name);
	}
	for (uint8_t code = 1; code < sizeof(subcodes); code++)
		for (uint8_t subcode = 0; subcode <= subcodes[code]; subcode++) {
			struct bgp_error error = { .code = code, .subcode = subcode };
			bool deprecated = code == BGP_ERR_OPEN && subcode >= 8 && subcode <= 10;
			const char *last = strrchr(bgpname_error(&error, text), '/');

			ck_assert_msg(deprecated == (last != NULL && last[1] <= '9'), "%s", text);
		}
}
END_TEST

START_TEST(capabilities_have_names)
{
	static const struct {
		struct str data;
		const char *names;
	} cases[] = {
		{ { "\x09\1\3", 3 }, "role" },
		{ { "\1\4\0\1\0\1\1\4\0\2\0\1\1\4\0\x19\0\x46", 18 },
		    "multiprotocol/ipv4-unicast,multiprotocol/ipv6-unicast,multiprotocol/25/70" },
		{ { "\x45\4\0\1\1\3\x63\0", 8 }, "add-path,capability/99" },
		{ { "\x45\4\0", 3 }, "" }, { { "\1\0\x41", 3 }, "multiprotocol" },
		{ { "", 0 }, "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bgp_error error = { .code = BGP_ERR_OPEN, .subcode = BGP_OPEN_CAPABILITY };

		error.n = (uint16_t)cases[i].data.n;
		memcpy(error.data, cases[i].data.p, error.n);
		buf_cut(&out, 0);
		bgpname_capabilities(&error, &out);
		buf_byte(&out, '\0');
		ck_assert_str_eq(out.data, cases[i].names);
	}
}
END_TEST

/* RFC 7606 section 7.11; RFC 4271 section 6.3: the error shows the attribute. */
START_TEST(a_next_hop_of_a_wrong_length_is_refused)
{
	static const struct {
		enum bgp_family family;
		bool good[34];
	} cases[] = {
		{ BGP_IPV4, { [4] = true, [16] = true, [32] = true } },
		{ BGP_IPV6, { [16] = true, [32] = true } },
	};
	static const uint8_t zeros[4096];

	for (size_t i = 0; i < 2; i++)
		for (uint8_t n = 0; n < sizeof(cases[i].good); n++) {
			struct bgp_error error = { 0 };
			struct bgp_update u;
			size_t start;

			buf_cut(&out, 0);
			buf_u16(&out, 0);
			buf_u16(&out, (uint16_t)(3 + 5 + n + 1));
			start = out.len;
			buf_put(&out, (uint8_t[]){ 0x80, 14, (uint8_t)(5 + n + 1), 0,
			    (uint8_t)(1 + cases[i].family), 1, n }, 7);
			buf_put(&out, zeros, n + 2u);	/* reserved, and a prefix of length 0 */
			ck_assert(bgp_update_parse(buf_view(&out), &u, &error) == cases[i].good[n]);
			if (cases[i].good[n])
				continue;
			ck_assert(error.code == BGP_ERR_UPDATE &&
			    error.subcode == BGP_UPDATE_OPTIONAL);
			ck_assert_uint_eq(error.n, out.len - start);
			ck_assert_int_eq(memcmp(error.data, out.data + start, error.n), 0);
		}
}
END_TEST

/* The longest attribute is cut, to fit a NOTIFICATION. */
START_TEST(an_attribute_too_long_to_show_is_cut)
{
	static uint8_t value[60000] = { 0, 2, 1, 3 };
	struct bgp_error error = { 0 };
	struct bgp_update u;

	buf_cut(&out, 0);
	buf_u16(&out, 0);
	buf_u16(&out, 4 + sizeof(value));
	buf_put(&out, "\x90\x0e", 2);
	buf_u16(&out, sizeof(value));
	buf_put(&out, value, sizeof(value));
	ck_assert(!bgp_update_parse(buf_view(&out), &u, &error));
	ck_assert_uint_eq(error.n, BGP_ERROR_DATA);
	buf_cut(&out, 0);
	bgp_put_notification(&out, &error);
	ck_assert_uint_le(out.len, BGP_MAX);
	only_message();
}
END_TEST

START_TEST(a_refresh_names_its_family)
{
	enum bgp_family family;

	ck_assert(bgp_refresh_parse(STR("\0\1\0\1"), &family) && family == BGP_IPV4);
	ck_assert(bgp_refresh_parse(STR("\0\2\xff\1"), &family) && family == BGP_IPV6);
	ck_assert(!bgp_refresh_parse(STR("\0\1\0\2"), &family));
	ck_assert(!bgp_refresh_parse(STR("\0\3\0\1"), &family));
}
END_TEST

UNIT_MAIN("bgp", bad_headers_have_their_errors, a_message_in_pieces_is_awaited, an_open_round_trips,
    bad_opens_have_their_errors, an_open_must_suit_ours, what_is_refused_is_left_out,
    graceful_restart_round_trips, extended_messages_are_taken_where_agreed, notifications_say_why,
    updates_that_do_not_add_up_are_refused, announcements_say_what_they_should,
    withdrawals_and_ends_say_what_they_should, full_updates_fit, prefixes_lose_their_host_bits,
    notifications_have_names, capabilities_have_names, a_next_hop_of_a_wrong_length_is_refused,
    an_attribute_too_long_to_show_is_cut, a_refresh_names_its_family)
