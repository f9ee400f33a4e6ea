#include "base/touch.h"

#include <sys/mman.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cache/slab.h"
#include "unit.h"

static bool
is_in_memory(void *page)
{
	unsigned char in = 0;

	ck_assert_int_eq(mincore(page, 1, &in), 0);
	return in & 1;
}

/*
 * The page behind the one in use, soon after that was begun; and nothing is lost by it, nor when
 * the array moves or goes.
 */
START_TEST(the_next_page_is_touched)
{
	const size_t a_page = MEM_LARGE_PAGE / sizeof(uint64_t), members = 10 * a_page + 1;
	const struct timespec pause = { 0, 1000 * 1000 };
	int64_t deadline = clock_mono() + 20 * SECOND;
	uint64_t *array = NULL;
	size_t cap = 0;

	touch_start();
	for (size_t n = 0; n < members; n++) {
		array = mem_grow_large(array, n, &cap, sizeof(*array));
		array[n] = n;
	}
	ck_assert_uint_gt(cap, 11 * a_page);
	while (!is_in_memory(array + 11 * a_page)) {
		ck_assert_int_lt(clock_mono(), deadline);
		nanosleep(&pause, NULL);
	}
	for (size_t n = 0; n < members; n++)
		if (array[n] != n)
			ck_abort_msg("%zu is lost", n);
	ck_assert(cap <= 12 * a_page || !is_in_memory(array + 12 * a_page));
	mem_free_large(array, cap, sizeof(*array));
}
END_TEST

/* It goes, and its place may be another's, while it waits to be touched. */
START_TEST(what_goes_is_not_touched)
{
	const size_t a_page = MEM_LARGE_PAGE / sizeof(uint64_t);

	touch_start();
	for (int round = 0; round < 300; round++) {
		uint64_t *array = NULL;
		size_t cap = 0;

		array = mem_reserve_large(array, 3 * a_page, &cap, sizeof(*array));
		array = mem_grow_large(array, 0, &cap, sizeof(*array));
		array = mem_grow_large(array, a_page, &cap, sizeof(*array));
		mem_free_large(array, cap, sizeof(*array));
	}
}
END_TEST

/* Slabs, too: what is in their blocks stays. */
START_TEST(a_slab_has_its_next_row_touched)
{
	enum { BLOCKS = 100000, SIZE = 100 };
	static uint32_t blocks[BLOCKS];
	struct slab s = { 0 };

	touch_start();
	for (uint32_t i = 0; i < BLOCKS; i++) {
		blocks[i] = slab_take(&s, SIZE);
		memset(slab_at(&s, blocks[i]), (int)i, SIZE);
	}
	ck_assert_ptr_nonnull(s.next_row);
	for (uint32_t i = 0; i < BLOCKS; i++)
		ck_assert_uint_eq(*(uint8_t *)slab_at(&s, blocks[i]), (uint8_t)i);
	slab_free(&s);
}
END_TEST

UNIT_MAIN("touch", the_next_page_is_touched, what_goes_is_not_touched,
    a_slab_has_its_next_row_touched)
