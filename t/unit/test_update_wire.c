#include "bgp/update_wire.h"

#include "bgp/bgptext.h"
#include "bgp/message.h"
#include "unit.h"

static struct buf out = BUF(64 * 1024);

static struct message
sent_update(void)
{
	struct bgp_error error;
	struct message m;

	ck_assert(!out.overflow);
	ck_assert_int_eq(message_frame(buf_view(&out), BGP_MAX, &m, &error), (int)out.len);
	return m;
}

/* RFC 4271 section 6.3. After other errors the session continues (RFC 7606). */
START_TEST(inconsistent_updates_are_refused)
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
		/* RFC 7606 section 3 (g): the first ORIGIN counts. */
		{ { "\0\0\0\x09\x40\1\1\0\x40\1\2\0\0", 13 }, -1, false },
		{ { "\0\0\0\5\x40\1\1\0\x40", 9 }, -1, true },
		/* An unknown family. */
		{ { "\0\0\0\7\x80\x0f\4\0\7\1\x81", 11 }, -1, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bgp_error error = { 0 };
		struct update_wire u;
		bool good = update_wire_parse(cases[i].body, &u, &error);

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
	struct update_wire u;

	ck_assert(update_wire_parse(sent_update().body, &u, &error));
	ck_assert(!u.malformed);
	buf_cut(&text, 0);
	bgptext_update(&u, as4, &text);
	buf_byte(&text, '\0');
	return text.data;
}

static const struct update_wire_path ibgp = {.ibgp = true,
    .as4 = true,
    .as = 65000,
    .number = {[ATTRS_LOCAL_PREF] = 100, [ATTRS_MED] = -1},
    .next_hop = {{ADDR_V4, {192, 0, 2, 9}}, {ADDR_V6, {0x20, 1, 0xd, 0xb8}}}};

static void
check_announce(const struct update_wire_path *path, enum bgp_family family, struct str nlri,
    const char *expected)
{
	buf_cut(&out, 0);
	update_wire_put(&out, path, family, nlri);
	ck_assert_str_eq(words(path->as4), expected);
}

START_TEST(announcements_are_encoded)
{
	struct update_wire_path ebgp = ibgp;

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

START_TEST(withdrawals_and_end_of_rib_are_encoded)
{
	buf_cut(&out, 0);
	update_wire_put(&out, NULL, BGP_IPV4, STR("\x20\x0a\0\0\1\x08\x0b"));
	ck_assert_str_eq(words(true), "update withdraw 10.0.0.1/32 11.0.0.0/8");
	buf_cut(&out, 0);
	update_wire_put(&out, NULL, BGP_IPV6, STR("\x10\x20\1"));
	ck_assert_str_eq(words(true), "update withdraw 2001::/16");
	buf_cut(&out, 0);
	update_wire_put(&out, NULL, BGP_IPV4, STR(""));
	ck_assert_uint_eq(out.len, 23);
	ck_assert_str_eq(words(true), "update end-of-rib=ipv4");
	buf_cut(&out, 0);
	update_wire_put(&out, NULL, BGP_IPV6, STR(""));
	ck_assert_str_eq(words(true), "update end-of-rib=ipv6");
}
END_TEST

/* A message with as much NLRI as update_wire_room returns has exactly 4,096 bytes. */
START_TEST(full_updates_have_the_maximum_length)
{
	static char nlri[BGP_MAX];
	struct update_wire_path path = ibgp;

	for (int i = 0; i < 64; i++) {
		enum bgp_family family = i & 1 ? BGP_IPV6 : BGP_IPV4;

		path.number[ATTRS_PREPEND] = i & 16 ? 3 : 0;
		path.number[ATTRS_MED] = i & 16 ? 7 : -1;
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
		update_wire_put(&out, &path, family,
		    (struct str){ nlri, update_wire_room(&path, family) });
		ck_assert_uint_eq(out.len, BGP_MAX);
		words(path.as4);
		buf_cut(&out, 0);
		update_wire_put(&out, NULL, family,
		    (struct str){ nlri, update_wire_room(NULL, family) });
		ck_assert_uint_eq(out.len, BGP_MAX);
		words(path.as4);
	}
	/* The number of host routes in a message to an internal peer. */
	ck_assert_uint_eq(update_wire_room(&ibgp, BGP_IPV4) / 5, 810);
	ck_assert_uint_eq(update_wire_room(&ibgp, BGP_IPV6) / 17, 237);
}
END_TEST

/* RFC 7606 section 7.11; RFC 4271 section 6.3: the data of the error are the attribute. */
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
			struct update_wire u;
			size_t start;

			buf_cut(&out, 0);
			buf_u16(&out, 0);
			buf_u16(&out, (uint16_t)(3 + 5 + n + 1));
			start = out.len;
			buf_put(&out, (uint8_t[]){ 0x80, 14, (uint8_t)(5 + n + 1), 0,
			    (uint8_t)(1 + cases[i].family), 1, n }, 7);
			buf_put(&out, zeros, n + 2u);	/* reserved octet, prefix of length 0 */
			ck_assert(update_wire_parse(buf_view(&out), &u, &error) ==
			    cases[i].good[n]);
			if (cases[i].good[n])
				continue;
			ck_assert(error.code == BGP_ERR_UPDATE &&
			    error.subcode == BGP_UPDATE_OPTIONAL);
			ck_assert_uint_eq(error.n, out.len - start);
			ck_assert_int_eq(memcmp(error.data, out.data + start, error.n), 0);
		}
}
END_TEST

/* The error must fit into a NOTIFICATION. */
START_TEST(a_long_attribute_is_cut_in_the_error)
{
	static uint8_t value[60000] = { 0, 2, 1, 3 };
	struct bgp_error error = { 0 };
	struct update_wire u;

	buf_cut(&out, 0);
	buf_u16(&out, 0);
	buf_u16(&out, 4 + sizeof(value));
	buf_put(&out, "\x90\x0e", 2);
	buf_u16(&out, sizeof(value));
	buf_put(&out, value, sizeof(value));
	ck_assert(!update_wire_parse(buf_view(&out), &u, &error));
	ck_assert_uint_eq(error.n, BGP_ERROR_DATA);
	buf_cut(&out, 0);
	message_put_notification(&out, &error);
	ck_assert_uint_le(out.len, BGP_MAX);
	sent_update();
}
END_TEST

UNIT_MAIN("update_wire", inconsistent_updates_are_refused, announcements_are_encoded,
    withdrawals_and_end_of_rib_are_encoded, full_updates_have_the_maximum_length,
    a_next_hop_of_a_wrong_length_is_refused, a_long_attribute_is_cut_in_the_error)
