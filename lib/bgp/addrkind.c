#include "bgp/addrkind.h"

#define V4(a) { ADDR_V4, { a } }
#define V6(a, b) { ADDR_V6, { a, b } }

/* The first row that covers a prefix decides. */
static const struct {
	struct prefix prefix;
	enum addrkind kind;
} kinds[] = {
	{ { V4(0), 8 }, ADDRKIND_THIS_NETWORK },	/* RFC 1122 section 3.2.1.3 (a), (b) */
	{ { V4(127), 8 }, ADDRKIND_LOOPBACK },		/* RFC 1122 section 3.2.1.3 (g) */
	{ { V4(224), 4 }, ADDRKIND_MULTICAST },		/* RFC 5771 */
	{ { V4(224), 3 }, ADDRKIND_RESERVED },		/* RFC 1112 section 4; broadcast, RFC 919 */
	{ { V6(0, 0), 128 }, ADDRKIND_UNSPECIFIED },	/* RFC 4291 section 2.5.2 */
	{ { { ADDR_V6, { [15] = 1 } }, 128 }, ADDRKIND_LOOPBACK },	/* section 2.5.3 */
	{ { V6(0, 0), 96 }, ADDRKIND_RESERVED },	/* IPv4-compatible, section 2.5.5.1 */
	{ { { ADDR_V6, { [10] = 0xff, 0xff } }, 96 }, ADDRKIND_MAPPED },	/* 2.5.5.2 */
	{ { V6(0xfe, 0x80), 10 }, ADDRKIND_LINK_LOCAL },	/* section 2.5.6 */
	{ { V6(0xff, 0), 8 }, ADDRKIND_MULTICAST },	/* section 2.7 */
};

enum addrkind
addrkind_of_prefix(const struct prefix *p)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (p->len >= kinds[i].prefix.len && prefix_covers(&kinds[i].prefix, &p->addr))
			return kinds[i].kind;
	return ADDRKIND_UNICAST;
}

enum addrkind
addrkind_of(const struct addr *a)
{
	return addrkind_of_prefix(&(struct prefix){ *a, addr_bits(a->family) });
}

const char *
addrkind_name(enum addrkind kind)
{
	static const char *const names[] = {
		[ADDRKIND_UNICAST] = "a unicast address",
		[ADDRKIND_THIS_NETWORK] = "an address of \"this network\"",
		[ADDRKIND_UNSPECIFIED] = "the unspecified address",
		[ADDRKIND_LOOPBACK] = "a loopback address",
		[ADDRKIND_MAPPED] = "an IPv4-mapped address",
		[ADDRKIND_LINK_LOCAL] = "a link-local address",
		[ADDRKIND_MULTICAST] = "a multicast address",
		[ADDRKIND_RESERVED] = "a reserved address",
	};

	return names[kind];
}
