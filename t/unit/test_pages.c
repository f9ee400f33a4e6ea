#include "base/pages.h"

#include <inttypes.h>
#include <stdio.h>

#include "unit.h"

/* The number of mappings in which the `n` bytes lie. */
static unsigned
mappings(const void *p, size_t n)
{
	FILE *f = fopen("/proc/self/maps", "r");
	uintptr_t from, to, at = (uintptr_t)p;
	unsigned count = 0;
	char line[512];

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f) != NULL)
		count += sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &from, &to) == 2 && from < at + n &&
		    to > at;
	fclose(f);
	return count;
}

/* An array grows to several large pages: old members are preserved, new ones are zero. */
START_TEST(a_growing_array_keeps_its_members)
{
	const size_t members = 2 * 1000 * 1000;
	uint32_t *array = NULL;
	size_t cap = 0, before;

	for (size_t n = 0; n < members; n++) {
		before = cap;
		array = pages_grow(array, n, &cap, sizeof(*array));
		ck_assert_uint_gt(cap, n);
		for (size_t i = before; i < cap; i++)
			if (array[i] != 0)
				ck_abort_msg("%zu of %zu is not zero", i, cap);
		array[n] = (uint32_t)n;
	}
	for (size_t n = 0; n < members; n++)
		if (array[n] != n)
			ck_abort_msg("%zu is lost", n);
	/* mremap(2) can move only a single mapping. */
	ck_assert_uint_eq(mappings(array, cap * sizeof(*array)), 1);
	pages_free(array, cap, sizeof(*array));
}
END_TEST

START_TEST(room_for_many_members_is_reserved)
{
	static const size_t counts[] = { 1, 1000, 100 * 1000, 300 * 1000, 1000 * 1000 };
	struct member { char bytes[28]; } *array = NULL;
	size_t cap = 0, before;

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		array = pages_reserve(array, counts[i], &cap, sizeof(*array));
		ck_assert_uint_ge(cap, counts[i]);
		ck_assert(i == 0 || array[counts[i - 1] - 1].bytes[27] == 'x');
		array[counts[i] - 1].bytes[27] = 'x';
		before = cap;
		ck_assert_ptr_eq(pages_reserve(array, counts[0], &cap, sizeof(*array)), array);
		ck_assert_uint_eq(cap, before);
	}
	pages_free(array, cap, sizeof(*array));
}
END_TEST

START_TEST(reused_memory_is_zero)
{
	static const size_t counts[] = { 1, 1000, PAGES_SIZE / 2 - 1, PAGES_SIZE / 2,
	    PAGES_SIZE, 5000001 };

	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
			char *array = pages_zero(counts[i], 1);

			for (size_t at = 0; at < counts[i]; at++)
				if (array[at] != 0)
					ck_abort_msg("%d at %zu of %zu", array[at], at, counts[i]);
			memset(array, 'x', counts[i]);
			pages_free(array, counts[i], 1);
		}
}
END_TEST

UNIT_MAIN("pages", a_growing_array_keeps_its_members, room_for_many_members_is_reserved,
    reused_memory_is_zero)
