#include "expiry.h"

#include <stdlib.h>

#include "mem.h"

static void
put(struct expiry *e, size_t at, struct expiry_item item)
{
	e->heap[at] = item;
	e->place[item.id] = (uint32_t)at + 1;
}

static void
sift_up(struct expiry *e, size_t at, struct expiry_item item)
{
	while (at > 0 && item.when < e->heap[(at - 1) / 2].when) {
		put(e, at, e->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	put(e, at, item);
}

static void
sift_down(struct expiry *e, size_t at, struct expiry_item item)
{
	for (;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < e->n && e->heap[child + 1].when < e->heap[child].when)
			child++;
		if (child >= e->n || item.when <= e->heap[child].when)
			break;
		put(e, at, e->heap[child]);
		at = child;
	}
	put(e, at, item);
}

void
expiry_reserve(struct expiry *e, size_t n)
{
	e->heap = mem_reserve_large(e->heap, n, &e->cap, sizeof(*e->heap));
	e->place = mem_reserve_large(e->place, n, &e->place_n, sizeof(*e->place));
}

void
expiry_touch(const struct expiry *e)
{
	mem_touch_next(e->heap, e->n, e->cap, sizeof(*e->heap));
	/* Ids are handed out in turn. */
	mem_touch_next(e->place, e->n, e->place_n, sizeof(*e->place));
}

void
expiry_add(struct expiry *e, uint32_t id, int64_t when)
{
	if (id >= 2 * e->place_n)
		e->place = mem_reserve_large(e->place, (size_t)id + 1, &e->place_n,
		    sizeof(*e->place));
	e->place = mem_grow_large(e->place, id, &e->place_n, sizeof(*e->place));
	e->heap = mem_grow_large(e->heap, e->n, &e->cap, sizeof(*e->heap));
	sift_up(e, e->n++, (struct expiry_item){ when, id });
}

void
expiry_remove(struct expiry *e, uint32_t id)
{
	struct expiry_item last;
	size_t at;

	if (id >= e->place_n || e->place[id] == 0)
		return;
	at = e->place[id] - 1;
	e->place[id] = 0;
	last = e->heap[--e->n];
	if (at == e->n)
		return;
	if (at > 0 && last.when < e->heap[(at - 1) / 2].when)
		sift_up(e, at, last);
	else
		sift_down(e, at, last);
}

int64_t
expiry_next(const struct expiry *e)
{
	return e->n > 0 ? e->heap[0].when : INT64_MAX;
}

void
expiry_free(struct expiry *e)
{
	mem_free_large(e->heap, e->cap, sizeof(*e->heap));
	mem_free_large(e->place, e->place_n, sizeof(*e->place));
	*e = (struct expiry){ 0 };
}
