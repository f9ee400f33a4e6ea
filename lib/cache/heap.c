#include "cache/heap.h"

#include <stdlib.h>

#include "base/pages.h"

static void
put_item(struct heap *h, struct heap_places *places, size_t at, struct heap_item item)
{
	h->items[at] = item;
	places->of[item.id] = (uint32_t)at + 1;
}

/* Puts an item at the position `at`, then moves it up or down until the heap is in order. */
static void
sift(struct heap *h, struct heap_places *places, size_t at, struct heap_item item)
{
	for (; at > 0 && item.when < h->items[(at - 1) / 2].when; at = (at - 1) / 2)
		put_item(h, places, at, h->items[(at - 1) / 2]);
	for (size_t child; (child = 2 * at + 1) < h->n; at = child) {
		if (child + 1 < h->n && h->items[child + 1].when < h->items[child].when)
			child++;
		if (item.when <= h->items[child].when)
			break;
		put_item(h, places, at, h->items[child]);
	}
	put_item(h, places, at, item);
}

void
heap_reserve(struct heap *h, struct heap_places *places, size_t n)
{
	h->items = pages_reserve(h->items, n, &h->cap, sizeof(*h->items));
	places->of = pages_reserve(places->of, n, &places->n, sizeof(*places->of));
}

/* The capacity doubles from 1, since many heaps have only one id. */
void
heap_add(struct heap *h, struct heap_places *places, uint32_t id, int64_t when)
{
	if (id >= places->n)
		places->of = pages_reserve(places->of,
		    id < 2 * places->n ? 2 * places->n : (size_t)id + 1, &places->n,
		    sizeof(*places->of));
	if (h->n == h->cap)
		h->items = pages_reserve(h->items, h->cap > 0 ? 2 * h->cap : 1, &h->cap,
		    sizeof(*h->items));
	h->n++;
	sift(h, places, h->n - 1, (struct heap_item){ when, id });
}

void
heap_remove(struct heap *h, struct heap_places *places, uint32_t id)
{
	struct heap_item last;
	size_t at;

	if (id >= places->n || places->of[id] == 0)
		return;
	at = places->of[id] - 1;
	places->of[id] = 0;
	last = h->items[--h->n];
	if (at < h->n)
		sift(h, places, at, last);
}

void
heap_move(struct heap *h, struct heap_places *places, uint32_t id, int64_t when)
{
	sift(h, places, places->of[id] - 1, (struct heap_item){ when, id });
}

int64_t
heap_next(const struct heap *h)
{
	return h->n > 0 ? h->items[0].when : INT64_MAX;
}

void
heap_free(struct heap *h)
{
	pages_free(h->items, h->cap, sizeof(*h->items));
	*h = (struct heap){ 0 };
}

void
heap_free_places(struct heap_places *places)
{
	pages_free(places->of, places->n, sizeof(*places->of));
	*places = (struct heap_places){ 0 };
}
