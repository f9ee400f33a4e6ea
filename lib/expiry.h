/*
 * What is due when: a heap of ids by time. An id is a small number, as the index of an array; each is in the
 * heap once at most. Adding and taking cost O(log n), looking nothing.
 */
#ifndef EXPIRY_H
#define EXPIRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct expiry {
	struct expiry_item {
		int64_t when;
		uint32_t id;
	} *heap;		/* owned */
	size_t n, cap;
	uint32_t *place;	/* owned: by id, 1 + its place in the heap, or 0 */
	size_t place_n;
};

/* Adds an id that is not in the heap. */
void expiry_add(struct expiry *e, uint32_t id, int64_t when);

/* Takes an id out; nothing happens when it is not in. */
void expiry_remove(struct expiry *e, uint32_t id);

/* The earliest time, or INT64_MAX when there is none. */
int64_t expiry_next(const struct expiry *e);

/* Takes the earliest out if it is not later than `now`. */
bool expiry_take(struct expiry *e, int64_t now, uint32_t *id);

void expiry_free(struct expiry *e);

#endif
