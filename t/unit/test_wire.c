#include "bgp/wire.h"

#include "unit.h"

START_TEST(a_read_beyond_the_end_sets_cut)
{
	struct wire w = { .rest = STR("\1\2\3\4\5") };

	ck_assert_uint_eq(wire_number(&w, 2), 0x0102);
	ck_assert(str_eq(wire_take(&w, 3), STR("\3\4\5")));
	ck_assert(!w.cut && w.rest.n == 0);
	ck_assert_uint_eq(wire_number(&w, 1), 0);
	ck_assert(w.cut);
	ck_assert_ptr_null(wire_take(&w, 1).p);
}
END_TEST

START_TEST(a_family_round_trips)
{
	struct buf out = BUF(16);
	struct wire w;
	enum bgp_family family;

	for (int f = 0; f < BGP_FAMILIES; f++)
		wire_put_family(&out, (enum bgp_family)f);
	w = (struct wire){ .rest = buf_view(&out) };
	for (int f = 0; f < BGP_FAMILIES; f++)
		ck_assert(wire_read_family(&w, &family) && family == (enum bgp_family)f);
	ck_assert(!wire_read_family(&w, &family) && w.cut);
	ck_assert(!wire_find_family(WIRE_AFI_IPV4, 2, &family));
	ck_assert(!wire_find_family(25, WIRE_SAFI_UNICAST, &family));
	buf_free(&out);
}
END_TEST

START_TEST(prefixes_lose_their_host_bits)
{
	struct str nlri = STR("\x0c\x0a\xff\0\x21");
	char text[PREFIX_STRLEN];
	struct prefix p;

	ck_assert(wire_nlri_next(&nlri, BGP_IPV4, &p));
	prefix_format(&p, text);
	ck_assert_str_eq(text, "10.240.0.0/12");
	ck_assert(wire_nlri_next(&nlri, BGP_IPV4, &p));
	ck_assert_uint_eq(p.len, 0);
	ck_assert(!wire_nlri_next(&nlri, BGP_IPV4, &p));
	ck_assert_uint_eq(nlri.n, 1);
}
END_TEST

START_TEST(malformed_nlri_is_recognized)
{
	ck_assert(wire_nlri_is_sound(STR(""), BGP_IPV4));
	ck_assert(wire_nlri_is_sound(STR("\x20\x0a\0\0\1\0"), BGP_IPV4));
	ck_assert(!wire_nlri_is_sound(STR("\x21\x0a\0\0\1\0"), BGP_IPV4));
	ck_assert(wire_nlri_is_sound(STR("\x21\x0a\0\0\1\0"), BGP_IPV6));
	ck_assert(!wire_nlri_is_sound(STR("\x20\x0a\0\0"), BGP_IPV4));
	ck_assert(!wire_nlri_is_sound(STR("\x81"), BGP_IPV6));
}
END_TEST

UNIT_MAIN("wire", a_read_beyond_the_end_sets_cut, a_family_round_trips,
    prefixes_lose_their_host_bits, malformed_nlri_is_recognized)
