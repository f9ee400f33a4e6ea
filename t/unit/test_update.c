#include "bgp/update.h"

#include <stdio.h>

#include "bgp/bgptext.h"
#include "bgp/message.h"
#include "unit.h"

static struct intern sets = { .seed = 1 };
static struct update_local us = { .open = { .as = 65000 }, .sets = &sets,
    .next_hop = { { ADDR_V4, { 192, 0, 2, 9 } }, { ADDR_V6, { 0x20, 1, 0xd, 0xb8 } } } };
static struct ribout *rib;
static struct ribout_reader reader;
static struct update_view view;

static uint32_t
set_of(const char *words, uint64_t tags)
{
	struct buf packed = BUF(ATTRS_PACKED_MAX);
	struct attrs a;
	uint32_t set;

	ck_assert_ptr_null(attrs_parse(str_of(words), &a));
	a.tags = tags;
	set = intern_take(&sets, attrs_pack(&a, &packed));
	buf_free(&packed);
	return set;
}

static void
announce_with(const char *prefix, uint32_t set)
{
	struct prefix p;

	ck_assert_ptr_null(prefix_parse(str_of(prefix), &p));
	ribout_announce(rib, &p, set);
}

static void
begin_update(void)
{
	rib = ribout_new(1);
	ribout_attach(rib, &reader);
	view = (struct update_view){ .us = &us, .ibgp = true, .as4 = true };
}

static void
end_update(void)
{
	ribout_detach(rib, &reader);
	ribout_free(rib);
}

/* The UPDATEs of a family as text, without the word `update`, separated by `; `. */
static const char *
sent_text(enum bgp_family family)
{
	static struct buf text = BUF(1024 * 1024);
	struct buf out = BUF(1024 * 1024);
	struct bgp_error error;
	struct message m;
	struct update_wire u;
	struct str rest;
	int length;

	buf_cut(&text, 0);
	update_put(rib, &reader, &view, family, &out, 512 * 1024);
	rest = buf_view(&out);
	while ((length = message_frame(rest, BGP_MAX, &m, &error)) > 0) {
		struct buf one = BUF(1024 * 1024);

		ck_assert(update_wire_parse(m.body, &u, &error) && !u.malformed);
		bgptext_update(&u, view.as4, &one);
		buf_str(&text, text.len > 0 ? STR("; ") : STR(""));
		buf_put(&text, one.data + strlen("update "), one.len - strlen("update "));
		buf_free(&one);
		rest.p += length;
		rest.n -= (size_t)length;
	}
	ck_assert_uint_eq(rest.n, 0);
	buf_byte(&text, '\0');
	buf_free(&out);
	return text.data;
}

/* RFC 4271 section 5.1; RFC 1997, 4360, 8092. */
START_TEST(attributes_depend_on_the_kind_of_peer)
{
	const char *words = "med=5,local-pref=200,prepend=2,community=1:2,ext-community=rt:1:2,"
	    "large-community=1:2:3";

	begin_update();
	announce_with("10.0.0.1/32", set_of(words, 0));
	ck_assert_str_eq(sent_text(BGP_IPV4),
	    "origin=igp as-path= next-hop=192.0.2.9 med=5 local-pref=200 community=1:2 "
	    "ext-community=rt:1:2 large-community=1:2:3 announce 10.0.0.1/32");
	end_update();
	begin_update();
	view.ibgp = false;
	view.no_export = true;
	announce_with("10.0.0.1/32", set_of(words, 0));
	ck_assert_str_eq(sent_text(BGP_IPV4),
	    "origin=igp as-path=65000,65000,65000 next-hop=192.0.2.9 med=5 community=1:2,no-export "
	    "ext-community=rt:1:2 large-community=1:2:3 announce 10.0.0.1/32");
	end_update();
}
END_TEST

/* RFC 6793 section 4.2.2. */
START_TEST(a_peer_without_four_octet_as_gets_as_trans)
{
	begin_update();
	us.open.as = 4200000000;
	view.ibgp = view.as4 = false;
	announce_with("10.0.0.1/32", set_of("prepend=1,origin=egp", 0));
	ck_assert_str_eq(sent_text(BGP_IPV4),
	    "origin=egp as-path=23456,23456 as4-path=4200000000,4200000000 next-hop=192.0.2.9 "
	    "announce 10.0.0.1/32");
	us.open.as = 65000;
	end_update();
}
END_TEST

/* RFC 8950 sections 3 and 4, RFC 2545 section 3. */
START_TEST(the_next_hop_depends_on_family_and_link)
{
	enum { V4 = 1, V6 = 2, LOCAL = 4, ON_LINK = 8, AGREED = 16 };
	static const struct {
		enum bgp_family family;
		unsigned with;
		const char *words;	/* the route's attributes */
		const char *next_hop;	/* NULL: the route is not sent */
	} cases[] = {
		{ BGP_IPV4, V4 | V6 | LOCAL | ON_LINK | AGREED, NULL, "192.0.2.9" },
		{ BGP_IPV4, V6 | LOCAL, NULL, NULL },
		{ BGP_IPV4, V6 | LOCAL | ON_LINK, NULL, NULL },
		{ BGP_IPV4, V6 | LOCAL | AGREED, NULL, "2001:db8::" },
		{ BGP_IPV4, V6 | LOCAL | ON_LINK | AGREED, NULL, "2001:db8::,fe80::9" },
		{ BGP_IPV4, V6 | LOCAL | ON_LINK | AGREED, "next-hop=2001:db8::7", "2001:db8::7" },
		{ BGP_IPV4, V6 | LOCAL | ON_LINK, "next-hop=2001:db8::7", NULL },
		{ BGP_IPV4, V6 | LOCAL | ON_LINK, "next-hop=192.0.2.7", "192.0.2.7" },
		{ BGP_IPV4, LOCAL | ON_LINK | AGREED, NULL, NULL },
		{ BGP_IPV6, V6 | LOCAL, NULL, "2001:db8::" },
		{ BGP_IPV6, V6 | LOCAL | ON_LINK, NULL, "2001:db8::,fe80::9" },
		{ BGP_IPV6, V6 | LOCAL | ON_LINK, "next-hop=2001:db8::", "2001:db8::,fe80::9" },
		{ BGP_IPV6, V6 | LOCAL | ON_LINK, "next-hop=2001:db8::7", "2001:db8::7" },
		{ BGP_IPV6, LOCAL | ON_LINK, NULL, "fe80::9" },
		{ BGP_IPV6, LOCAL | ON_LINK, "next-hop=2001:db8::7", "2001:db8::7" },
		{ BGP_IPV6, LOCAL, NULL, NULL },
		{ BGP_IPV6, V4, NULL, NULL },
	};
	const struct addr v4 = us.next_hop[BGP_IPV4], v6 = us.next_hop[BGP_IPV6], none = { 0 };
	char expected[128];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *prefix =
		    cases[i].family == BGP_IPV4 ? "10.0.0.1/32" : "2001:db8:1::1/128";

		begin_update();
		us.next_hop[BGP_IPV4] = cases[i].with & V4 ? v4 : none;
		us.next_hop[BGP_IPV6] = cases[i].with & V6 ? v6 : none;
		us.link_local = cases[i].with & LOCAL ?
		    (struct addr){ ADDR_V6, { 0xfe, 0x80, [15] = 9 } } : none;
		view.on_link = cases[i].with & ON_LINK;
		view.next_hop6 = cases[i].with & AGREED;
		announce_with(prefix, cases[i].words != NULL ? set_of(cases[i].words, 0) : 0);
		if (cases[i].next_hop != NULL)
			snprintf(expected, sizeof(expected), "origin=igp as-path= next-hop=%s "
			    "local-pref=100 announce %s", cases[i].next_hop, prefix);
		else
			expected[0] = '\0';
		ck_assert_str_eq(sent_text(cases[i].family), expected);
		end_update();
	}
	us.next_hop[BGP_IPV4] = v4;
	us.next_hop[BGP_IPV6] = v6;
	us.link_local = none;
}
END_TEST

/* RFC 4271 section 5.1.3. */
START_TEST(a_peer_is_never_its_own_next_hop)
{
	begin_update();
	view.families = BGP_BIT(BGP_IPV4) | BGP_BIT(BGP_IPV6);
	view.peer = us.next_hop[BGP_IPV4];
	announce_with("10.0.0.1/32", 0);
	announce_with("10.0.0.2/32", set_of("next-hop=192.0.2.7", 0));
	announce_with("2001:db8:1::1/128", 0);
	ck_assert_str_eq(sent_text(BGP_IPV4),
	    "origin=igp as-path= next-hop=192.0.2.7 local-pref=100 announce 10.0.0.2/32");
	end_update();
	begin_update();
	us.link_local = view.peer = (struct addr){ ADDR_V6, { 0xfe, 0x80, [15] = 9 } };
	view.on_link = true;
	announce_with("2001:db8:1::1/128", 0);
	ck_assert_str_eq(sent_text(BGP_IPV6),
	    "origin=igp as-path= next-hop=2001:db8:: local-pref=100 announce 2001:db8:1::1/128");
	us.link_local = (struct addr){ 0 };
	end_update();
}
END_TEST

START_TEST(unsent_routes_are_counted_by_reason)
{
	size_t n[UPDATE_REASONS] = { 0 };

	begin_update();
	view.families = BGP_BIT(BGP_IPV4);
	view.tags = 2;
	view.peer = (struct addr){ ADDR_V4, { 192, 0, 2, 1 } };
	announce_with("10.0.0.1/32", set_of("med=1", 2));
	announce_with("10.0.0.2/32", set_of("med=1", 1));
	announce_with("10.0.0.3/32", set_of("next-hop=192.0.2.1", 2));
	announce_with("10.0.0.4/32", set_of("next-hop=192.0.2.1", 2));
	announce_with("2001:db8:1::1/128", set_of("med=1", 2));
	announce_with("2001:db8:1::2/128", set_of("med=1", 1));
	update_count_unsent(rib, &view, BGP_IPV4, n);
	update_count_unsent(rib, &view, BGP_IPV6, n);
	ck_assert_uint_eq(n[UPDATE_SENT], 3);
	ck_assert_uint_eq(n[UPDATE_PEER_NEXT_HOP], 2);
	ck_assert_uint_eq(n[UPDATE_NO_FAMILY], 1);
	ck_assert_uint_eq(n[UPDATE_NO_NEXT_HOP], 0);
	end_update();
}
END_TEST

/* RFC 1997: NO_EXPORT is added even to the maximum number of communities. */
START_TEST(no_export_is_always_added)
{
	char words[8192];
	size_t n = (size_t)snprintf(words, sizeof(words), "community=");

	for (int i = 0; i < COMMUNITY_BYTES / 4; i++)
		n += (size_t)snprintf(words + n, sizeof(words) - n, "%s2:%d", i > 0 ? "," : "", i);
	begin_update();
	view.ibgp = false;
	view.no_export = true;
	announce_with("10.0.0.1/32", set_of(words, 0));
	ck_assert_ptr_nonnull(strstr(sent_text(BGP_IPV4), "2:191,no-export announce"));
	end_update();
}
END_TEST

START_TEST(a_peer_gets_only_routes_with_its_tags)
{
	begin_update();
	view.tags = 2;
	announce_with("10.0.0.1/32", 0);
	announce_with("10.0.0.2/32", set_of("med=1", 1));
	announce_with("10.0.0.3/32", set_of("med=1", 3));
	ck_assert_str_eq(sent_text(BGP_IPV4),
	    "origin=igp as-path= next-hop=192.0.2.9 med=1 local-pref=100 announce 10.0.0.3/32");
	ck_assert_uint_eq(reader.of[BGP_IPV4].routes, 1);
	announce_with("10.0.0.3/32", set_of("med=1", 1));	/* the route loses the tag */
	ck_assert_str_eq(sent_text(BGP_IPV4), "withdraw 10.0.0.3/32");
	ck_assert_uint_eq(reader.of[BGP_IPV4].routes, 0);
	announce_with("10.0.0.2/32", set_of("med=1", 2));
	ck_assert_str_eq(sent_text(BGP_IPV4),
	    "origin=igp as-path= next-hop=192.0.2.9 med=1 local-pref=100 announce 10.0.0.2/32");
	ck_assert_uint_eq(ribout_pending(rib, &reader, BGP_IPV4), 0);
	end_update();
}
END_TEST

/* At most a quarter more messages than if each set were announced alone. */
START_TEST(alternating_sets_are_grouped)
{
	struct prefix p = { .addr = { ADDR_V4, { 10 } }, .len = 32 };
	struct buf out = BUF(16 * 1024 * 1024);
	unsigned messages = 0;
	uint32_t set[5];

	begin_update();
	for (uint32_t i = 0; i < 5; i++)
		set[i] = set_of("prepend=1", i + 1);
	for (uint32_t i = 0; i < 100000; i++) {
		p.addr.bytes[1] = (uint8_t)(i >> 16);
		p.addr.bytes[2] = (uint8_t)(i >> 8);
		p.addr.bytes[3] = (uint8_t)i;
		ribout_announce(rib, &p, set[any_below(5)]);
	}
	do {
		buf_cut(&out, 0);
		messages += update_put(rib, &reader, &view, BGP_IPV4, &out, 64 * 1024);
		ck_assert(out.len <= 64 * 1024 + UPDATE_BEYOND);
	} while (out.len > 0);
	ck_assert_uint_le(messages, 100000 / 810 * 5 / 4);
	buf_free(&out);
	end_update();
}
END_TEST

START_TEST(more_sets_than_parallel_messages_are_sent)
{
	struct prefix p = { .addr = { ADDR_V4, { 10 } }, .len = 32 };

	begin_update();
	for (uint32_t i = 0; i < 100; i++) {
		p.addr.bytes[3] = (uint8_t)i;
		ribout_announce(rib, &p, set_of("med=1", i + 1));
	}
	sent_text(BGP_IPV4);
	ck_assert_uint_eq(reader.of[BGP_IPV4].routes, 100);
	ck_assert_uint_eq(ribout_pending(rib, &reader, BGP_IPV4), 0);
	end_update();
}
END_TEST

UNIT_MAIN("update", attributes_depend_on_the_kind_of_peer,
    a_peer_without_four_octet_as_gets_as_trans, the_next_hop_depends_on_family_and_link,
    a_peer_is_never_its_own_next_hop, unsent_routes_are_counted_by_reason,
    no_export_is_always_added, a_peer_gets_only_routes_with_its_tags, alternating_sets_are_grouped,
    more_sets_than_parallel_messages_are_sent)
