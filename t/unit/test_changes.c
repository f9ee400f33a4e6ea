#include "cache/cache_private.h"

#include "cachetest.h"

START_TEST(a_reader_reads_each_change_once)
{
	struct cache *c = new_cache(1);
	struct cache_reader all, late;
	uint64_t serial;

	merge_at(c, "a", 10);
	merge_at(c, "b", 11);
	cache_attach(c, &all, 0);
	check_read(c, &all, "a b");
	merge_at(c, "a", 12);
	merge_at(c, "a", 13);
	merge_at(c, "c", 13);
	merge_at(c, "a", 14);
	check_read(c, &all, "a c");
	check_read(c, &all, "");
	serial = cache_serial(c);
	cache_attach(c, &late, serial);
	check_read(c, &late, "");
	merge_at(c, "b", 15);
	check_read(c, &late, "b");
	merge_at(c, "b", 16);
	check_read(c, &all, "b");
	check_read(c, &late, "b");
	cache_detach(c, &late);
	cache_attach(c, &late, serial);
	check_read(c, &late, "b");
	cache_detach(c, &late);
	cache_attach(c, &late, 0);
	check_read(c, &late, "a c b");
	cache_detach(c, &late);
	cache_attach(c, &late, 1000000);
	check_read(c, &late, "");
	merge_at(c, "b", 16);	/* a merge that changes nothing */
	check_read(c, &all, "");
	buf_cut(&reported, 0);
	cache_free(c);
}
END_TEST

START_TEST(a_reader_continues_when_its_next_pair_moves_or_is_removed)
{
	struct cache *c = new_cache(1);
	struct cache_reader r, other;
	struct answer a;
	uint32_t pair;

	for (const char *name = "a\0b\0c\0d\0e\0"; *name != '\0'; name += 2)
		merge_at(c, name, 10);
	cache_attach(c, &r, 0);
	cache_attach(c, &other, 0);
	ck_assert(cache_read(c, &r, &a, &pair));
	remove_name(c, "b");		/* the pair that `r` would read next */
	merge_at(c, "c", 20);	/* `c` is seen again, so it moves to the end */
	ck_assert(cache_read(c, &r, &a, &pair) && str_eq(a.name, STR("d")));
	remove_name(c, "d");		/* the pair that `r` has just read */
	check_read(c, &r, "e c");
	remove_name(c, "c");
	merge_at(c, "f", 30);
	check_read(c, &r, "f");
	check_read(c, &other, "a e f");
	remove_name(c, "f");
	remove_name(c, "e");
	remove_name(c, "a");
	check_read(c, &r, "");
	merge_at(c, "g", 40);
	check_read(c, &r, "g");
	check_read(c, &other, "g");
	buf_cut(&reported, 0);
	buf_cut(&removed, 0);
	cache_free(c);
}
END_TEST

UNIT_MAIN("changes", a_reader_reads_each_change_once,
    a_reader_continues_when_its_next_pair_moves_or_is_removed)
