#include "bgp/addrset.h"

#include "unit.h"

static struct addrset set;

static void
add_addr(const char *text)
{
	struct addr a;

	ck_assert(addr_parse(str_of(text), &a));
	addrset_add(&set, &a);
}

static bool
meets(const char *text)
{
	struct prefix p;

	ck_assert_ptr_null(prefix_parse(str_of(text), &p));
	return addrset_meets(&set, &p);
}

START_TEST(a_prefix_meets_the_addresses_that_it_covers)
{
	ck_assert(!meets("0.0.0.0/0"));
	add_addr("2001:db8::9");
	add_addr("192.0.2.129");
	add_addr("10.9.0.1");
	add_addr("192.0.2.9");
	addrset_sort(&set);
	ck_assert(meets("10.9.0.1/32") && meets("10.9.0.0/31") && meets("8.0.0.0/5"));
	ck_assert(!meets("10.9.0.0/32") && !meets("10.9.0.2/31") && !meets("10.10.0.0/16"));
	ck_assert(meets("192.0.2.0/25") && meets("192.0.2.128/25") && meets("128.0.0.0/1"));
	ck_assert(!meets("192.0.2.192/26") && !meets("224.0.0.0/3") && !meets("0.0.0.0/5"));
	ck_assert(meets("::/0") && meets("2001:db8::/127") == false);
	ck_assert(meets("2001:db8::8/127") && !meets("2001:db8:1::/48") && !meets("::/16"));
	addrset_free(&set);
}
END_TEST

UNIT_MAIN("addrset", a_prefix_meets_the_addresses_that_it_covers)
