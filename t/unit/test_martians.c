#include "cache/martians.h"

#include "unit.h"

static bool
denies(const struct martians *g, const char *text)
{
	struct addr a;

	if (!addr_parse(str_of(text), &a))
		ck_abort_msg("%s", text);
	return martians_denies(g, &a);
}

static void
add_prefix(struct martians *g, const char *text, bool deny)
{
	struct prefix p;

	ck_assert_ptr_null(prefix_parse(str_of(text), &p));
	martians_add(g, &p, deny);
}

START_TEST(special_addresses_are_denied)
{
	static const char *const denied[] = {
		"0.0.0.0", "0.1.2.3", "10.255.255.255", "100.64.0.0", "100.127.255.255",
		"127.0.0.1", "169.254.1.1", "172.16.0.0", "172.31.255.255", "192.0.0.8",
		"192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.0",
		"198.19.255.255", "198.51.100.1", "203.0.113.255", "224.0.0.1", "239.255.255.255",
		"240.0.0.0", "255.255.255.255", "::", "::1", "::192.0.2.1", "::ffff:8.8.8.8",
		"64:ff9b:1::1", "100::1", "100:0:0:1::1", "2001::1", "2001:0:ffff::1", "2001:1::4",
		"2001:2::1", "2001:10::1", "2001:db8::1", "2002:808:808::1", "3fff:fff::1",
		"5f00::1", "fc00::1", "fdff::1", "fe80::1", "febf::1", "fec0::1", "ff02::1",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:1ff::1",
		"64:ff9b::10.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::224.0.0.1",
		"64:ff9b::192.168.0.1", "64:ff9b::1:8.8.8.8", "64:ff9b:2::1", "101::1",
		"::1:0:0", "::fffe:0:0", "1::1",
		"1fff:ffff::1", "4000::1", "5eff::1", "6000::1", "8000::1", "a000::1", "c000::1",
		"e000::1", "f000::1", "f800::1", "fe00::1",
	};
	static const char *const routed[] = {
		"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
		"126.255.255.255", "172.15.0.1", "172.32.0.0", "192.0.0.9", "192.0.0.10",
		"192.0.1.0", "192.0.3.0", "192.31.196.1", "192.52.193.1", "192.167.255.255",
		"192.175.48.1", "198.17.255.255", "198.20.0.0", "223.255.255.255",
		"64:ff9b::808:808", "64:ff9b::192.0.0.9", "2000::1", "2001:1::1", "2001:1::3",
		"2001:3::1", "2001:4:112::1", "2001:20::1", "2001:3f::1", "2001:200::1",
		"2001:db7::1", "2001:db9::1", "2003::1", "2620:4f:8000::1", "3fff:1000::1",
		"3ffe::1", "3fff:ffff::1",
	};
	struct martians g = { 0 };

	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++)
		if (!denies(&g, denied[i]))
			ck_abort_msg("%s was let through", denied[i]);
	for (size_t i = 0; i < sizeof(routed) / sizeof(routed[0]); i++)
		if (denies(&g, routed[i]))
			ck_abort_msg("%s was denied", routed[i]);
}
END_TEST

START_TEST(the_longest_prefix_of_the_user_decides)
{
	struct martians g = { .seed = 1 };

	add_prefix(&g, "8.0.0.0/8", true);
	add_prefix(&g, "8.8.0.0/16", false);
	add_prefix(&g, "8.8.8.0/24", true);
	add_prefix(&g, "8.8.8.8/32", false);
	ck_assert(denies(&g, "8.1.1.1") && denies(&g, "8.8.8.9"));
	ck_assert(!denies(&g, "8.8.1.1") && !denies(&g, "8.8.8.8") && !denies(&g, "9.1.1.1"));
	add_prefix(&g, "8.8.8.0/24", false);
	add_prefix(&g, "8.8.8.0/24", true);
	ck_assert(!denies(&g, "8.8.8.9"));	/* of two equal prefixes, the allowed one wins */
	ck_assert(denies(&g, "10.0.0.1"));
	add_prefix(&g, "10.1.0.0/16", false);
	ck_assert(denies(&g, "10.0.0.1") && !denies(&g, "10.1.0.1"));
	add_prefix(&g, "::/0", false);
	ck_assert(!denies(&g, "::1") && !denies(&g, "ff02::1") && denies(&g, "127.0.0.1"));
	add_prefix(&g, "2001:db8::/33", true);
	ck_assert(denies(&g, "2001:db8:7fff::1") && !denies(&g, "2001:db8:8000::1"));
	add_prefix(&g, "192.0.0.9/32", true);
	ck_assert(denies(&g, "192.0.0.9"));
	martians_free(&g);
	ck_assert(denies(&g, "10.1.0.1"));
}
END_TEST

START_TEST(the_ipv4_address_in_a_nat64_address_decides)
{
	struct martians g = { .seed = 1 };

	add_prefix(&g, "8.8.8.0/24", true);
	add_prefix(&g, "10.1.0.0/16", false);
	ck_assert(denies(&g, "64:ff9b::8.8.8.8") && !denies(&g, "64:ff9b::8.8.4.4"));
	ck_assert(denies(&g, "64:ff9b::10.0.0.1") && !denies(&g, "64:ff9b::10.1.0.1"));
	add_prefix(&g, "64:ff9b::808:808/128", false);
	ck_assert(!denies(&g, "64:ff9b::8.8.8.8") && denies(&g, "8.8.8.8"));
	add_prefix(&g, "64:ff9b:1::/48", false);
	add_prefix(&g, "4000::/3", false);
	ck_assert(!denies(&g, "64:ff9b:1::10.0.0.1") && !denies(&g, "4000::1"));
	add_prefix(&g, "::/0", false);
	ck_assert(!denies(&g, "64:ff9b::127.0.0.1") && !denies(&g, "8000::1"));
	martians_free(&g);
}
END_TEST

UNIT_MAIN("guard", special_addresses_are_denied, the_longest_prefix_of_the_user_decides,
    the_ipv4_address_in_a_nat64_address_decides)
