#include "bgp/gate.h"

#include "base/clock.h"
#include "unit.h"

static struct gate g;

START_TEST(without_an_update_a_barrier_passes_at_once)
{
	gate_open(&g, 4);
	ck_assert_uint_eq(g.passed, 4);
	gate_encoded(&g, 5, 0);
	ck_assert_uint_eq(g.passed, 5);
	ck_assert(!gate_awaits_ack(&g));
	ck_assert_int_eq(gate_deadline(&g), NEVER);
	gate_free(&g);
}
END_TEST

START_TEST(a_barrier_waits_for_the_acknowledgement)
{
	gate_open(&g, 0);
	gate_encoded(&g, 1, 100);
	gate_encoded(&g, 2, 100);	/* no new UPDATE */
	gate_encoded(&g, 3, 150);
	ck_assert(gate_awaits_ack(&g));
	gate_turn(&g, 99, 0, 10);
	ck_assert_uint_eq(g.passed, 0);
	gate_turn(&g, 100, 0, 11);
	ck_assert_uint_eq(g.passed, 2);
	gate_turn(&g, 149, 0, 12);
	ck_assert_uint_eq(g.passed, 2);
	gate_turn(&g, 1000, 0, 13);
	ck_assert_uint_eq(g.passed, 3);
	gate_encoded(&g, 4, 150);
	ck_assert_uint_eq(g.passed, 4);
	gate_free(&g);
}
END_TEST

/* The time begins at the acknowledgement, also while an earlier barrier still waits. */
START_TEST(a_new_update_settles)
{
	gate_open(&g, 0);
	gate_encoded(&g, 1, 100);
	gate_turn(&g, 100, 2000, 10000);
	ck_assert_uint_eq(g.passed, 0);
	ck_assert(!gate_awaits_ack(&g));
	ck_assert_int_eq(gate_deadline(&g), 12000);
	gate_encoded(&g, 2, 100);
	gate_encoded(&g, 3, 200);
	ck_assert(gate_awaits_ack(&g));
	gate_turn(&g, 200, 2000, 11000);
	ck_assert_uint_eq(g.passed, 0);
	gate_turn(&g, 200, 2000, 12000);
	ck_assert_uint_eq(g.passed, 2);
	ck_assert_int_eq(gate_deadline(&g), 13000);
	gate_turn(&g, 200, 2000, 13000);
	ck_assert_uint_eq(g.passed, 3);
	gate_encoded(&g, 4, 200);
	ck_assert_uint_eq(g.passed, 4);
	gate_free(&g);
}
END_TEST

START_TEST(a_closed_gate_forgets_its_barriers)
{
	gate_open(&g, 0);
	gate_encoded(&g, 1, 100);
	g.is_marked = true;
	gate_close(&g);
	ck_assert(!g.counts && !g.is_marked && !gate_awaits_ack(&g));
	gate_open(&g, 7);
	gate_encoded(&g, 8, 0);
	ck_assert_uint_eq(g.passed, 8);
	gate_free(&g);
}
END_TEST

UNIT_MAIN("gate", without_an_update_a_barrier_passes_at_once,
    a_barrier_waits_for_the_acknowledgement, a_new_update_settles,
    a_closed_gate_forgets_its_barriers)
