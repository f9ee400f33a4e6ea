/*
 * Heaps of ids, ordered by time, the earliest first. An id is an index of an array. Heaps may share
 * a table of places if each id is in at most one of the heaps: a million ids in a thousand heaps
 * then need only a million places. Adding and removing cost O(log n).
 */
#ifndef HEAP_H
#define HEAP_H

#include <stddef.h>
#include <stdint.h>

/* The position of each id in its heap. Must be zeroed before use. */
struct heap_places {
	uint32_t *of;		/* owned; of[id] is 1 + the index in the heap; 0: in no heap */
	size_t n;
};

/* Must be zeroed before use. */
struct heap {
	/* Owned. Packed, since padding would cost 4 MB for a million items. */
	struct heap_item {
		int64_t when;
		uint32_t id;
	} __attribute__((packed, aligned(4))) *items;
	size_t n, cap;
};

/* Allocates room for `n` ids in the heap, and for the ids 0..n-1 in the table. */
void heap_reserve(struct heap *h, struct heap_places *places, size_t n);

/* Adds an id, which must not be in a heap that uses these places. */
void heap_add(struct heap *h, struct heap_places *places, uint32_t id, int64_t when);

/* Does nothing when the id is not in the heap. */
void heap_remove(struct heap *h, struct heap_places *places, uint32_t id);

/* Changes the time of an id that is in the heap. */
void heap_move(struct heap *h, struct heap_places *places, uint32_t id, int64_t when);

/* The earliest time, or INT64_MAX when the heap is empty. */
int64_t heap_next(const struct heap *h);

/* The id with the earliest time; the heap must not be empty. */
static inline uint32_t
heap_first(const struct heap *h)
{
	return h->items[0].id;
}

void heap_free(struct heap *h);
void heap_free_places(struct heap_places *places);

#endif
