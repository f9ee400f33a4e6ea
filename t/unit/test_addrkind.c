#include "bgp/addrkind.h"

#include "unit.h"

static enum addrkind
kind_of(const char *text)
{
	struct prefix p;

	ck_assert_ptr_null(prefix_parse(str_of(text), &p));
	return addrkind_of_prefix(&p);
}

START_TEST(a_prefix_has_the_kind_of_its_range)
{
	static const struct {
		const char *prefix;
		enum addrkind kind;
	} cases[] = {
		{ "0.0.0.0/32", ADDRKIND_THIS_NETWORK }, { "0.0.0.0/8", ADDRKIND_THIS_NETWORK },
		{ "0.0.0.0/7", ADDRKIND_UNICAST }, { "0.0.0.0/1", ADDRKIND_UNICAST },
		{ "10.0.0.0/8", ADDRKIND_UNICAST }, { "127.0.0.1/32", ADDRKIND_LOOPBACK },
		{ "127.0.0.0/8", ADDRKIND_LOOPBACK }, { "126.0.0.0/7", ADDRKIND_UNICAST },
		{ "128.0.0.0/1", ADDRKIND_UNICAST }, { "169.254.0.1/32", ADDRKIND_UNICAST },
		{ "223.255.255.255/32", ADDRKIND_UNICAST }, { "224.0.0.0/4", ADDRKIND_MULTICAST },
		{ "239.255.255.255/32", ADDRKIND_MULTICAST }, { "240.0.0.0/4", ADDRKIND_RESERVED },
		{ "255.255.255.255/32", ADDRKIND_RESERVED }, { "224.0.0.0/3", ADDRKIND_RESERVED },
		{ "::/128", ADDRKIND_UNSPECIFIED }, { "::1/128", ADDRKIND_LOOPBACK },
		{ "::/127", ADDRKIND_RESERVED }, { "::2/128", ADDRKIND_RESERVED },
		{ "::/96", ADDRKIND_RESERVED }, { "::/95", ADDRKIND_UNICAST },
		{ "::ffff:192.0.2.1/128", ADDRKIND_MAPPED }, { "64:ff9b::/96", ADDRKIND_UNICAST },
		{ "2000::/3", ADDRKIND_UNICAST }, { "fd00::/8", ADDRKIND_UNICAST },
		{ "fe80::1/128", ADDRKIND_LINK_LOCAL }, { "fe80::/10", ADDRKIND_LINK_LOCAL },
		{ "fe00::/9", ADDRKIND_UNICAST }, { "ff02::1/128", ADDRKIND_MULTICAST },
		{ "ff00::/8", ADDRKIND_MULTICAST }, { "fe00::/7", ADDRKIND_UNICAST },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(kind_of(cases[i].prefix) == cases[i].kind, "%s", cases[i].prefix);
}
END_TEST

START_TEST(an_address_has_the_kind_of_its_host_prefix)
{
	struct addr a;

	ck_assert(addr_parse(STR("127.1.2.3"), &a));
	ck_assert_int_eq(addrkind_of(&a), ADDRKIND_LOOPBACK);
	ck_assert_str_eq(addrkind_name(addrkind_of(&a)), "a loopback address");
	ck_assert(addr_parse(STR("2001:db8::1"), &a));
	ck_assert_int_eq(addrkind_of(&a), ADDRKIND_UNICAST);
}
END_TEST

UNIT_MAIN("addrkind", a_prefix_has_the_kind_of_its_range,
    an_address_has_the_kind_of_its_host_prefix)
