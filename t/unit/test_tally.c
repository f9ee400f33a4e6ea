#include "cache/tally.h"

#include <stdlib.h>

#include "unit.h"

#define OWNERS 5
#define MEMBERS 40
#define VALUES 6

START_TEST(an_owner_whose_members_agree_has_no_tally)
{
	struct tallies t = { 0 };
	uint32_t tally = TALLY_NONE;

	ck_assert(tally_join(&t, &tally, 7, 0, 7));
	ck_assert(!tally_join(&t, &tally, 7, 1, 7));
	ck_assert_uint_eq(tally, TALLY_NONE);
	ck_assert(!tally_leave(&t, &tally, 1, 7));
	ck_assert(tally_leave(&t, &tally, 0, 7));
	ck_assert_uint_eq(t.n, 0);
	tally_free(&t);
}
END_TEST

START_TEST(the_first_value_is_the_one_added_first)
{
	struct tallies t = { 0 };
	uint32_t tally = TALLY_NONE;

	ck_assert(tally_join(&t, &tally, 7, 2, 9));
	ck_assert(tally_join(&t, &tally, 7, 3, 8));
	ck_assert_uint_eq(tally_at(&t, tally)->of[0].value, 7);
	ck_assert(!tally_leave(&t, &tally, 3, 7));
	ck_assert(tally_leave(&t, &tally, 2, 7));
	ck_assert_uint_eq(tally_at(&t, tally)->of[0].value, 9);
	ck_assert(tally_leave(&t, &tally, 1, 9));
	ck_assert_uint_eq(tally, TALLY_NONE);
	tally_free(&t);
}
END_TEST

static uint32_t
count(const int values[MEMBERS], int value)
{
	uint32_t n = 0;

	for (int i = 0; i < MEMBERS; i++)
		n += value < 0 ? values[i] >= 0 : values[i] == value;
	return n;
}

static int
any_value_of(const int values[MEMBERS])
{
	for (int i = 0; i < MEMBERS; i++)
		if (values[i] >= 0)
			return values[i];
	return 0;
}

/* Adds and removes members of several owners. values[] has their values; -1: not a member. */
START_TEST(tallies_agree_with_a_count)
{
	struct tallies t = { 0 };
	uint32_t tally[OWNERS];
	int values[OWNERS][MEMBERS];

	for (int o = 0; o < OWNERS; o++) {
		tally[o] = TALLY_NONE;
		for (int m = 0; m < MEMBERS; m++)
			values[o][m] = -1;
	}
	for (int round = 0; round < 100000; round++) {
		int o = (int)any_below(OWNERS), *of = values[o], *v = &of[any_below(MEMBERS)];
		uint32_t n = count(of, -1);
		int value = *v;

		if (value < 0) {
			value = (int)any_below(VALUES);
			ck_assert_int_eq(tally_join(&t, &tally[o], (uint32_t)any_value_of(of), n,
			    (uint32_t)value), count(of, value) == 0);
			*v = value;
		} else {
			*v = -1;
			ck_assert_int_eq(tally_leave(&t, &tally[o], n - 1, (uint32_t)value),
			    count(of, value) == 0);
		}
		for (size_t i = 0; tally[o] != TALLY_NONE && i < tally_at(&t, tally[o])->n; i++)
			ck_assert_uint_eq(tally_at(&t, tally[o])->of[i].members,
			    count(of, (int)tally_at(&t, tally[o])->of[i].value));
	}
	ck_assert_uint_le(t.n, OWNERS);
	tally_free(&t);
}
END_TEST

UNIT_MAIN("tally", an_owner_whose_members_agree_has_no_tally,
    the_first_value_is_the_one_added_first, tallies_agree_with_a_count)
