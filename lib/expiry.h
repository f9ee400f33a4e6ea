/*
 * What is due when: a heap of ids by time. An id is a small number, as the index of an array; each
 * is in the heap once at most. Adding and taking cost O(log n), looking nothing.
 */
#ifndef EXPIRY_H
#define EXPIRY_H

#include <stddef.h>
#include <stdint.h>

struct expiry {
	/* Owned; of a million, padding would take 4 MB. */
	struct expiry_item {
		int64_t when;
		uint32_t id;
	} __attribute__((packed, aligned(4))) *heap;
	size_t n, cap;
	uint32_t *place;	/* owned: by id, 1 + its place in the heap, or 0 */
	size_t place_n;
};

/* Makes room for so many ids, 0..n-1. */
void expiry_reserve(struct expiry *e, size_t n);

/* Has the memory touched that comes next (mem.h). */
void expiry_touch(const struct expiry *e);

/* Adds an id that is not in the heap. */
void expiry_add(struct expiry *e, uint32_t id, int64_t when);

/* Takes an id out; nothing happens when it is not in. */
void expiry_remove(struct expiry *e, uint32_t id);

/* The earliest time, or INT64_MAX when there is none. */
int64_t expiry_next(const struct expiry *e);

/* The earliest's id; there has to be one. */
static inline uint32_t
expiry_first(const struct expiry *e)
{
	return e->heap[0].id;
}

void expiry_free(struct expiry *e);

#endif
