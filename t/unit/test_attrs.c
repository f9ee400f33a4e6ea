#include "bgp/attrs.h"

#include "unit.h"

START_TEST(attributes_are_parsed)
{
	struct attrs a;

	ck_assert_ptr_null(attrs_parse(STR(
	    "next-hop=192.0.2.1,2001:db8::1,med=5,local-pref=200,prepend=3,community=1:2,no-export,"
	    "origin=incomplete,ext-community=rt:1:2,large-community=1:2:3"), &a));
	ck_assert_int_eq(a.next_hop[BGP_IPV4].family, ADDR_V4);
	ck_assert_int_eq(a.next_hop[BGP_IPV6].family, ADDR_V6);
	ck_assert(a.number[ATTRS_MED] == 5 && a.number[ATTRS_LOCAL_PREF] == 200);
	ck_assert(a.number[ATTRS_PREPEND] == 3 && a.number[ATTRS_ORIGIN] == 2);
	ck_assert_uint_eq(a.communities[COMMUNITY_PLAIN].n, 8);
	ck_assert_uint_eq(a.communities[COMMUNITY_EXTENDED].n, 8);
	ck_assert_uint_eq(a.communities[COMMUNITY_LARGE].n, 12);
}
END_TEST

START_TEST(invalid_attributes_are_refused)
{
	static const char *const cases[] = { "", "med", "med=", "med=-1", "med=4294967296",
	    "local-pref=x", "prepend=17", "origin=IGP", "next-hop=x", "next-hop=0.0.0.0",
	    "next-hop=224.0.0.1", "next-hop=fe80::1", "next-hop=127.0.0.1",
	    "next-hop=127.255.255.254", "next-hop=::1", "next-hop=::ffff:192.0.2.1",
	    "next-hop=255.255.255.255", "next-hop=1.1.1.1,2.2.2.2", "colour=red",
	    "med=1,", "community=" };
	struct attrs a;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(attrs_parse(str_of(cases[i]), &a) != NULL, "%s", cases[i]);
}
END_TEST

START_TEST(merging_keeps_set_values_and_adds_communities)
{
	struct attrs a, b;

	ck_assert_ptr_null(attrs_parse(STR("med=1,community=1:1"), &a));
	ck_assert_ptr_null(attrs_parse(STR("med=2,prepend=2,next-hop=192.0.2.1,community=1:2"),
	    &b));
	ck_assert_ptr_null(attrs_merge(&a, &b));
	ck_assert(a.number[ATTRS_MED] == 1 && a.number[ATTRS_PREPEND] == 2);
	ck_assert_int_eq(a.next_hop[BGP_IPV4].family, ADDR_V4);
	ck_assert_uint_eq(a.communities[COMMUNITY_PLAIN].n, 8);
}
END_TEST

START_TEST(packing_and_unpacking_keeps_all_attributes)
{
	struct buf first = BUF(ATTRS_PACKED_MAX), second = BUF(ATTRS_PACKED_MAX);
	struct attrs a, b;

	attrs_init(&a);
	ck_assert_ptr_null(attrs_pack(&a, &first).p);
	attrs_unpack((struct str){ NULL, 0 }, &b);
	ck_assert(b.number[ATTRS_MED] == -1 && b.communities[COMMUNITY_PLAIN].n == 0);
	ck_assert_ptr_null(attrs_parse(STR(
	    "next-hop=2001:db8::1,med=0,community=1:2,3:4,large-community=1:2:3"), &a));
	a.tags = UINT64_C(1) << 63;
	attrs_unpack(attrs_pack(&a, &first), &b);
	ck_assert(str_eq(attrs_pack(&b, &second), buf_view(&first)));
	ck_assert(b.number[ATTRS_MED] == 0 && b.number[ATTRS_PREPEND] == -1 && b.tags == a.tags);
	buf_free(&first);
	buf_free(&second);
}
END_TEST

UNIT_MAIN("attrs", attributes_are_parsed, invalid_attributes_are_refused,
    merging_keeps_set_values_and_adds_communities, packing_and_unpacking_keeps_all_attributes)
