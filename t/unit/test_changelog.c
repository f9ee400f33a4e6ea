#include "bgp/changelog.h"

#include "unit.h"

START_TEST(places_are_counted_without_blank_ones)
{
	struct changelog l = { 0 };

	for (uint32_t i = 0; i < 5; i++)
		ck_assert_uint_eq(changelog_append(&l, 10 + i), i);
	changelog_blank(&l, 1);
	changelog_blank(&l, 3);
	ck_assert_uint_eq(changelog_count(&l, 0), 0);
	ck_assert_uint_eq(changelog_count(&l, 2), 1);
	ck_assert_uint_eq(changelog_count(&l, 4), 2);
	ck_assert_uint_eq(changelog_count(&l, 5), 3);
	ck_assert_uint_eq(l.places[2], 12);
	changelog_free(&l);
}
END_TEST

START_TEST(a_long_log_with_many_blank_places_is_sparse)
{
	struct changelog l = { 0 };

	for (uint32_t i = 0; i < 2000; i++)
		changelog_append(&l, i);
	for (size_t i = 0; i < 1000; i++)
		changelog_blank(&l, i);
	ck_assert(!changelog_is_sparse(&l));
	changelog_blank(&l, 1000);
	ck_assert(changelog_is_sparse(&l));
	l.n = 1000;
	ck_assert(!changelog_is_sparse(&l));
	changelog_free(&l);
}
END_TEST

UNIT_MAIN("changelog", places_are_counted_without_blank_ones,
    a_long_log_with_many_blank_places_is_sparse)
