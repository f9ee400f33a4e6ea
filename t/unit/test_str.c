#include "unit.h"

/* Tries each byte at each position, among the first or the last printable characters. */
START_TEST(one_unprintable_byte_is_found)
{
	for (size_t n = 0; n <= 25; n++)
		for (size_t at = 0; at < n; at++)
			for (int byte = 0; byte < 256; byte++) {
				bool good = byte >= ' ' && byte <= '~';
				char low[25], high[25];

				memset(low, ' ', sizeof(low));
				memset(high, '~', sizeof(high));
				low[at] = high[at] = (char)byte;
				if (str_is_printable((struct str){ low, n }) != good ||
				    str_is_printable((struct str){ high, n }) != good)
					ck_abort_msg("byte %d at %zu of %zu", byte, at, n);
			}
	ck_assert(str_is_printable((struct str){ NULL, 0 }));
	ck_assert(str_is_printable((struct str){ "12345678\n", 8 }));
}
END_TEST

START_TEST(strings_are_compared)
{
	const struct str none = { NULL, 0 };

	ck_assert(str_eq(STR("ab"), STR("ab")));
	ck_assert(!str_eq(STR("ab"), STR("abc")));
	ck_assert(!str_eq(STR("ab"), STR("ac")));
	ck_assert(str_eq(none, STR("")));
	ck_assert_int_eq(str_cmp(none, STR("")), 0);
	ck_assert_int_eq(str_cmp(STR("ab"), STR("ab")), 0);
	ck_assert_int_lt(str_cmp(STR("ab"), STR("abc")), 0);
	ck_assert_int_gt(str_cmp(STR("b"), STR("abc")), 0);
	ck_assert_int_gt(str_cmp(STR("\xff"), STR("a")), 0);
	ck_assert_int_lt(str_cmp(none, STR("a")), 0);
}
END_TEST

START_TEST(strings_are_split)
{
	struct str rest = STR("a,,bc,"), piece;

	ck_assert(str_split(&rest, ',', &piece) && str_eq(piece, STR("a")));
	ck_assert(str_split(&rest, ',', &piece) && str_eq(piece, STR("")));
	ck_assert(str_split(&rest, ',', &piece) && str_eq(piece, STR("bc")));
	ck_assert(str_split(&rest, ',', &piece) && str_eq(piece, STR("")));
	ck_assert_ptr_null(rest.p);
	ck_assert(!str_split(&rest, ',', &piece));
	rest = STR("");
	ck_assert(str_split(&rest, ',', &piece) && str_eq(piece, STR("")));
	ck_assert(!str_split(&rest, ',', &piece));
}
END_TEST

UNIT_MAIN("str", one_unprintable_byte_is_found, strings_are_compared, strings_are_split)
