#include "packet/held.h"

#include "base/clock.h"
#include "unit.h"

#define HOLD 100

/* Begins a turn with `n` packets from number `packet` on. True if a barrier is sent. */
static bool
hold(struct held *h, uint32_t packet, size_t n, int64_t now)
{
	for (size_t i = 0; i < n; i++) {
		ck_assert_int_eq(held_ask(h), HELD_WAIT);
		held_add(h, packet + (uint32_t)i, HELD_UNIT - 1);
	}
	return held_end_turn(h, false, now);
}

/* The number through which packets are released, or 0. */
static uint32_t
returned(struct held *h, uint64_t barrier)
{
	uint32_t last = 0;

	return held_return(h, barrier, &last) ? last : 0;
}

static uint32_t
expired(struct held *h, int64_t now)
{
	uint32_t last = 0;

	return held_expire(h, now, &last) ? last : 0;
}

START_TEST(a_barrier_releases_the_packets_of_its_turn)
{
	struct held h;

	held_open(&h, 8, HOLD);
	ck_assert(hold(&h, 1, 3, 0) && h.sent == 1);
	ck_assert(hold(&h, 7, 2, 10) && h.sent == 2 && h.n == 5);
	ck_assert_uint_eq(returned(&h, 1), 3);
	ck_assert(h.n == 2 && h.released == 3);
	ck_assert_uint_eq(returned(&h, 1), 0);
	ck_assert_uint_eq(returned(&h, 2), 8);
	ck_assert(h.n == 0 && h.released == 5 && h.waited == 5 && h.expired == 0);
	held_free(&h);
}
END_TEST

START_TEST(a_later_barrier_releases_earlier_packets)
{
	struct held h;

	held_open(&h, 8, HOLD);
	for (uint32_t i = 1; i <= 3; i++)
		ck_assert(hold(&h, i, 1, 0));
	ck_assert_uint_eq(returned(&h, 3), 3);
	ck_assert_uint_eq(h.n, 0);
	held_free(&h);
}
END_TEST

START_TEST(a_barrier_that_was_not_sent_releases_nothing)
{
	struct held h;

	held_open(&h, 8, HOLD);
	ck_assert_uint_eq(returned(&h, 1), 0);
	ck_assert(hold(&h, 1, 1, 0));
	ck_assert_uint_eq(returned(&h, 2), 0);
	ck_assert_uint_eq(returned(&h, UINT64_MAX), 0);
	ck_assert_uint_eq(h.n, 1);
	held_free(&h);
}
END_TEST

START_TEST(a_turn_without_packets_sends_no_barrier)
{
	struct held h;

	held_open(&h, 8, HOLD);
	ck_assert(!held_end_turn(&h, false, 0));
	ck_assert(!held_end_turn(&h, true, 0));
	ck_assert(h.sent == 0 && held_deadline(&h) == NEVER);
	held_free(&h);
}
END_TEST

START_TEST(the_limit_counts_packets)
{
	struct held h;

	held_open(&h, 3, HOLD);
	ck_assert(hold(&h, 1, 2, 0));
	held_add(&h, 3, 100);
	ck_assert_int_eq(held_ask(&h), HELD_FULL);
	ck_assert(held_end_turn(&h, false, 0));
	ck_assert_int_eq(held_ask(&h), HELD_FULL);
	ck_assert_uint_eq(returned(&h, 1), 2);
	ck_assert(hold(&h, 4, 2, 0));
	ck_assert_int_eq(held_ask(&h), HELD_FULL);
	held_free(&h);
}
END_TEST

START_TEST(a_large_packet_counts_as_several)
{
	struct held h;

	held_open(&h, 4, HOLD);
	held_add(&h, 1, 1232);
	ck_assert_int_eq(held_ask(&h), HELD_WAIT);
	held_add(&h, 2, 65535);
	ck_assert_int_eq(held_ask(&h), HELD_FULL);
	ck_assert(held_end_turn(&h, false, 0) && h.n == 2);
	ck_assert_uint_eq(returned(&h, 1), 2);
	ck_assert(hold(&h, 3, 4, 0));
	ck_assert_int_eq(held_ask(&h), HELD_FULL);
	held_free(&h);
}
END_TEST

START_TEST(the_ring_of_turns_wraps)
{
	struct held h;

	held_open(&h, 3, HOLD);
	for (uint32_t i = 1; i <= 100; i++) {
		ck_assert(hold(&h, i, 1, i));
		if (i > 2)
			ck_assert_uint_eq(returned(&h, i - 2), i - 2);
	}
	ck_assert_uint_eq(returned(&h, 100), 100);
	held_free(&h);
}
END_TEST

START_TEST(packets_expire_after_the_hold)
{
	struct held h;

	held_open(&h, 8, HOLD);
	ck_assert(hold(&h, 1, 2, 1000));
	ck_assert(hold(&h, 3, 1, 1050));
	ck_assert_int_eq(held_deadline(&h), 1100);
	ck_assert_uint_eq(expired(&h, 1099), 0);
	ck_assert_uint_eq(expired(&h, 1100), 2);
	ck_assert_int_eq(held_deadline(&h), 1150);
	ck_assert_uint_eq(expired(&h, 1150), 3);
	ck_assert(h.expired == 3 && h.n == 0 && !h.fallback);
	held_free(&h);
}
END_TEST

/* Three turns whose barriers do not return. */
static void
fall_back(struct held *h)
{
	held_open(h, 8, HOLD);
	for (uint32_t i = 1; i <= 3; i++) {
		ck_assert(!h->fallback);
		ck_assert(hold(h, i, 1, i * 1000));
		ck_assert_uint_eq(expired(h, i * 1000 + HOLD), i);
	}
	ck_assert(h->fallback);
	ck_assert_int_eq(held_ask(h), HELD_FALLBACK);
}

START_TEST(three_overdue_barriers_start_the_fallback)
{
	struct held h;

	fall_back(&h);
	held_free(&h);
}
END_TEST

START_TEST(a_release_interrupts_the_row)
{
	struct held h;

	held_open(&h, 8, HOLD);
	for (uint32_t i = 1; i <= 20; i++) {
		ck_assert(hold(&h, i, 1, i * 1000));
		ck_assert(i % 3 == 0 ? returned(&h, i) == i : expired(&h, i * 1000 + HOLD) == i);
		ck_assert(!h.fallback);
	}
	held_free(&h);
}
END_TEST

START_TEST(a_late_barrier_does_not_interrupt_the_row)
{
	struct held h;

	held_open(&h, 8, HOLD);
	for (uint32_t i = 1; i <= 3; i++) {
		ck_assert(hold(&h, i, 1, i * 1000));
		ck_assert_uint_eq(expired(&h, i * 1000 + HOLD), i);
		if (i < 3)
			ck_assert_uint_eq(returned(&h, i), 0);
	}
	ck_assert(h.fallback);
	held_free(&h);
}
END_TEST

START_TEST(the_fallback_releases_all_packets)
{
	struct held h;

	held_open(&h, 8, HOLD);
	for (uint32_t i = 1; i <= 5; i++)
		ck_assert(hold(&h, i, 1, 1000 + i));
	ck_assert_uint_eq(expired(&h, 1003 + HOLD), 5);
	ck_assert(h.n == 0 && h.expired == 5 && h.fallback);
	held_free(&h);
}
END_TEST

START_TEST(the_newest_barrier_ends_the_fallback)
{
	struct held h;

	fall_back(&h);
	ck_assert_uint_eq(returned(&h, 2), 0);
	ck_assert(h.fallback);
	ck_assert_uint_eq(returned(&h, 3), 0);
	ck_assert(!h.fallback);
	ck_assert_int_eq(held_ask(&h), HELD_WAIT);
	for (uint32_t i = 4; i <= 5; i++) {	/* the row begins again */
		ck_assert(hold(&h, i, 1, i * 1000));
		ck_assert_uint_eq(expired(&h, i * 1000 + HOLD), i);
	}
	ck_assert(!h.fallback);
	held_free(&h);
}
END_TEST

START_TEST(probes_are_sent_in_fallback)
{
	struct held h;

	fall_back(&h);		/* the last barrier was sent at 3000 */
	ck_assert(!held_end_turn(&h, true, 3000 + HOLD - 1));
	ck_assert(!held_end_turn(&h, false, 3000 + HOLD));
	ck_assert(held_end_turn(&h, true, 3000 + HOLD) && h.sent == 4);
	ck_assert(!held_end_turn(&h, true, 3000 + HOLD + 1));
	ck_assert_uint_eq(returned(&h, 3), 0);
	ck_assert(h.fallback);
	ck_assert_uint_eq(returned(&h, 4), 0);
	ck_assert(!h.fallback);
	held_free(&h);
}
END_TEST

UNIT_MAIN("held", a_barrier_releases_the_packets_of_its_turn,
    a_later_barrier_releases_earlier_packets, a_barrier_that_was_not_sent_releases_nothing,
    a_turn_without_packets_sends_no_barrier, the_limit_counts_packets,
    a_large_packet_counts_as_several, the_ring_of_turns_wraps,
    packets_expire_after_the_hold, three_overdue_barriers_start_the_fallback,
    a_release_interrupts_the_row, a_late_barrier_does_not_interrupt_the_row,
    the_fallback_releases_all_packets, the_newest_barrier_ends_the_fallback,
    probes_are_sent_in_fallback)
