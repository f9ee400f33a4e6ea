#include "cache/cache.h"

#include <stdio.h>

#include "base/clock.h"
#include "unit.h"

#define START 1000	/* the time of the first line of a test, in seconds */

/* The names of the pairs evicted since the last check, in order. */
static struct buf lost = BUF(1 << 20);

static void
drop_route(const struct route *r)
{
	(void)r;
}

static void
note_evicted(const struct answer *a, uint32_t place, enum cache_end why)
{
	(void)place;
	ck_assert_int_eq(why, CACHE_EVICTED);
	if (lost.len > 0)
		buf_byte(&lost, ' ');
	buf_str(&lost, a->name);
}

static void
check_lost(const char *expected)
{
	buf_byte(&lost, '\0');
	ck_assert_str_eq(lost.data, expected);
	buf_cut(&lost, 0);
}

static struct cache *
new_cache(const struct cache_limits *limits)
{
	static const struct life life = { .fixed = 100000 * SECOND };
	struct cache *c = cache_new(ANY_SEED, &life, drop_route, note_evicted);

	cache_set_limits(c, limits);
	return c;
}

/*
 * Merges a pair at the time `now` that was seen at `when`, both in seconds. The last two bytes of
 * the pair's address are `host`.
 */
static enum cache_result
merge_host_line(struct cache *c, int when, int now, int host, const char *name, const char *rule,
    bool imported)
{
	struct answer a = { .time = when * SECOND, .ttl = 60, .first = -1, .imported = imported,
	    .addr = { ADDR_V4, { 192, 0, (uint8_t)(host / 256), (uint8_t)host } },
	    .name = str_of(name), .rule = str_of(rule) };

	return cache_merge(c, &a, cache_key(c, &a), now * SECOND);
}

static enum cache_result
put(struct cache *c, int when, int host, const char *name, const char *rule, bool imported)
{
	return merge_host_line(c, when, when, host, name, rule, imported);
}

static enum cache_result
merge_at(struct cache *c, int when, int host, const char *name, const char *rule)
{
	return put(c, when, host, name, rule, false);
}

static enum cache_result
import(struct cache *c, int when, int host, const char *name, const char *rule)
{
	return put(c, when, host, name, rule, true);
}

static bool
has(const struct cache *c, int host, const char *name)
{
	struct addr addr = { ADDR_V4, { 192, 0, (uint8_t)(host / 256), (uint8_t)host } };

	return cache_find(c, &addr, str_of(name)) != CACHE_NONE;
}

/*
 * Merges `n` new names with one rule. If `own`, each name has its own address, from `host` on;
 * otherwise all have the address `host`.
 */
static void
flood(struct cache *c, int when, int n, int host, bool own)
{
	char name[20];

	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "r%d.wild", i);
		merge_at(c, when + i, own ? host + i : host, name, "*.wild");
	}
}

/* A flood must not evict three older names of another rule, at the addresses `hosts`. */
static void
check_flood(const struct cache_limits *limits, const int hosts[3], int host, bool own)
{
	struct cache *c = new_cache(limits);

	merge_at(c, START, hosts[0], "a.good", "good");
	merge_at(c, START + 1, hosts[1], "b.good", "good");
	merge_at(c, START + 2, hosts[2], "c.good", "good");
	flood(c, START + 10, 500, host, own);
	ck_assert(has(c, hosts[0], "a.good") && has(c, hosts[1], "b.good") &&
	    has(c, hosts[2], "c.good"));
	ck_assert_uint_eq(cache_pairs(c), 10);
	ck_assert(has(c, own ? host + 499 : host, "r499.wild"));
	ck_assert(!has(c, own ? host : host, "r0.wild"));
	buf_cut(&lost, 0);
	cache_free(c);
}

START_TEST(random_names_below_one_entry_evict_each_other_only)
{
	const int own[] = { 1, 2, 3 }, one[] = { 9, 9, 9 };

	check_flood(&(struct cache_limits){ .pairs = 10 }, own, 256, true);
	check_flood(&(struct cache_limits){ .pairs = 10 }, own, 9, false);
	check_flood(&(struct cache_limits){ .addresses = 10 }, own, 256, true);
	check_flood(&(struct cache_limits){ .names = 10 }, one, 9, false);
}
END_TEST

START_TEST(rules_of_equal_size_lose_the_pair_seen_longest_ago)
{
	struct cache *c = new_cache(&(struct cache_limits){ .addresses = 3 });

	merge_at(c, START, 1, "a", "a");
	merge_at(c, START + 1, 2, "b", "b");
	merge_at(c, START + 2, 3, "c", "c");
	merge_at(c, START + 3, 1, "a", "a");
	merge_at(c, START + 4, 4, "d", "d");
	check_lost("b");
	ck_assert_int_eq(merge_at(c, START + 1, 5, "e", "e"), CACHE_FULL);
	check_lost("");
	merge_at(c, START + 6, 5, "e2", "d");	/* the rule `d` would become the largest */
	check_lost("d");
	cache_free(c);
}
END_TEST

START_TEST(an_address_is_removed_with_its_rule_unless_other_rules_have_it)
{
	struct cache *c = new_cache(&(struct cache_limits){ .addresses = 4 });

	merge_at(c, START, 1, "w1", "*.wild");
	merge_at(c, START + 1, 1, "w2", "*.wild");
	merge_at(c, START + 2, 2, "w3", "*.wild");
	merge_at(c, START + 3, 2, "good", "good");	/* the address has pairs of another rule */
	merge_at(c, START + 4, 3, "w4", "*.wild");
	merge_at(c, START + 5, 4, "w5", "*.wild");
	merge_at(c, START + 6, 5, "other", "other");
	check_lost("w2 w1");
	merge_at(c, START + 7, 6, "another", "another");
	check_lost("w3 w4");
	ck_assert(has(c, 2, "good") && has(c, 4, "w5"));
	cache_free(c);
}
END_TEST

/* The newcomer makes its rule as large as the largest other rule. */
static void
check_tie(const struct cache_limits *limits, bool same_address)
{
	struct cache *c = new_cache(limits);
	int more = same_address ? 0 : 1;

	merge_at(c, START, 1, "b1", "b");
	merge_at(c, START + 1, 1 + more, "a1", "a");
	merge_at(c, START + 2, 1 + 2 * more, "a2", "a");
	ck_assert_int_eq(merge_at(c, START + 3, 1 + 3 * more, "b2", "b"), CACHE_NEW);
	check_lost("b1");
	merge_at(c, START + 4, 1 + 4 * more, "b3", "b");
	check_lost("a1");
	cache_free(c);
}

START_TEST(of_the_largest_rules_the_one_with_the_oldest_pair_loses)
{
	check_tie(&(struct cache_limits){ .pairs = 3 }, false);
	check_tie(&(struct cache_limits){ .addresses = 3 }, false);
	check_tie(&(struct cache_limits){ .names = 3 }, true);
}
END_TEST

START_TEST(a_refused_imported_pair_evicts_no_pair)
{
	struct cache *c = new_cache(&(struct cache_limits){ .addresses = 3 });

	import(c, START, 1, "i1", "x");
	merge_at(c, START + 1, 1, "a", "x");
	merge_at(c, START + 2, 2, "b", "x");
	merge_at(c, START + 3, 3, "c", "x");
	ck_assert_int_eq(import(c, START + 4, 4, "i2", "x"), CACHE_FULL);
	check_lost("");
	ck_assert(has(c, 1, "i1"));
	cache_free(c);
}
END_TEST

/*
 * The address has two pairs. The time of `future` was in the future; now it is earlier than the
 * time of `latest`.
 */
START_TEST(an_address_is_as_late_as_its_latest_pair)
{
	struct cache *c = new_cache(&(struct cache_limits){ .addresses = 2 });

	merge_at(c, START + 500, 1, "future", "x");
	merge_host_line(c, START + 50, START + 500, 1, "latest", "x", false);
	merge_host_line(c, START + 40, START + 500, 2, "other", "x", false);
	merge_host_line(c, START + 20, START + 60, 1, "future", "x", false);
	merge_host_line(c, START + 60, START + 60, 3, "new", "x", false);
	check_lost("other");
	cache_free(c);
}
END_TEST

START_TEST(imported_pairs_never_evict_pairs_that_were_seen_here)
{
	struct cache *c = new_cache(&(struct cache_limits){ .addresses = 3 });

	merge_at(c, START, 1, "a", "*.wild");
	merge_at(c, START + 1, 2, "b", "*.wild");
	import(c, START + 2, 3, "i1", "good");
	ck_assert_int_eq(import(c, START + 3, 4, "i2", "good"), CACHE_NEW);
	check_lost("i1");
	ck_assert_int_eq(import(c, START + 1, 5, "i3", "good"), CACHE_FULL);
	merge_at(c, START + 2, 6, "c", "*.wild");	/* `c` was seen before the imported pair */
	check_lost("i2");
	ck_assert_int_eq(import(c, START + 9, 7, "i4", "other"), CACHE_FULL);
	check_lost("");
	cache_free(c);
}
END_TEST

START_TEST(nor_do_imported_pairs_at_the_other_limits)
{
	struct cache *c = new_cache(&(struct cache_limits){ .pairs = 2 });

	merge_at(c, START, 1, "a", "x");
	merge_at(c, START + 1, 1, "b", "x");
	ck_assert_int_eq(import(c, START + 2, 1, "i1", "y"), CACHE_FULL);
	cache_free(c);
	c = new_cache(&(struct cache_limits){ .names = 2 });
	merge_at(c, START, 1, "a", "x");
	import(c, START + 3, 1, "i1", "x");
	ck_assert_int_eq(import(c, START + 4, 1, "i2", "y"), CACHE_NEW);
	check_lost("i1");
	merge_at(c, START + 2, 1, "b", "x");
	check_lost("i2");
	ck_assert_int_eq(import(c, START + 5, 1, "i3", "y"), CACHE_FULL);
	check_lost("");
	cache_free(c);
}
END_TEST

START_TEST(a_sighting_moves_an_imported_pair_to_the_group_of_seen_pairs)
{
	struct cache *c = new_cache(&(struct cache_limits){ .pairs = 2 });

	import(c, START + 5, 1, "a", "x");
	ck_assert_int_eq(merge_at(c, START, 1, "a", "y"), CACHE_MERGED);
	ck_assert_int_eq(import(c, START + 6, 1, "a", "x"), CACHE_MERGED);
	import(c, START, 2, "b", "x");
	import(c, START + 1, 3, "c", "x");
	check_lost("b");
	merge_at(c, START + 2, 4, "d", "x");
	check_lost("c");
	ck_assert_int_eq(import(c, START + 9, 5, "e", "x"), CACHE_FULL);
	cache_free(c);
}
END_TEST

/*
 * In any order of additions and sightings, the pair of a rule that was seen longest ago is evicted.
 */
static void
check_order(const struct cache_limits *limits)
{
	struct cache *c = new_cache(limits);
	int seen[3000] = { 0 }, there = 0;

	for (int now = START; now < START + 20000; now++) {
		int i = (int)any_below(3000), oldest = -1;
		char name[20], expected[20] = "";

		for (int j = 0; j < 3000; j++)
			if (seen[j] != 0 && (oldest < 0 || seen[j] < seen[oldest]))
				oldest = j;
		if (seen[i] == 0 && there++ == 2000) {
			snprintf(expected, sizeof(expected), "n%d", oldest);
			seen[oldest] = 0;
			there--;
		}
		snprintf(name, sizeof(name), "n%d", i);
		merge_at(c, now, i, name, "x");
		seen[i] = now;
		if (now > START + 10000)	/* by then, the searches have updated the heap */
			check_lost(expected);
		buf_cut(&lost, 0);
	}
	cache_free(c);
}

START_TEST(of_many_pairs_the_one_seen_longest_ago_is_evicted)
{
	check_order(&(struct cache_limits){ .pairs = 2000 });
	check_order(&(struct cache_limits){ .addresses = 2000 });
}
END_TEST

START_TEST(lower_limits_after_a_load_keep_the_latest_sightings)
{
	struct cache *c = new_cache(&(struct cache_limits){ 0 });

	flood(c, START, 100, 256, true);
	merge_at(c, START - 9, 1, "good", "good");
	import(c, START + 999, 2, "imported", "good");
	cache_set_limits(c, &(struct cache_limits){ .pairs = 11 });
	cache_end_load(c, (START + 999) * SECOND);
	ck_assert_uint_eq(cache_pairs(c), 11);
	ck_assert(has(c, 1, "good") && !has(c, 2, "imported"));
	for (int i = 90; i < 100; i++) {
		char name[20];

		snprintf(name, sizeof(name), "r%d.wild", i);
		ck_assert(has(c, 256 + i, name));
	}
	buf_cut(&lost, 0);
	cache_free(c);
}
END_TEST

UNIT_MAIN("evict", random_names_below_one_entry_evict_each_other_only,
    rules_of_equal_size_lose_the_pair_seen_longest_ago,
    an_address_is_removed_with_its_rule_unless_other_rules_have_it,
    of_the_largest_rules_the_one_with_the_oldest_pair_loses,
    a_refused_imported_pair_evicts_no_pair, an_address_is_as_late_as_its_latest_pair,
    imported_pairs_never_evict_pairs_that_were_seen_here,
    nor_do_imported_pairs_at_the_other_limits,
    a_sighting_moves_an_imported_pair_to_the_group_of_seen_pairs,
    of_many_pairs_the_one_seen_longest_ago_is_evicted,
    lower_limits_after_a_load_keep_the_latest_sightings)
