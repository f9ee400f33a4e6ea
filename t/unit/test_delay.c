#include "dns/delay.h"

#include "base/clock.h"
#include "unit.h"

#define MS (SECOND / 1000)

static struct delay delay;

static void
add(int n, int64_t age)
{
	while (n-- > 0)
		delay_add(&delay, age);
}

START_TEST(an_age_counts_in_the_first_bucket_that_holds_it)
{
	static const struct {
		int64_t age;
		uint64_t ms;
	} cases[] = { { -5 * SECOND, 1 }, { 0, 1 }, { MS, 1 }, { MS + 1, 2 }, { 5 * MS, 5 },
	    { 600 * MS, 1000 }, { SECOND, 1000 }, { SECOND + 1, 2000 }, { 60 * SECOND, 60000 },
	    { 61 * SECOND, 120000 }, { INT64_MAX, 120000 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		delay = (struct delay){ 0 };
		add(1, cases[i].age);
		ck_assert_uint_eq(delay_percentile(&delay, 50), cases[i].ms);
	}
	ck_assert_str_eq(delay_bound(0), "1");
	ck_assert_str_eq(delay_bound(DELAY_BUCKETS - 1), "more");
}
END_TEST

START_TEST(percentiles_count_the_share_of_answers)
{
	delay = (struct delay){ 0 };
	ck_assert_uint_eq(delay_percentile(&delay, 99), 0);
	add(98, 8 * MS);
	add(2, 3 * SECOND);
	ck_assert_uint_eq(delay_percentile(&delay, 50), 10);
	ck_assert_uint_eq(delay_percentile(&delay, 98), 10);
	ck_assert_uint_eq(delay_percentile(&delay, 99), 5000);
}
END_TEST

START_TEST(old_answers_count_only_in_the_total)
{
	delay = (struct delay){ 0 };
	add(DELAY_WINDOW, 3 * SECOND);
	add(DELAY_WINDOW, MS);
	ck_assert_uint_eq(delay_percentile(&delay, 99), 5000);
	add(1, MS);
	ck_assert_uint_eq(delay_percentile(&delay, 99), 1);
	ck_assert_uint_eq(delay.total[0], DELAY_WINDOW + 1);
	ck_assert_uint_eq(delay.total[11], DELAY_WINDOW);
}
END_TEST

UNIT_MAIN("delay", an_age_counts_in_the_first_bucket_that_holds_it,
    percentiles_count_the_share_of_answers, old_answers_count_only_in_the_total)
