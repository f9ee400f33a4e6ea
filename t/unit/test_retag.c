#include "ipcache/retag.h"

#include <stdio.h>

#include "unit.h"

#define SECOND INT64_C(1000000)
#define NOW (INT64_C(1795392065) * SECOND)

static struct cache *cache;
static struct retag retag;

static void
skip_route(const struct route *r)
{
	(void)r;
}

static void
skip_pair(const struct answer *a, uint32_t place, enum cache_end why)
{
	(void)a;
	(void)place;
	(void)why;
}

/* Parses a line of the pair with this number. The line is valid until the next call. */
static struct answer
answer(int number, const char *keys)
{
	static char line[200];
	struct answer a;

	snprintf(line, sizeof(line), "1795392000.000000 10.0.%d.%d 60 n%d.example%s%s",
	    number / 250, number % 250 + 1, number, *keys != '\0' ? " " : "", keys);
	ck_assert_ptr_null(answer_parse(str_of(line), &a));
	return a;
}

static void
see(int number, const char *keys)
{
	struct answer a = answer(number, keys);

	cache_merge(cache, &a, cache_key(cache, &a), NOW);
}

static void
begin(int pairs, bool force)
{
	struct life life;

	ck_assert_ptr_null(life_parse(STR("24h"), &life));
	cache = cache_new(ANY_SEED, &life, skip_route, skip_pair);
	for (int i = 0; i < pairs; i++)
		see(i, "tag=a");
	retag_open(&retag, cache, force);
}

static void
end(void)
{
	retag_close(&retag);
	cache_free(cache);
}

static void
take(int number, const char *keys)
{
	struct answer a = answer(number, keys);

	retag_line(&retag, &a);
}

static void
take_first(int n, const char *keys)
{
	for (int i = 0; i < n; i++)
		take(i, keys);
}

static void
delete_marked(void)
{
	for (uint32_t i = 0; i < cache_top(cache); i++)
		if (cache_is_pair(cache, i))
			retag_delete(&retag, i);
}

/* Whether the cache has exactly the pairs `from` to `to` - 1. */
static bool
has_pairs(int from, int to)
{
	for (int i = from; i < to; i++) {
		struct answer a = answer(i, "");

		if (cache_find(cache, &a.addr, a.name) == CACHE_NONE)
			return false;
	}
	return cache_pairs(cache) == (size_t)(to - from);
}

START_TEST(pairs_without_a_tag_are_deleted_after_the_last_line)
{
	begin(100, false);
	take_first(40, "");
	take(70, "tag=b");
	ck_assert(has_pairs(0, 100));
	ck_assert(!retag_is_refused(&retag));
	delete_marked();
	ck_assert(has_pairs(40, 100));
	ck_assert_uint_eq(retag.deleted, 40);
	ck_assert_uint_eq(retag.retagged, 1);
	end();
}
END_TEST

START_TEST(more_than_half_of_a_large_cache_is_refused)
{
	begin(2000, false);
	take_first(1000, "");
	ck_assert(!retag_is_refused(&retag));
	take(1000, "");
	take(1000, "");	/* twice */
	ck_assert_uint_eq(retag.marked, 1001);
	ck_assert(retag_is_refused(&retag));
	take(7, "tag=a");	/* a later line of the same pair */
	ck_assert_uint_eq(retag.marked, 1000);
	ck_assert(!retag_is_refused(&retag));
	end();
}
END_TEST

START_TEST(a_small_cache_may_lose_all)
{
	begin(RETAG_LOSS_MIN - 1, false);
	take_first(RETAG_LOSS_MIN - 1, "");
	ck_assert(!retag_is_refused(&retag));
	delete_marked();
	ck_assert(has_pairs(0, 0));
	end();
}
END_TEST

START_TEST(force_permits_any_loss)
{
	begin(RETAG_LOSS_MIN, false);
	take_first(RETAG_LOSS_MIN, "");
	ck_assert(retag_is_refused(&retag));
	end();
	begin(RETAG_LOSS_MIN, true);
	take_first(RETAG_LOSS_MIN, "");
	ck_assert(!retag_is_refused(&retag));
	end();
}
END_TEST

/* The number of a removed pair may be that of a new pair. */
START_TEST(a_pair_that_changes_meanwhile_is_not_deleted)
{
	struct answer a;

	begin(3, false);
	take_first(3, "");
	a = answer(0, "");
	cache_remove(cache, cache_find(cache, &a.addr, a.name));
	see(3, "tag=a");
	see(1, "tag=b");	/* the pair changes */
	delete_marked();
	a = answer(1, "");
	ck_assert_uint_ne(cache_find(cache, &a.addr, a.name), CACHE_NONE);
	a = answer(3, "");
	ck_assert_uint_ne(cache_find(cache, &a.addr, a.name), CACHE_NONE);
	ck_assert_uint_eq(cache_pairs(cache), 2);
	end();
}
END_TEST

START_TEST(pairs_added_meanwhile_can_be_marked)
{
	begin(1, false);
	take(0, "");
	for (int i = 1; i < 1000; i++)
		see(i, "tag=a");
	take(999, "");
	ck_assert_uint_eq(retag.marked, 2);
	delete_marked();
	ck_assert(has_pairs(1, 1000));
	end();
}
END_TEST

UNIT_MAIN("retag", pairs_without_a_tag_are_deleted_after_the_last_line,
    more_than_half_of_a_large_cache_is_refused, a_small_cache_may_lose_all, force_permits_any_loss,
    a_pair_that_changes_meanwhile_is_not_deleted, pairs_added_meanwhile_can_be_marked)
