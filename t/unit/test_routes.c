#include "cache/cache_private.h"

#include "cachetest.h"

START_TEST(an_address_is_announced_while_it_has_a_pair)
{
	struct cache *c = new_cache(1);

	ck_assert_int_eq(merge(c, "10.000000 192.0.2.1 60 a.x tag=p", 10 * SECOND), CACHE_NEW);
	check_reported("announce 192.0.2.1/32 tag=p name=a.x\n");
	ck_assert_int_eq(merge(c, "20.000000 192.0.2.1 60 a.x tag=p", 20 * SECOND), CACHE_MERGED);
	ck_assert_int_eq(merge(c, "20.000000 192.0.2.1 60 a.x tag=p", 20 * SECOND), CACHE_SAME);
	ck_assert_int_eq(merge(c, "30.000000 192.0.2.1 60 b.x tag=p", 30 * SECOND), CACHE_NEW);
	check_reported("");
	ck_assert_int_eq(merge(c, "40.000000 2001:db8::1 60 b.x", 40 * SECOND), CACHE_NEW);
	check_reported("announce 2001:db8::1/128 name=b.x\n");
	ck_assert_int_eq(cache_next_expiry(c), 110 * SECOND);
	cache_expire(c, 120 * SECOND);	/* a.x was seen at 20 */
	check_reported("");
	ck_assert_uint_eq(cache_pairs(c), 2);
	cache_expire(c, 130 * SECOND - 1);
	check_reported("");
	cache_expire(c, 130 * SECOND);
	check_reported("withdraw 192.0.2.1/32\n");
	cache_expire(c, 1000 * SECOND);
	check_reported("withdraw 2001:db8::1/128\n");
	ck_assert_uint_eq(cache_pairs(c) + cache_addresses(c), 0);
	ck_assert(cache_next_expiry(c) == INT64_MAX);
	cache_free(c);
}
END_TEST

START_TEST(a_route_has_the_tags_of_all_pairs)
{
	struct cache *c = new_cache(1);
	struct answer a;

	merge(c, "10.000000 192.0.2.1 60 a.x tag=q,p", 10 * SECOND);
	check_reported("announce 192.0.2.1/32 tag=p,q name=a.x\n");
	merge(c, "11.000000 192.0.2.1 60 b.x tag=r,p", 11 * SECOND);
	check_reported("announce 192.0.2.1/32 tag=p,q,r name=b.x\n");
	merge(c, "12.000000 192.0.2.1 60 c.x tag=p", 12 * SECOND);
	check_reported("");
	merge(c, "12.500000 192.0.2.1 60 d.x", 13 * SECOND);
	check_reported("");
	a = read_line("0.000000 192.0.2.1 0 b.x");
	cache_remove(c, cache_find(c, &a.addr, a.name));
	ck_assert_uint_eq(cache_find(c, &a.addr, a.name), CACHE_NONE);
	check_reported("announce 192.0.2.1/32 tag=p,q name=d.x\n");
	merge(c, "13.000000 192.0.2.1 60 a.x tag=s", 13 * SECOND);
	check_reported("announce 192.0.2.1/32 tag=p,s name=d.x\n");
	a = read_line("0.000000 192.0.2.1 0 a.x tag=t rule=x");
	ck_assert(cache_retag(c, &a));
	check_reported("announce 192.0.2.1/32 tag=p,t name=d.x\n");
	ck_assert(cache_retag(c, &a));
	check_reported("");
	cache_expire(c, 112 * SECOND);
	check_reported("announce 192.0.2.1/32 tag=t name=d.x\n");
	cache_expire(c, 113 * SECOND);
	check_reported("withdraw 192.0.2.1/32\n");
	cache_free(c);
}
END_TEST

/*
 * A tag that nearly fills an answer line does not fit in a route line. The route is announced
 * without the tag.
 */
START_TEST(a_route_with_a_long_tag_is_no_longer_than_a_line)
{
	static char line[ANSWER_MAX];
	struct cache *c = new_cache(1);
	int head = snprintf(line, sizeof(line), "1.000000 192.0.2.1 1 a.example tag=");

	memset(line + head, 'x', sizeof(line) - 1 - (size_t)head);
	ck_assert_int_eq(merge(c, line, 2 * SECOND), CACHE_NEW);
	check_reported("announce 192.0.2.1/32 name=a.example\n");
	ck_assert_int_eq(merge(c, "1.000000 192.0.2.1 1 b.example tag=b", 2 * SECOND), CACHE_NEW);
	check_reported("announce 192.0.2.1/32 tag=b name=b.example\n");
	cache_free(c);
}
END_TEST

UNIT_MAIN("routes", an_address_is_announced_while_it_has_a_pair,
    a_route_has_the_tags_of_all_pairs, a_route_with_a_long_tag_is_no_longer_than_a_line)
