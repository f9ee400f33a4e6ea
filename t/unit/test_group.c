#include "cache/group.h"

#include "cache/cache_private.h"
#include "cachetest.h"

static struct cache *c;

/* Merges a pair that was seen at the second `at`. */
static uint32_t
seen(int at, const char *address, const char *name, const char *rule, bool imported)
{
	char line[200];
	struct answer a;

	snprintf(line, sizeof(line), "%d.000000 %s 60 %s tag=t rule=%s", at, address, name, rule);
	a = read_line(line);
	a.imported = imported;
	cache_merge(c, &a, cache_key(c, &a), 100 * SECOND);
	return cache_find(c, &a.addr, a.name);
}

static void
check_sizes(uint32_t group, size_t pairs, size_t addresses)
{
	ck_assert_uint_eq(group_size(c, group, GROUP_PAIRS), pairs);
	ck_assert_uint_eq(group_size(c, group, GROUP_ADDRESSES), addresses);
}

START_TEST(a_rule_has_a_group_of_seen_and_one_of_imported_pairs)
{
	uint32_t p, q;

	c = new_cache(1);
	p = group_of(c, seen(10, "192.0.2.1", "a.x", "r", false));
	q = group_of(c, seen(10, "192.0.2.2", "b.x", "r", true));
	ck_assert(!group_is_imported(p) && group_is_imported(q));
	ck_assert_uint_eq(p / 2, q / 2);
	check_sizes(p, 1, 1);
	check_sizes(q, 1, 1);
	seen(11, "192.0.2.2", "b.x", "r", false);
	check_sizes(p, 2, 2);
	check_sizes(q, 0, 0);
	cache_free(c);
}
END_TEST

START_TEST(an_address_is_charged_to_the_group_that_was_first)
{
	struct tally_value only;
	struct tally t;
	uint32_t p, q, first, second;

	c = new_cache(1);
	p = seen(10, "192.0.2.1", "a.x", "r", false);
	q = seen(11, "192.0.2.1", "b.x", "s", false);
	first = group_of(c, p);
	second = group_of(c, q);
	t = group_tally(c, &c->addresses[c->pairs[p].address], &only);
	ck_assert_uint_eq(t.n, 2);
	ck_assert(t.of[0].value == first && t.of[0].members == 1 && t.of[1].value == second);
	check_sizes(first, 1, 1);
	check_sizes(second, 1, 0);
	cache_remove(c, p);
	check_sizes(first, 0, 0);
	check_sizes(second, 1, 1);
	t = group_tally(c, &c->addresses[c->pairs[q].address], &only);
	ck_assert(t.n == 1 && t.of[0].value == second && t.of[0].members == 1);
	cache_remove(c, q);
	check_sizes(second, 0, 0);
	cache_free(c);
}
END_TEST

START_TEST(the_order_is_imported_then_large_then_old)
{
	uint32_t large, old, imported;

	c = new_cache(1);
	old = group_of(c, seen(10, "192.0.2.1", "a.x", "old", false));
	ck_assert_uint_eq(group_first(c, GROUP_PAIRS), old);
	seen(12, "192.0.2.2", "b.x", "young", false);
	ck_assert_uint_eq(group_first(c, GROUP_PAIRS), old);
	seen(20, "192.0.2.3", "c.x", "large", false);
	large = group_of(c, seen(21, "192.0.2.3", "d.x", "large", false));
	ck_assert_uint_eq(group_first(c, GROUP_PAIRS), large);
	ck_assert_uint_eq(group_first(c, GROUP_ADDRESSES), old);
	imported = group_of(c, seen(30, "192.0.2.4", "e.x", "old", true));
	ck_assert_uint_eq(group_first(c, GROUP_PAIRS), imported);
	cache_free(c);
}
END_TEST

/* A sighting does not move a member in its heap; the search for the oldest member does. */
START_TEST(the_oldest_member_is_found_after_sightings)
{
	uint32_t first, second, group;

	c = new_cache(1);
	first = seen(10, "192.0.2.1", "a.x", "r", false);
	second = seen(20, "192.0.2.2", "b.x", "r", false);
	group = group_of(c, first);
	ck_assert_uint_eq(group_oldest(c, group, GROUP_PAIRS), first);
	seen(30, "192.0.2.1", "a.x", "r", false);
	ck_assert_uint_eq(group_oldest(c, group, GROUP_PAIRS), second);
	ck_assert_uint_eq(group_oldest(c, group, GROUP_ADDRESSES), c->pairs[second].address);
	ck_assert_int_eq(group_seen(c, GROUP_ADDRESSES, c->pairs[first].address), 30 * SECOND);
	c->pairs[first].last = 5 * SECOND;
	c->addresses[c->pairs[first].address].seen = 5;
	group_turn_back(c, first);
	ck_assert_uint_eq(group_oldest(c, group, GROUP_PAIRS), first);
	ck_assert_uint_eq(group_oldest(c, group, GROUP_ADDRESSES), c->pairs[first].address);
	cache_free(c);
}
END_TEST

UNIT_MAIN("group", a_rule_has_a_group_of_seen_and_one_of_imported_pairs,
    an_address_is_charged_to_the_group_that_was_first, the_order_is_imported_then_large_then_old,
    the_oldest_member_is_found_after_sightings)
