#include "dns/nat64.h"

#include "unit.h"

/* The IPv4 address inside `address` for the given prefixes, or `address` itself. */
static const char *
inside(const struct nat64 *n, const char *address)
{
	static char text[ADDR_STRLEN];
	struct addr a, before;
	bool found;

	ck_assert(addr_parse(str_of(address), &a));
	before = a;
	found = nat64_extract(n, &a);
	ck_assert_int_eq(found, !addr_eq(&a, &before));
	addr_format(&a, text);
	return text;
}

static const char *
inside_one(const char *prefix, const char *address)
{
	struct nat64 n = { .n = 0 };

	ck_assert_ptr_null(nat64_add(&n, str_of(prefix)));
	return inside(&n, address);
}

/* RFC 6052 section 2.4 */
START_TEST(the_examples_of_the_rfc_are_translated)
{
	static const struct {
		const char *prefix, *address;
	} examples[] = {
		{ "2001:db8::/32", "2001:db8:c000:221::" },
		{ "2001:db8:100::/40", "2001:db8:1c0:2:21::" },
		{ "2001:db8:122::/48", "2001:db8:122:c000:2:2100::" },
		{ "2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::" },
		{ "2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::" },
		{ "2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33" },
		{ "64:ff9b::/96", "64:ff9b::192.0.2.33" },
		{ "default", "64:ff9b::192.0.2.33" },
	};

	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		ck_assert_str_eq(inside_one(examples[i].prefix, examples[i].address), "192.0.2.33");
}
END_TEST

START_TEST(bits_after_the_ipv4_address_are_ignored)
{
	ck_assert_str_eq(inside_one("2001:db8::/32", "2001:db8:c000:221:ff:ffff:ffff:ffff"),
	    "192.0.2.33");
	ck_assert_str_eq(inside_one("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100:1"),
	    "192.0.2.33");
}
END_TEST

START_TEST(other_addresses_are_unchanged)
{
	ck_assert_str_eq(inside_one("64:ff9b::/96", "64:ff9b:0:0:0:1:c000:221"),
	    "64:ff9b::1:c000:221");
	ck_assert_str_eq(inside_one("64:ff9b::/96", "64:ff9a::c000:221"), "64:ff9a::c000:221");
	ck_assert_str_eq(inside_one("64:ff9b::/96", "192.0.2.33"), "192.0.2.33");
	ck_assert_str_eq(inside_one("2001:db8::/32", "2001:db8:c000:221:100::"),
	    "2001:db8:c000:221:100::");
	ck_assert_str_eq(inside_one("2001:db8:122:344::/64", "2001:db8:122:344:1c0:2:2100:0"),
	    "2001:db8:122:344:1c0:2:2100:0");
	ck_assert_str_eq(inside(&(struct nat64){ .n = 0 }, "64:ff9b::c000:221"),
	    "64:ff9b::c000:221");
}
END_TEST

/* RFC 6052 section 2.2: the bits of the IPv4 address follow the prefix, and skip bits 64 to 71. */
START_TEST(every_prefix_length_is_supported)
{
	static const uint8_t lengths[] = { 32, 40, 48, 56, 64, 96 };

	for (unsigned i = 0; i < 6000; i++) {
		uint8_t len = lengths[i % 6];
		struct addr a = { .family = ADDR_V6 }, inside = { .family = ADDR_V4 }, odd;
		struct prefix p = { .len = len };
		struct nat64 n = { .n = 0 };
		char text[PREFIX_STRLEN];
		unsigned bit = 0;

		for (unsigned at = 0; at < 128; at++) {
			unsigned one = any_below(2);

			if (at >= 64 && at < 72)
				continue;
			a.bytes[at / 8] |= (uint8_t)(one << (7 - at % 8));
			if (at < len) {
				p.addr = a;
			} else if (bit < 32) {
				inside.bytes[bit / 8] |= (uint8_t)(one << (7 - bit % 8));
				bit++;
			}
		}
		prefix_format(&p, text);
		ck_assert_ptr_null(nat64_add(&n, str_of(text)));
		odd = a;
		odd.bytes[8] = (uint8_t)(1u << any_below(8));
		ck_assert(!nat64_extract(&n, &odd));
		ck_assert(nat64_extract(&n, &a));
		ck_assert(addr_eq(&a, &inside));
	}
}
END_TEST

START_TEST(the_first_matching_prefix_counts)
{
	struct nat64 n = { .n = 0 };

	ck_assert_ptr_null(nat64_add(&n, STR("2001:db8:100::/40")));
	ck_assert_ptr_null(nat64_add(&n, STR("2001:db8::/32")));
	ck_assert_ptr_null(nat64_add(&n, STR("64:ff9b::/96")));
	ck_assert_str_eq(inside(&n, "2001:db8:1c0:2:21::"), "192.0.2.33");
	ck_assert_str_eq(inside(&n, "2001:db8:2c0:2:21::"), "2.192.0.2");
	ck_assert_str_eq(inside(&n, "64:ff9b::1"), "0.0.0.1");
	while (n.n < NAT64_MAX)
		ck_assert_ptr_null(nat64_add(&n, STR("64:ff9b::/96")));
	ck_assert_str_eq(nat64_add(&n, STR("64:ff9b::/96")), "too many prefixes; the limit is 16");
}
END_TEST

START_TEST(invalid_prefixes_are_refused)
{
	static const char *wrong[] = {
		"", "64:ff9b::", "64:ff9b::/", "64:ff9b::1/96", "192.0.2.0/24", "0.0.0.0/32",
		"64:ff9b::/129", "2001:db8:1:2:100::/96", "64:ff9b::/96 ",
	};
	struct nat64 n = { .n = 0 };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_ptr_nonnull(nat64_add(&n, str_of(wrong[i])));
	for (unsigned len = 0; len <= 128; len++) {
		struct prefix p = { .addr = { .family = ADDR_V6 }, .len = (uint8_t)len };
		char text[PREFIX_STRLEN];
		bool right = len == 32 || len == 40 || len == 48 || len == 56 || len == 64 ||
		    len == 96;

		prefix_format(&p, text);
		ck_assert_int_eq(nat64_add(&n, str_of(text)) == NULL, right);
	}
	ck_assert_uint_eq(n.n, 6);
}
END_TEST

UNIT_MAIN("nat64", the_examples_of_the_rfc_are_translated, every_prefix_length_is_supported,
    bits_after_the_ipv4_address_are_ignored, other_addresses_are_unchanged,
    the_first_matching_prefix_counts, invalid_prefixes_are_refused)
