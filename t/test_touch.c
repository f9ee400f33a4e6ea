#include "touch.h"

#include <sys/mman.h>
#include <time.h>

#include "clock.h"
#include "mem.h"
#include "unit.h"

static bool
is_in_memory(void *page)
{
	unsigned char in = 0;

	ck_assert_int_eq(mincore(page, 1, &in), 0);
	return in & 1;
}

/* The page behind the one in use, soon after that was begun; and nothing is lost by it, nor when the array moves or goes. */
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

UNIT_MAIN("touch", the_next_page_is_touched)
