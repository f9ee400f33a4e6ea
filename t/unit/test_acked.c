#include "packet/acked.h"

#include "unit.h"

#define LINE(rest) STR("1795392065.718461 " rest)

START_TEST(a_key_has_address_name_and_via)
{
	struct acked a;
	uint64_t key;

	acked_open(&a, 7);
	key = acked_key(&a, LINE("192.0.2.1 60 a.example via=b.example client=192.0.2.7"));
	ck_assert_uint_eq(key, acked_key(&a, STR("1.000000 192.0.2.1 9 a.example via=b.example")));
	ck_assert_uint_eq(key, acked_key(&a, LINE("192.0.2.1 60 a.example via=b.example type=x")));
	ck_assert_uint_ne(key, acked_key(&a, LINE("192.0.2.2 60 a.example via=b.example")));
	ck_assert_uint_ne(key, acked_key(&a, LINE("192.0.2.1 60 b.example via=b.example")));
	ck_assert_uint_ne(key, acked_key(&a, LINE("192.0.2.1 60 a.example via=c.example")));
	ck_assert_uint_ne(key, acked_key(&a, LINE("192.0.2.1 60 a.example client=192.0.2.7")));
	ck_assert_uint_eq(acked_key(&a, LINE("192.0.2.1 60 a.example")),
	    acked_key(&a, LINE("192.0.2.1 60 a.example client=192.0.2.7")));
	acked_free(&a);
}
END_TEST

START_TEST(a_pair_is_remembered_once_its_barrier_returns)
{
	struct acked a;

	acked_open(&a, 7);
	acked_await(&a, 1, 1);
	acked_await(&a, 2, 2);
	ck_assert(!acked_has(&a, 1, SECOND));
	acked_return(&a, 1, SECOND);
	ck_assert(acked_has(&a, 1, SECOND) && !acked_has(&a, 2, SECOND));
	acked_return(&a, 5, 2 * SECOND);
	ck_assert(acked_has(&a, 2, 2 * SECOND));
	acked_free(&a);
}
END_TEST

START_TEST(a_pair_is_forgotten_after_its_life)
{
	struct acked a;

	acked_open(&a, 7);
	acked_await(&a, 1, 1);
	acked_return(&a, 1, SECOND);
	ck_assert(acked_has(&a, 1, SECOND + ACKED_LIFE - 1));
	ck_assert(!acked_has(&a, 1, SECOND + ACKED_LIFE));
	acked_await(&a, 1, 2);
	acked_return(&a, 2, SECOND + ACKED_LIFE);
	ck_assert(acked_has(&a, 1, SECOND + ACKED_LIFE));
	acked_free(&a);
}
END_TEST

START_TEST(a_full_bucket_forgets_its_oldest_pair)
{
	struct acked a;

	acked_open(&a, 7);
	for (uint64_t i = 0; i <= ACKED_WAYS; i++) {
		acked_await(&a, 1 + i * ACKED_BUCKETS, i);
		acked_return(&a, i, SECOND + (int64_t)i);
	}
	ck_assert(!acked_has(&a, 1, SECOND));
	for (uint64_t i = 1; i <= ACKED_WAYS; i++)
		ck_assert(acked_has(&a, 1 + i * ACKED_BUCKETS, SECOND));
	acked_await(&a, 1 + ACKED_BUCKETS, 9);	/* a pair is stored once */
	acked_return(&a, 9, 2 * SECOND);
	for (uint64_t i = 1; i <= ACKED_WAYS; i++)
		ck_assert(acked_has(&a, 1 + i * ACKED_BUCKETS, SECOND));
	acked_free(&a);
}
END_TEST

START_TEST(waiting_pairs_are_bounded)
{
	struct acked a;

	acked_open(&a, 7);
	for (uint64_t i = 0; i < 2 * ACKED_PENDING_MAX; i++)
		acked_await(&a, i + 1, 1);
	acked_return(&a, 1, SECOND);
	ck_assert(acked_has(&a, ACKED_PENDING_MAX, SECOND));
	ck_assert(!acked_has(&a, ACKED_PENDING_MAX + 1, SECOND));
	for (uint64_t i = 0; i < ACKED_PENDING_MAX; i++) {	/* the ring wraps */
		acked_await(&a, i, i + 2);
		if (i >= 10)
			acked_return(&a, i - 8, SECOND);
	}
	ck_assert_uint_eq(a.n_pending, 10);
	acked_free(&a);
}
END_TEST

START_TEST(clearing_forgets_also_waiting_pairs)
{
	struct acked a;

	acked_open(&a, 7);
	acked_await(&a, 1, 1);
	acked_return(&a, 1, SECOND);
	acked_await(&a, 2, 2);
	acked_clear(&a);
	acked_return(&a, 2, SECOND);
	ck_assert(!acked_has(&a, 1, SECOND) && !acked_has(&a, 2, SECOND));
	acked_await(&a, 3, 3);
	acked_return(&a, 3, SECOND);
	ck_assert(acked_has(&a, 3, SECOND));
	acked_free(&a);
}
END_TEST

UNIT_MAIN("acked", a_key_has_address_name_and_via, a_pair_is_remembered_once_its_barrier_returns,
    a_pair_is_forgotten_after_its_life, a_full_bucket_forgets_its_oldest_pair,
    waiting_pairs_are_bounded, clearing_forgets_also_waiting_pairs)
