/*
 * The frame of a unit test with Check: UNIT_MAIN defines a main() that runs the listed tests.
 */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/str.h"

#define UNIT_MAIN(name, ...)							\
	int									\
	main(void)								\
	{									\
		const TTest *tests[] = { __VA_ARGS__ };				\
		Suite *suite = suite_create(name);				\
		TCase *tcase = tcase_create(name);				\
		SRunner *runner = srunner_create(suite);			\
		int failed;							\
										\
		suite_add_tcase(suite, tcase);					\
		tcase_set_timeout(tcase, 120);					\
		for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)	\
			tcase_add_test(tcase, tests[i]);			\
		srunner_run_all(runner, CK_ENV);				\
		failed = srunner_ntests_failed(runner);				\
		srunner_free(runner);						\
		return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;		\
	}

#define ANY_SEED UINT64_C(0x9e3779b97f4a7c15)

static uint64_t any_state = ANY_SEED;	/* never 0 */

/*
 * A random number below `n` (n > 0). The generator starts with the same state in each test, so that
 * a failure can be repeated.
 */
static inline uint32_t
any_below(uint32_t n)
{
	any_state ^= any_state << 13;
	any_state ^= any_state >> 7;
	any_state ^= any_state << 17;
	return (uint32_t)((any_state >> 32) * n >> 32);
}

#endif
