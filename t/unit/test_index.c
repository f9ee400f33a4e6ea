#include "cache/cache_private.h"

#include "base/hash.h"
#include "cachetest.h"

static struct cache *c;

/* Adds a pair to the address with this number, or to a new address (NONE). */
static uint32_t
index_pair(const char *line, uint32_t address)
{
	struct answer a = read_line(line);
	struct cache_key key = cache_key(c, &a);
	uint32_t i;

	if (address == NONE)
		address = index_add_address(c, &a.addr, key.address);
	i = index_new_pair(c);
	c->pairs[i] = (struct pair){ .address = address, .text = text_take(c, &a) };
	index_add_pair(c, i, key.pair);
	return i;
}

static uint32_t
find_pair(const char *line)
{
	struct answer a = read_line(line);

	ck_assert_uint_eq(cache_find(c, &a.addr, a.name),
	    index_find_pair(c, &a.addr, a.name, cache_key(c, &a).pair));
	return cache_find(c, &a.addr, a.name);
}

static void
remove_pair(uint32_t i)
{
	struct answer a;

	cache_get(c, i, &a);
	index_remove_pair(c, i, cache_key(c, &a).pair);
	index_free_pair(c, i);
}

/* Checks the list of an address in both directions. `expected` ends with NONE. */
static void
check_pairs_of(uint32_t address, const uint32_t *expected)
{
	uint32_t n = 0, last = NONE;

	for (uint32_t i = c->addresses[address].pairs; i != NONE; i = c->pairs[i].next, n++) {
		ck_assert_uint_eq(i, expected[n]);
		if (n > 0)
			ck_assert_uint_eq(c->pairs[i].prev, expected[n - 1]);
		last = i;
	}
	ck_assert_uint_eq(expected[n], NONE);
	ck_assert_uint_eq(c->addresses[address].n, n);
	if (n > 0)
		ck_assert_uint_eq(c->pairs[expected[0]].prev, last);
}

START_TEST(addresses_are_found_by_family_and_bytes)
{
	static const char *const lines[] = { "1.000000 192.0.2.1 1 a.x",
		"1.000000 192.0.2.2 1 a.x", "1.000000 c000:201:: 1 a.x",
		"1.000000 2001:db8::1 1 a.x" };
	struct answer a;
	struct addr addr;

	c = new_cache(1);
	for (uint32_t i = 0; i < 4; i++) {
		a = read_line(lines[i]);
		ck_assert_uint_eq(index_find_address(c, &a.addr, cache_key(c, &a).address), NONE);
		ck_assert_uint_eq(index_add_address(c, &a.addr, cache_key(c, &a).address), i);
	}
	for (uint32_t i = 0; i < 4; i++) {
		a = read_line(lines[i]);
		ck_assert_uint_eq(index_find_address(c, &a.addr, cache_key(c, &a).address), i);
		index_get_addr(c, &c->addresses[i], &addr);
		ck_assert(addr_eq(&addr, &a.addr));
		ck_assert_mem_eq(index_addr_bytes(c, &c->addresses[i]), a.addr.bytes,
		    addr_size(a.addr.family));
	}
	cache_free(c);
}
END_TEST

/* All hashes are 7, so that only a comparison finds the right member. */
START_TEST(members_with_equal_hashes_are_compared)
{
	struct answer a = read_line("1.000000 192.0.2.1 1 a.x");
	struct answer b = read_line("1.000000 ::1 1 b.x");
	uint32_t first, second;

	c = new_cache(1);
	first = index_add_address(c, &a.addr, 7);
	second = index_add_address(c, &b.addr, 7);
	ck_assert_uint_eq(index_find_address(c, &a.addr, 7), first);
	ck_assert_uint_eq(index_find_address(c, &b.addr, 7), second);
	for (uint32_t i = 0; i < 3; i++) {
		ck_assert_uint_eq(index_new_pair(c), i);
		c->pairs[i] = (struct pair){ .address = i < 2 ? first : second,
		    .text = text_take(c, i > 0 ? &b : &a) };
		index_add_pair(c, i, 7);
	}
	ck_assert_uint_eq(index_find_pair(c, &a.addr, a.name, 7), 0);
	ck_assert_uint_eq(index_find_pair(c, &a.addr, b.name, 7), 1);
	ck_assert_uint_eq(index_find_pair(c, &b.addr, b.name, 7), 2);
	ck_assert_uint_eq(index_find_pair(c, &b.addr, a.name, 7), NONE);
	cache_free(c);
}
END_TEST

START_TEST(the_pairs_of_an_address_are_listed_the_latest_first)
{
	uint32_t address;

	c = new_cache(1);
	index_pair("1.000000 192.0.2.1 1 a.x", NONE);
	address = c->pairs[0].address;
	check_pairs_of(address, (uint32_t[]){ 0, NONE });
	index_pair("1.000000 192.0.2.1 1 b.x", address);
	index_pair("1.000000 192.0.2.1 1 c.x", address);
	check_pairs_of(address, (uint32_t[]){ 2, 1, 0, NONE });
	index_turn_pairs(c, address);
	check_pairs_of(address, (uint32_t[]){ 0, 2, 1, NONE });
	remove_pair(2);
	check_pairs_of(address, (uint32_t[]){ 0, 1, NONE });
	remove_pair(1);
	check_pairs_of(address, (uint32_t[]){ 0, NONE });
	index_turn_pairs(c, address);
	check_pairs_of(address, (uint32_t[]){ 0, NONE });
	ck_assert_uint_eq(cache_pairs(c), 1);
	ck_assert_uint_eq(cache_addresses(c), 1);
	c->addresses[address].seen = 5;
	remove_pair(0);
	check_pairs_of(address, (uint32_t[]){ NONE });
	ck_assert_uint_eq(c->addresses[address].seen, 0);
	ck_assert_uint_eq(cache_pairs(c) + cache_addresses(c), 0);
	cache_free(c);
}
END_TEST

START_TEST(numbers_of_removed_pairs_and_addresses_are_reused)
{
	struct answer a = read_line("1.000000 2001:db8::1 1 a.x");

	c = new_cache(1);
	index_pair("1.000000 2001:db8::1 1 a.x", NONE);
	index_pair("1.000000 2001:db8::1 1 b.x", 0);
	remove_pair(0);
	ck_assert(!cache_is_pair(c, 0) && cache_is_pair(c, 1));
	ck_assert_uint_eq(find_pair("1.000000 2001:db8::1 1 a.x"), NONE);
	ck_assert_uint_eq(find_pair("1.000000 2001:db8::1 1 b.x"), 1);
	remove_pair(1);
	index_remove_address(c, 0);
	ck_assert_uint_eq(index_find_address(c, &a.addr, cache_key(c, &a).address), NONE);
	ck_assert_uint_eq(index_pair("1.000000 192.0.2.9 1 c.x", NONE), 1);
	ck_assert_uint_eq(index_pair("1.000000 192.0.2.9 1 d.x", 0), 0);
	ck_assert_uint_eq(c->pairs_n, 2);
	ck_assert_uint_eq(c->addresses_n, 1);
	ck_assert_uint_eq(cache_top(c), 2);
	cache_free(c);
}
END_TEST

START_TEST(reserving_room_keeps_all_members)
{
	char line[100];

	c = new_cache(1);
	for (int i = 0; i < 300; i++) {
		snprintf(line, sizeof(line), "1.000000 192.0.2.%d 1 h%d.x", i % 250, i);
		index_pair(line, i < 250 ? NONE : (uint32_t)i - 250);
		if (i == 100)
			cache_reserve(c, 100000);
	}
	for (int i = 0; i < 300; i++) {
		snprintf(line, sizeof(line), "1.000000 192.0.2.%d 1 h%d.x", i % 250, i);
		ck_assert_uint_eq(find_pair(line), (uint32_t)i);
	}
	ck_assert_uint_eq(cache_addresses(c), 250);
	ck_assert_uint_ge(c->pairs_cap, 100000);
	cache_free(c);
}
END_TEST

UNIT_MAIN("index", addresses_are_found_by_family_and_bytes, members_with_equal_hashes_are_compared,
    the_pairs_of_an_address_are_listed_the_latest_first,
    numbers_of_removed_pairs_and_addresses_are_reused, reserving_room_keeps_all_members)
