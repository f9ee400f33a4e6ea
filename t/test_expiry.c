#include "expiry.h"

#include "unit.h"

#define IDS 200

/* Takes the earliest out if it is not later than `now`. */
static bool
take(struct expiry *e, int64_t now, uint32_t *id)
{
	if (expiry_next(e) > now)
		return false;
	*id = expiry_first(e);
	expiry_remove(e, *id);
	return true;
}

START_TEST(what_is_due_comes_in_order)
{
	struct expiry e = { 0 };
	uint32_t id;

	ck_assert(expiry_next(&e) == INT64_MAX);
	expiry_add(&e, 7, 30);
	expiry_add(&e, 1, 10);
	expiry_add(&e, 4, 20);
	ck_assert_int_eq(expiry_next(&e), 10);
	ck_assert(!take(&e, 9, &id));
	ck_assert(take(&e, 10, &id) && id == 1);
	expiry_remove(&e, 4);
	expiry_remove(&e, 4);
	expiry_remove(&e, 1000);
	ck_assert(take(&e, 100, &id) && id == 7);
	ck_assert(!take(&e, 100, &id));
	expiry_free(&e);
}
END_TEST

/* Against an array of times: adding, removing and taking at random. */
START_TEST(it_agrees_with_an_array)
{
	struct expiry e = { 0 };
	int64_t when[IDS];
	bool good = true;

	srand(3);
	for (int i = 0; i < IDS; i++)
		when[i] = -1;
	for (int round = 0; round < 200000 && good; round++) {
		uint32_t id = (uint32_t)(rand() % IDS), got;
		int64_t earliest = INT64_MAX, now;

		if (rand() % 3 == 0) {
			expiry_remove(&e, id);
			when[id] = -1;
		} else if (when[id] < 0) {
			when[id] = rand() % 1000;
			expiry_add(&e, id, when[id]);
		}
		for (int i = 0; i < IDS; i++)
			if (when[i] >= 0 && when[i] < earliest)
				earliest = when[i];
		good = expiry_next(&e) == earliest;
		now = rand() % 1000;
		if (rand() % 4 == 0 && take(&e, now, &got)) {
			good = good && when[got] == earliest && earliest <= now;
			when[got] = -1;
		}
	}
	ck_assert(good);
	expiry_free(&e);
}
END_TEST

UNIT_MAIN("expiry", what_is_due_comes_in_order, it_agrees_with_an_array)
