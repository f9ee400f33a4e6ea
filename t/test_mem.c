#include "mem.h"

#include "unit.h"

/* Through all sizes from nothing to some large pages: what was there stays, and what is new is zeros. */
START_TEST(an_array_grows_with_what_is_in_it)
{
	const size_t members = 2 * 1000 * 1000;
	uint32_t *array = NULL;
	size_t cap = 0, before;

	for (size_t n = 0; n < members; n++) {
		before = cap;
		array = mem_grow_large(array, n, &cap, sizeof(*array));
		ck_assert_uint_gt(cap, n);
		for (size_t i = before; i < cap; i++)
			if (array[i] != 0)
				ck_abort_msg("%zu of %zu is not zero", i, cap);
		array[n] = (uint32_t)n;
	}
	for (size_t n = 0; n < members; n++)
		if (array[n] != n)
			ck_abort_msg("%zu is lost", n);
	mem_free_large(array, cap, sizeof(*array));
}
END_TEST

START_TEST(room_is_made_at_once_too)
{
	static const size_t counts[] = { 1, 1000, 100 * 1000, 300 * 1000, 1000 * 1000 };
	struct member { char bytes[28]; } *array = NULL;
	size_t cap = 0, before;

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		array = mem_reserve_large(array, counts[i], &cap, sizeof(*array));
		ck_assert_uint_ge(cap, counts[i]);
		ck_assert(i == 0 || array[counts[i - 1] - 1].bytes[27] == 'x');
		array[counts[i] - 1].bytes[27] = 'x';
		before = cap;
		ck_assert_ptr_eq(mem_reserve_large(array, counts[0], &cap, sizeof(*array)), array);
		ck_assert_uint_eq(cap, before);
	}
	mem_free_large(array, cap, sizeof(*array));
}
END_TEST

START_TEST(zeros_are_zeros_where_there_was_something_before)
{
	static const size_t counts[] = { 1, 1000, MEM_LARGE_PAGE / 2 - 1, MEM_LARGE_PAGE / 2, MEM_LARGE_PAGE, 5000001 };

	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
			char *array = mem_zero_large(counts[i], 1);

			for (size_t at = 0; at < counts[i]; at++)
				if (array[at] != 0)
					ck_abort_msg("%d at %zu of %zu", array[at], at, counts[i]);
			memset(array, 'x', counts[i]);
			mem_free_large(array, counts[i], 1);
		}
}
END_TEST

UNIT_MAIN("mem", an_array_grows_with_what_is_in_it, room_is_made_at_once_too,
    zeros_are_zeros_where_there_was_something_before)
