#include "store/seglog.h"

#include "base/clock.h"
#include "in_store.h"

static struct seglog l;
static struct cache *cache;

static void
ignore_a_route(const struct route *r)
{
	(void)r;
}

static void
ignore_removal(const struct answer *a, uint32_t place, enum cache_end why)
{
	(void)a, (void)place, (void)why;
}

static void
start_loading(void)
{
	struct life life;

	must(life_parse(STR("1h"), &life));
	cache = cache_new(1, &life, ignore_a_route, ignore_removal);
	seglog_init(&l, 0);
}

static void
end_loading(struct store *s)
{
	seglog_free(&l);
	cache_free(cache);
	store_close(s);
	leave_folder();
}

static uint32_t
place_of(uint32_t n)
{
	struct answer a = pair_of(n);
	uint32_t pair = cache_find(cache, &a.addr, a.name);

	return pair == CACHE_NONE ? 0 : cache_place(cache, pair);
}

START_TEST(the_place_of_a_pair_is_the_segment_of_its_last_entry)
{
	struct store *s;
	uint64_t refused;

	enter_folder();
	s = store_of_three();
	must(store_write(s, 7, 4, segment_of(4, 1, 5, 14)));	/* pairs 5..14 again */
	must(store_commit(s));
	start_loading();
	must(seglog_load(&l, s, cache, &refused));
	ck_assert_uint_eq(refused, 0);
	ck_assert_uint_eq(cache_pairs(cache), 30);
	ck_assert(place_of(4) == 1 && place_of(5) == 4 && place_of(14) == 4 && place_of(15) == 2);
	ck_assert(l.parts[0].live == 4 && l.parts[1].live == 6 && l.parts[2].live == 10);
	ck_assert(l.parts[3].live == 10 && l.parts[3].slot == 7 && l.parts[3].stored);
	ck_assert(l.n == 4 && l.seq == 4 && l.first == 0 && l.last == 3);
	ck_assert_uint_eq(l.live_bytes, 4 * l.parts[0].entry_bytes + 6 * l.parts[1].entry_bytes +
	    10 * l.parts[2].entry_bytes + 10 * l.parts[3].entry_bytes);
	end_loading(s);
}
END_TEST

START_TEST(slots_without_a_segment_are_free)
{
	struct store *s;
	uint64_t refused;

	enter_folder();
	s = store_of_three();
	store_free(s, 1);
	must(store_commit(s));
	start_loading();
	must(seglog_load(&l, s, cache, &refused));
	ck_assert_uint_eq(l.slots_n, store_slots(s));
	ck_assert_uint_eq(l.free.n, store_slots(s) - 2);
	ck_assert(l.free.list[l.free.n - 1] == 1 && l.free.list[l.free.n - 2] == 3);
	end_loading(s);
}
END_TEST

START_TEST(a_removed_pair_has_no_place)
{
	static struct segment segment;
	struct store *s;
	struct answer a;
	uint64_t refused;

	enter_folder();
	s = store_of_three();
	a = pair_of(3);
	segment_begin(&segment);
	ck_assert(segment_put_gone(&segment, &a));
	segment_seal(&segment, 4, 1);
	must(store_write(s, 3, 4, segment.data));
	must(store_commit(s));
	start_loading();
	must(seglog_load(&l, s, cache, &refused));
	ck_assert_uint_eq(cache_pairs(cache), 29);
	ck_assert_uint_eq(cache_find(cache, &a.addr, a.name), CACHE_NONE);
	ck_assert(l.parts[0].live == 9 && l.parts[3].live == 0);
	end_loading(s);
}
END_TEST

START_TEST(a_damaged_segment_ends_the_load)
{
	struct store *s;
	uint64_t refused;

	enter_folder();
	store_close(store_of_three());
	ck_assert_uint_ge(change_file("db", "h15.example", "X15.example", 11), 1);
	s = open_store(STORE_WRITE);
	start_loading();
	ck_assert(store_is_damage(seglog_load(&l, s, cache, &refused)));
	ck_assert_uint_eq(cache_pairs(cache), 10);
	end_loading(s);
}
END_TEST

UNIT_MAIN("seglog_load", the_place_of_a_pair_is_the_segment_of_its_last_entry,
    slots_without_a_segment_are_free, a_removed_pair_has_no_place, a_damaged_segment_ends_the_load)
