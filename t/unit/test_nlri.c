#include "bgp/nlri.h"

#include "unit.h"

START_TEST(prefixes_lose_their_host_bits)
{
	struct str nlri = STR("\x0c\x0a\xff\0\x21");
	char text[PREFIX_STRLEN];
	struct prefix p;

	ck_assert(nlri_next(&nlri, BGP_IPV4, &p));
	prefix_format(&p, text);
	ck_assert_str_eq(text, "10.240.0.0/12");
	ck_assert(nlri_next(&nlri, BGP_IPV4, &p));
	ck_assert_uint_eq(p.len, 0);
	ck_assert(!nlri_next(&nlri, BGP_IPV4, &p));
	ck_assert_uint_eq(nlri.n, 1);
}
END_TEST

UNIT_MAIN("nlri", prefixes_lose_their_host_bits)
