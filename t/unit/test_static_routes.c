#include "bgp/static_routes.h"

#include "unit.h"

static struct static_routes routes;
static uint32_t dropped;	/* sum of the dropped sets */

static void
note_dropped(void *owner, uint32_t set)
{
	*(uint32_t *)owner += set;
}

static struct prefix
prefix(const char *text)
{
	struct prefix p;

	ck_assert_ptr_null(prefix_parse(str_of(text), &p));
	return p;
}

static void
add(const char *text, uint16_t file, uint32_t set)
{
	struct prefix p = prefix(text);

	static_routes_add(&routes, &p, file, set);
}

static void
seal(void)
{
	static_routes_seal(&routes, note_dropped, &dropped);
}

static const struct static_route *
find(const char *text)
{
	struct prefix p = prefix(text);

	return static_routes_find(&routes, &p);
}

static const struct static_route *
above(const char *text)
{
	struct prefix p = prefix(text);

	return static_routes_above(&routes, &p);
}

START_TEST(an_empty_set_has_no_route)
{
	seal();
	ck_assert_ptr_null(find("10.0.0.1/32"));
	ck_assert_ptr_null(above("10.0.0.1/32"));
}
END_TEST

START_TEST(of_equal_prefixes_the_first_remains)
{
	add("10.0.0.0/8", 0, 1);
	add("2001:db8::/32", 0, 2);
	add("10.0.0.0/8", 1, 4);
	add("10.0.0.0/9", 1, 8);
	add("10.0.0.0/8", 1, 16);
	seal();
	ck_assert_uint_eq(routes.n, 3);
	ck_assert_uint_eq(dropped, 20);
	ck_assert_uint_eq(find("10.0.0.0/8")->set, 1);
	ck_assert_uint_eq(find("10.0.0.0/9")->file, 1);
	ck_assert_uint_eq(find("2001:db8::/32")->other, STATIC_ROUTES_NONE);
	ck_assert_ptr_null(find("10.0.0.0/10"));
	static_routes_free(&routes);
	ck_assert_uint_eq(routes.n, 0);
}
END_TEST

START_TEST(above_is_the_longest_shorter_prefix)
{
	add("10.0.0.0/8", 0, 1);
	add("10.1.0.0/16", 0, 2);
	add("10.1.2.3/32", 0, 3);
	add("2001:db8::/32", 0, 4);
	seal();
	ck_assert_uint_eq(above("10.1.2.3/32")->set, 2);
	ck_assert_uint_eq(above("10.1.0.0/16")->set, 1);
	ck_assert_uint_eq(above("10.2.0.0/16")->set, 1);
	ck_assert_uint_eq(above("2001:db8:ffff::1/128")->set, 4);
	ck_assert_ptr_null(above("10.0.0.0/8"));
	ck_assert_ptr_null(above("11.0.0.0/8"));
	ck_assert_ptr_null(above("2001:db9::1/128"));
	static_routes_free(&routes);
}
END_TEST

START_TEST(routes_are_cut_and_removed)
{
	add("10.0.0.0/8", 0, 1);
	add("10.1.0.0/16", 0, 2);
	add("10.2.0.0/16", 0, 4);
	static_routes_cut(&routes, 2, note_dropped, &dropped);
	ck_assert_uint_eq(dropped, 4);
	add("9.0.0.0/8", 0, 8);
	seal();
	static_routes_remove(&routes, static_routes_find(&routes, &routes.list[1].prefix));
	ck_assert_uint_eq(routes.n, 2);
	ck_assert_ptr_null(find("10.0.0.0/8"));
	ck_assert_uint_eq(find("9.0.0.0/8")->set, 8);
	ck_assert_uint_eq(find("10.1.0.0/16")->set, 2);
	static_routes_free(&routes);
}
END_TEST

/* 1,000 random prefixes, found by the array and by a linear search. */
START_TEST(random_prefixes_are_found)
{
	static struct prefix all[1000];

	for (uint16_t i = 0; i < 1000; i++) {
		struct addr a = { ADDR_V4, { (uint8_t)any_below(4), (uint8_t)any_below(4), 0, 0 } };

		all[i] = prefix_of(&a, (uint8_t)(8 + any_below(25)));
		if (i < 500)
			static_routes_add(&routes, &all[i], i, i);
	}
	seal();
	for (uint16_t i = 0; i < 1000; i++) {
		const struct static_route *r = static_routes_find(&routes, &all[i]);
		uint16_t first = 0;

		while (first < 500 && memcmp(&all[first], &all[i], sizeof(all[i])) != 0)
			first++;
		ck_assert((r != NULL) == (first < 500));
		ck_assert(r == NULL || r->file == first);
	}
	static_routes_free(&routes);
}
END_TEST

UNIT_MAIN("static_routes", an_empty_set_has_no_route, of_equal_prefixes_the_first_remains,
    above_is_the_longest_shorter_prefix, routes_are_cut_and_removed, random_prefixes_are_found)
