#include "cache/heap.h"

#include "unit.h"

#define IDS 200
#define HEAPS 3

static struct heap_places places;

/* Removes the earliest id if its time is not after `now`. */
static bool
take_earliest(struct heap *h, int64_t now, uint32_t *id)
{
	if (heap_next(h) > now)
		return false;
	*id = heap_first(h);
	heap_remove(h, &places, *id);
	return true;
}

START_TEST(the_earliest_comes_first)
{
	struct heap h = { 0 };
	uint32_t id;

	ck_assert(heap_next(&h) == INT64_MAX);
	heap_add(&h, &places, 7, 30);
	heap_add(&h, &places, 1, 10);
	heap_add(&h, &places, 4, 20);
	ck_assert_int_eq(heap_next(&h), 10);
	ck_assert(!take_earliest(&h, 9, &id));
	ck_assert(take_earliest(&h, 10, &id) && id == 1);
	heap_remove(&h, &places, 4);
	heap_remove(&h, &places, 4);
	heap_remove(&h, &places, 1000);
	ck_assert(take_earliest(&h, 100, &id) && id == 7);
	ck_assert(!take_earliest(&h, 100, &id));
	heap_free(&h);
	heap_free_places(&places);
}
END_TEST

/* A reference for the heaps: an array of times. */
struct naive {
	int64_t when[IDS];	/* -1: in no heap */
	int heap[IDS];
};

static int64_t
earliest_of(const struct naive *n, int heap)
{
	int64_t earliest = INT64_MAX;

	for (int i = 0; i < IDS; i++)
		if (n->when[i] >= 0 && n->heap[i] == heap && n->when[i] < earliest)
			earliest = n->when[i];
	return earliest;
}

static void
change(struct naive *n, struct heap *heaps, uint32_t id)
{
	if (n->when[id] < 0) {
		n->when[id] = any_below(1000);
		n->heap[id] = (int)any_below(HEAPS);
		heap_add(&heaps[n->heap[id]], &places, id, n->when[id]);
	} else if (any_below(2) == 0) {
		n->when[id] = any_below(1000);
		heap_move(&heaps[n->heap[id]], &places, id, n->when[id]);
	} else {
		heap_remove(&heaps[n->heap[id]], &places, id);
		n->when[id] = -1;
	}
}

/* Adds, moves and removes random ids. */
START_TEST(several_heaps_agree_with_an_array)
{
	struct heap heaps[HEAPS] = { 0 };
	struct naive n;
	bool good = true;

	for (int i = 0; i < IDS; i++)
		n.when[i] = -1;
	for (int round = 0; round < 200000 && good; round++) {
		int which = (int)any_below(HEAPS);
		int64_t earliest, now = any_below(1000);
		uint32_t got;

		change(&n, heaps, any_below(IDS));
		earliest = earliest_of(&n, which);
		good = heap_next(&heaps[which]) == earliest;
		if (any_below(4) == 0 && take_earliest(&heaps[which], now, &got)) {
			good = good && n.when[got] == earliest && earliest <= now;
			n.when[got] = -1;
		}
	}
	ck_assert(good);
	for (int i = 0; i < HEAPS; i++)
		heap_free(&heaps[i]);
	heap_free_places(&places);
}
END_TEST

UNIT_MAIN("heap", the_earliest_comes_first, several_heaps_agree_with_an_array)
