#include "bgp/ribout.h"

#include <stdio.h>

#include "unit.h"

#define BOTH (BGP_BIT(BGP_IPV4) | BGP_BIT(BGP_IPV6))

static struct ribout *rib;
static struct ribout_reader a, b;

static void
begin_ribout(void)
{
	rib = ribout_new(1);
	ribout_attach(rib, &a);
	ribout_attach(rib, &b);
}

static void
end_ribout(void)
{
	ribout_detach(rib, &a);
	ribout_detach(rib, &b);
	ribout_free(rib);
}

static struct prefix
host(unsigned i)
{
	return (struct prefix){ .addr = { ADDR_V4,
	    { 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i } }, .len = 32 };
}

static bool
announce(unsigned i, uint32_t attrs)
{
	struct prefix p = host(i);

	return ribout_announce(rib, &p, attrs);
}

static bool
withdraw(unsigned i)
{
	struct prefix p = host(i);

	return ribout_withdraw(rib, &p);
}

/* Takes at most n changes. Returns them with the last byte of each address: `+1 -2 +3`. */
static const char *
sent(struct ribout_reader *r, unsigned n)
{
	static char text[1024];
	struct ribout_change c;
	size_t len = 0;

	text[0] = '\0';
	for (int log = 0; log < RIBOUT_LOGS; log++)
		while (n > 0 && ribout_next(rib, r, BGP_IPV4, (enum ribout_log)log, &c)) {
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%c%u",
			    len > 0 ? " " : "", log == RIBOUT_ANNOUNCED ? '+' : '-', c.nlri[4]);
			ribout_take(rib, r, BGP_IPV4, (enum ribout_log)log, &c,
			    log == RIBOUT_ANNOUNCED);
			n--;
		}
	return text;
}

START_TEST(each_reader_gets_each_change)
{
	begin_ribout();
	ck_assert(announce(1, 0));
	ck_assert(announce(2, 0));
	ck_assert_str_eq(sent(&a, 9), "+1 +2");
	ck_assert(announce(3, 0));
	ck_assert_str_eq(sent(&a, 9), "+3");
	ck_assert_str_eq(sent(&b, 9), "+1 +2 +3");
	ck_assert_str_eq(sent(&a, 9), "");
	ck_assert(withdraw(2));
	ck_assert_uint_eq(ribout_pending(rib, &a, BGP_IPV4), 1);
	ck_assert_str_eq(sent(&a, 9), "-2");
	ck_assert_str_eq(sent(&b, 9), "-2");
	ck_assert_uint_eq(ribout_pending(rib, &a, BGP_IPV4), 0);
	ck_assert_uint_eq(ribout_routes(rib, BGP_IPV4), 2);
	ck_assert_uint_eq(a.of[BGP_IPV4].routes, 2);
	end_ribout();
}
END_TEST

START_TEST(an_announcement_without_change_is_not_sent)
{
	begin_ribout();
	announce(1, 7);
	ck_assert_str_eq(sent(&a, 9), "+1");
	ck_assert(!announce(1, 7));
	ck_assert(!withdraw(2));
	ck_assert_str_eq(sent(&a, 9), "");
	ck_assert(announce(1, 8));
	ck_assert_str_eq(sent(&a, 9), "+1");
	end_ribout();
}
END_TEST

START_TEST(pending_changes_coalesce)
{
	begin_ribout();
	announce(1, 0);
	announce(2, 0);
	announce(1, 1);
	announce(1, 2);
	ck_assert_str_eq(sent(&a, 9), "+2 +1");
	withdraw(1);
	announce(1, 2);
	withdraw(1);
	ck_assert_str_eq(sent(&a, 9), "-1");
	ck_assert_str_eq(sent(&b, 9), "+2");
	end_ribout();
}
END_TEST

START_TEST(a_route_never_sent_is_not_withdrawn)
{
	begin_ribout();
	announce(1, 0);
	announce(2, 0);
	ck_assert_str_eq(sent(&a, 1), "+1");
	withdraw(1);
	withdraw(2);
	ck_assert_str_eq(sent(&b, 9), "");
	ck_assert_str_eq(sent(&a, 9), "-1");
	end_ribout();
}
END_TEST

/* A withdrawal does not wait behind earlier announcements. */
START_TEST(withdrawals_are_read_first)
{
	begin_ribout();
	announce(1, 0);
	ck_assert_str_eq(sent(&a, 9), "+1");
	announce(2, 0);
	announce(3, 0);
	withdraw(1);
	ck_assert_str_eq(sent(&a, 9), "-1 +2 +3");
	end_ribout();
}
END_TEST

START_TEST(a_new_session_gets_the_announced_routes)
{
	begin_ribout();
	announce(1, 0);
	announce(2, 0);
	ck_assert_str_eq(sent(&a, 9), "+1 +2");
	withdraw(1);
	announce(3, 0);
	ribout_detach(rib, &a);
	ribout_attach(rib, &a);
	ck_assert_str_eq(sent(&a, 9), "+2 +3");
	end_ribout();
}
END_TEST

START_TEST(a_refresh_sends_all_routes_again)
{
	begin_ribout();
	announce(1, 0);
	announce(2, 0);
	ck_assert(!ribout_refresh(rib, &a, BGP_IPV4));	/* no route was sent before */
	sent(&a, 9);
	ck_assert(ribout_refresh(rib, &a, BGP_IPV4));
	ck_assert(!ribout_refresh(rib, &a, BGP_IPV4));
	ck_assert_str_eq(sent(&a, 1), "+1");
	ck_assert(ribout_refresh(rib, &a, BGP_IPV4));
	ck_assert(!ribout_refresh(rib, &a, BGP_IPV4));
	withdraw(1);
	ck_assert_uint_gt(ribout_pending(rib, &a, BGP_IPV4), 0);
	ck_assert_str_eq(sent(&a, 9), "-1 +2 +2");
	ck_assert_uint_eq(ribout_pending(rib, &a, BGP_IPV4), 0);
	end_ribout();
}
END_TEST

/* Reader b, in the middle of the log, neither misses nor repeats a route. */
START_TEST(compaction_keeps_the_place_of_each_reader)
{
	begin_ribout();
	for (unsigned i = 0; i < 10; i++)
		announce(i, 0);
	ck_assert_str_eq(sent(&b, 5), "+0 +1 +2 +3 +4");
	for (unsigned i = 0; i < 5000; i++)
		announce(9, (uint16_t)i + 1);
	ck_assert_uint_lt(ribout_pending(rib, &a, BGP_IPV4), 2000);
	ck_assert_str_eq(sent(&b, 9), "+5 +6 +7 +8 +9");
	ck_assert_str_eq(sent(&a, 99), "+0 +1 +2 +3 +4 +5 +6 +7 +8 +9");
	end_ribout();
}
END_TEST

/* Changes after the mark do not count, but the new state of a marked route does. */
START_TEST(a_mark_is_reached_when_the_marked_routes_were_read)
{
	begin_ribout();
	announce(1, 0);
	announce(2, 0);
	ribout_mark(rib, &a, BOTH);
	announce(3, 0);
	ck_assert(ribout_has_marked(&a));
	ck_assert(!ribout_has_marked(&b));
	ck_assert_str_eq(sent(&a, 2), "+1 +2");
	ck_assert(!ribout_has_marked(&a));
	ribout_mark(rib, &a, BOTH);
	announce(3, 1);
	announce(4, 0);
	ck_assert(ribout_has_marked(&a));
	ck_assert_str_eq(sent(&a, 1), "+3");
	ck_assert(!ribout_has_marked(&a));
	sent(&a, 9);
	announce(2, 1);
	ribout_mark(rib, &a, BOTH);
	withdraw(2);
	ck_assert(ribout_has_marked(&a));
	ck_assert_str_eq(sent(&a, 9), "-2");
	ck_assert(!ribout_has_marked(&a));
	end_ribout();
}
END_TEST

/* A peer without this family never reads its changes. */
START_TEST(a_mark_applies_to_the_families_of_the_peer)
{
	const struct prefix p = { .addr = { ADDR_V6, { 0x20, 1, 0xd, 0xb8 } }, .len = 128 };

	begin_ribout();
	announce(1, 0);
	ribout_announce(rib, &p, 0);
	ribout_mark(rib, &a, BGP_BIT(BGP_IPV4));
	ck_assert_str_eq(sent(&a, 1), "+1");
	ck_assert(!ribout_has_marked(&a));
	ribout_mark(rib, &a, BOTH);
	ck_assert(ribout_has_marked(&a));
	end_ribout();
}
END_TEST

START_TEST(compaction_keeps_the_marks)
{
	begin_ribout();
	for (unsigned i = 0; i < 10; i++)
		announce(i, 0);
	ck_assert_str_eq(sent(&b, 5), "+0 +1 +2 +3 +4");
	ribout_mark(rib, &b, BOTH);
	for (unsigned i = 0; i < 5000; i++)
		announce(20, (uint16_t)i + 1);
	ck_assert_str_eq(sent(&b, 4), "+5 +6 +7 +8");
	ck_assert(ribout_has_marked(&b));
	ck_assert_str_eq(sent(&b, 1), "+9");
	ck_assert(!ribout_has_marked(&b));
	end_ribout();
}
END_TEST

/* Memory stays limited while routes come and go, even with a blocked reader. */
START_TEST(slots_of_withdrawn_routes_are_reused)
{
	struct ribout_change c;

	begin_ribout();
	announce(0, 0);
	sent(&b, 9);
	for (unsigned i = 1; i < 100000; i++) {
		announce(i, 0);
		sent(&a, 9);
		withdraw(i);
		sent(&a, 9);
	}
	announce(200000, 0);
	ck_assert(ribout_next(rib, &a, BGP_IPV4, RIBOUT_ANNOUNCED, &c));
	ck_assert_uint_lt(c.slot, 4);
	end_ribout();
}
END_TEST

START_TEST(families_are_separate)
{
	struct prefix v6 = { .addr = { ADDR_V6, { 10, 0, 0, 1 } }, .len = 32 };
	struct ribout_change c;

	begin_ribout();
	announce(1, 0);
	ck_assert(ribout_announce(rib, &v6, 0));
	ck_assert_uint_eq(ribout_routes(rib, BGP_IPV6), 1);
	ck_assert_str_eq(sent(&a, 9), "+1");
	ck_assert(ribout_next(rib, &a, BGP_IPV6, RIBOUT_ANNOUNCED, &c));
	ck_assert_mem_eq(c.nlri, "\x20\x0a\0\0\1", 5);
	end_ribout();
}
END_TEST

START_TEST(many_routes_are_found_and_withdrawn)
{
	begin_ribout();
	for (unsigned i = 0; i < 200000; i++)
		ck_assert(announce(i, 0));
	for (unsigned i = 0; i < 200000; i++)
		ck_assert(!announce(i, 0));
	for (unsigned i = 0; i < 200000; i += 2)
		ck_assert(withdraw(i));
	for (unsigned i = 0; i < 200000; i++)
		ck_assert(withdraw(i) == (i % 2 == 1));
	ck_assert_uint_eq(ribout_routes(rib, BGP_IPV4), 0);
	ck_assert_str_eq(sent(&a, 9), "");
	end_ribout();
}
END_TEST

UNIT_MAIN("ribout", each_reader_gets_each_change, an_announcement_without_change_is_not_sent,
    pending_changes_coalesce, a_route_never_sent_is_not_withdrawn, withdrawals_are_read_first,
    a_new_session_gets_the_announced_routes, a_refresh_sends_all_routes_again,
    compaction_keeps_the_place_of_each_reader,
    a_mark_is_reached_when_the_marked_routes_were_read,
    a_mark_applies_to_the_families_of_the_peer, compaction_keeps_the_marks,
    slots_of_withdrawn_routes_are_reused,
    families_are_separate, many_routes_are_found_and_withdrawn)
