#include "cache/clockstep.h"

#include "base/clock.h"
#include "unit.h"

/* Passes the times of both clocks, in seconds. */
static void
watch(struct clockstep *s, int64_t wall, int64_t mono)
{
	clockstep_watch(s, wall * SECOND, mono * SECOND);
}

static int64_t
seen(const struct clockstep *s, int64_t at)
{
	return clockstep_seen(s, at * SECOND) / SECOND;
}

START_TEST(without_a_step_nothing_is_shifted)
{
	struct clockstep s = { 0 };

	watch(&s, 1000, 5);
	ck_assert_int_eq(seen(&s, 990), 990);
	watch(&s, 1100, 105);
	watch(&s, 1102, 106);	/* a leap second, or a slewed clock */
	watch(&s, 1200, 205);
	watch(&s, 9200, 8205);
	ck_assert_uint_eq(s.n, 0);
}
END_TEST

START_TEST(a_step_forward_ends_no_life)
{
	struct clockstep s = { 0 };

	watch(&s, 1000, 0);
	watch(&s, 4610, 10);	/* a step of an hour, from 1010 */
	ck_assert_int_eq(seen(&s, 500), 4100);
	ck_assert_int_eq(seen(&s, 1010), 4610);
	ck_assert_int_eq(seen(&s, 3000), 4610);
	ck_assert_int_eq(seen(&s, 4611), 4611);
	watch(&s, 5710, 110);	/* a step of 1000 s, from 4710 */
	ck_assert_int_eq(seen(&s, 500), 5100);
	ck_assert_int_eq(seen(&s, 4700), 5700);
	ck_assert_int_eq(seen(&s, 5711), 5711);
	clockstep_forget(&s, 4610 * SECOND);
	ck_assert_uint_eq(s.n, 2);
	clockstep_forget(&s, 4611 * SECOND);
	ck_assert_int_eq(seen(&s, 4700), 5700);
	ck_assert_uint_eq(s.n, 1);
}
END_TEST

START_TEST(a_step_back_undoes_steps_forward)
{
	struct clockstep s = { 0 };

	watch(&s, 1000, 0);
	watch(&s, 4610, 10);
	watch(&s, 1020, 20);
	ck_assert_uint_eq(s.n, 0);
	watch(&s, 130, 30);	/* a step back without an earlier step forward */
	ck_assert_int_eq(seen(&s, 100), 100);
	watch(&s, 240, 40);
	watch(&s, 190, 50);
	ck_assert_int_eq(seen(&s, 100), 140);
}
END_TEST

START_TEST(many_steps_keep_the_order_of_times)
{
	struct clockstep s = { 0 };
	int64_t wall = 0, mono = 0, last = 0;

	for (int i = 0; i < 50; i++) {
		wall += 10 + any_below(1000);
		mono += 10;
		watch(&s, wall, mono);
	}
	ck_assert_uint_eq(s.n, CLOCKSTEP_MAX);
	for (int64_t at = 0; at < wall; at++) {
		ck_assert_int_ge(seen(&s, at), last);
		ck_assert_int_ge(seen(&s, at), at);
		last = seen(&s, at);
	}
	ck_assert_int_le(last, wall);
}
END_TEST

UNIT_MAIN("steps", without_a_step_nothing_is_shifted, a_step_forward_ends_no_life,
    a_step_back_undoes_steps_forward, many_steps_keep_the_order_of_times)
