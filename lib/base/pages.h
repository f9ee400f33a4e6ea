/*
 * Arrays of millions of members with random access, in large pages.
 *
 * An array that fills at least half of a large page has its own large pages, if the system provides
 * them. Large pages avoid most page faults, most TLB misses, and copies when the array grows. They
 * reduce the CPU time of ipcache for a million new pairs by 40 % (`scripts/bench cache`, new pair).
 *
 * Free an array with pages_free and *cap. An empty array is NULL with a *cap of 0. Unused members
 * are zero.
 */
#ifndef PAGES_H
#define PAGES_H

#include <stddef.h>

#define PAGES_SIZE (2 * 1024 * 1024)	/* bytes of a large page */

/*
 * Ensures room for one more member in an array that holds `count` of at most *cap members: doubles
 * *cap. Returns the array, which may have moved.
 */
void *pages_grow(void *array, size_t count, size_t *cap, size_t size);

/* Like pages_grow, but ensures room for `count` members in all. */
void *pages_reserve(void *array, size_t count, size_t *cap, size_t size);

/* Allocates a zeroed array of `cap` members, which does not grow. */
void *pages_zero(size_t cap, size_t size);

void pages_free(void *array, size_t cap, size_t size);

#endif
