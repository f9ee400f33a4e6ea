#include "cache/cache_private.h"

#include "cachetest.h"

START_TEST(many_due_pairs_are_removed_in_several_calls)
{
	struct cache *c = new_cache(1);
	int turns = 1;

	for (int i = 0; i < 2500; i++) {
		char name[20];

		snprintf(name, sizeof(name), "n%d", i);
		merge_at(c, name, 10);
	}
	ck_assert(!cache_expire(c, 109 * SECOND));
	for (; cache_expire(c, 110 * SECOND); turns++)
		ck_assert(cache_next_expiry(c) <= 110 * SECOND);
	ck_assert_int_eq(turns, 3);
	ck_assert_uint_eq(cache_pairs(c), 0);
	buf_cut(&reported, 0);
	buf_cut(&removed, 0);
	cache_free(c);
}
END_TEST

/*
 * A second sighting with a short TTL makes the life end earlier. The pair must expire at this
 * earlier time.
 */
START_TEST(a_life_that_follows_the_ttl)
{
	struct life life;
	struct cache *c;

	ck_assert_ptr_null(life_parse(STR("ttl,factor=2,grace=10,floor=20,cap=2h"), &life));
	c = cache_new(1, &life, note_route, note_gone);
	merge(c, "1000.000000 192.0.2.1 300 a", 1000 * SECOND);
	ck_assert_int_eq(cache_next_expiry(c), 1610 * SECOND);
	merge(c, "1100.000000 192.0.2.1 1 a", 1100 * SECOND);	/* TIME + TTL is still 1300 */
	ck_assert_int_eq(cache_next_expiry(c), 1510 * SECOND);
	merge(c, "1600.000000 192.0.2.2 0 b", 1600 * SECOND);
	merge(c, "1400.000000 192.0.2.2 0 c", 1419 * SECOND);
	ck_assert_int_eq(merge(c, "1400.000000 192.0.2.2 0 c", 1420 * SECOND), CACHE_DEAD);
	cache_expire(c, 1510 * SECOND);
	check_removed("c 0 expired\na 0 expired\n");
	cache_expire(c, 1619 * SECOND);
	check_removed("");
	cache_expire(c, 1620 * SECOND);
	check_removed("b 0 expired\n");
	buf_cut(&reported, 0);
	cache_free(c);
}
END_TEST

/* At 20, the clock is set forward by an hour, when a pair seen at 10 has 90 seconds left. */
START_TEST(a_step_of_the_clock_ends_no_life)
{
	struct cache *c = new_cache(1);

	cache_clock(c, 10 * SECOND, 0);
	merge_at(c, "a", 10);
	cache_clock(c, 20 * SECOND, 10 * SECOND);
	cache_clock(c, 3620 * SECOND, 10 * SECOND);
	cache_expire(c, 3620 * SECOND);
	check_removed("");
	ck_assert_int_eq(cache_next_expiry(c), 3710 * SECOND);
	merge_at(c, "b", 3630);
	ck_assert_int_eq(merge(c, "19.000000 192.0.2.1 60 c", 3640 * SECOND), CACHE_NEW);
	cache_expire(c, 3709 * SECOND);
	check_removed("");
	cache_expire(c, 3710 * SECOND);
	check_removed("a 0 expired\n");
	cache_expire(c, 3719 * SECOND);
	check_removed("c 0 expired\n");
	cache_expire(c, 3730 * SECOND);
	check_removed("b 0 expired\n");
	buf_cut(&reported, 0);
	cache_free(c);
}
END_TEST

/* At 5000, the clock is set back by an hour: the life of pairs with later times begins again. */
START_TEST(pairs_with_times_in_the_future_live_from_now_on)
{
	struct cache *c = new_cache(1);

	cache_clock(c, 5000 * SECOND, 0);
	merge_at(c, "a", 4999);
	merge_at(c, "b", 5000);
	cache_clock(c, 1400 * SECOND, 0);
	ck_assert_int_eq(merge(c, "1400.000000 192.0.2.1 60 a", 1400 * SECOND), CACHE_MERGED);
	ck_assert(cache_next_expiry(c) <= 1400 * SECOND);
	cache_expire(c, 1400 * SECOND);
	ck_assert_int_eq(cache_next_expiry(c), 1500 * SECOND);
	check_removed("");
	merge_at(c, "a", 1450);
	cache_expire(c, 1500 * SECOND);
	check_removed("b 0 expired\n");
	cache_expire(c, 1550 * SECOND);
	check_removed("a 0 expired\n");
	buf_cut(&reported, 0);
	cache_free(c);
}
END_TEST

/*
 * At 5000, the clock is set back by an hour. The imported line has only one second of its life
 * left.
 */
START_TEST(an_import_ends_no_pair_with_a_time_in_the_future)
{
	struct cache *c = new_cache(1);
	struct answer a = read_line("1301.000000 192.0.2.1 0 a");

	cache_clock(c, 5000 * SECOND, 0);
	merge_at(c, "a", 4999);
	cache_clock(c, 1400 * SECOND, 0);
	a.imported = true;
	cache_merge(c, &a, cache_key(c, &a), 1400 * SECOND);
	cache_expire(c, 1499 * SECOND);
	check_removed("");
	cache_expire(c, 1500 * SECOND);
	check_removed("a 0 expired\n");
	buf_cut(&reported, 0);
	cache_free(c);
}
END_TEST

UNIT_MAIN("expire", many_due_pairs_are_removed_in_several_calls, a_life_that_follows_the_ttl,
    a_step_of_the_clock_ends_no_life, pairs_with_times_in_the_future_live_from_now_on,
    an_import_ends_no_pair_with_a_time_in_the_future)
