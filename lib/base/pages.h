/*
 * Arrays of millions of members with random access, in large pages.
 *
 * An array that fills at least half of a large page gets separate pages, if the system has them.
 * That avoids most page faults, most TLB misses, and copies when the array grows. A million new
 * pairs then cost ipcache 0.6 of the CPU time (`scripts/bench cache`, new pair).
 *
 * Free an array with pages_free and its *cap; it may be absent (NULL with a cap of 0). Unused
 * memory is zero.
 */
#ifndef PAGES_H
#define PAGES_H

#include <stddef.h>

#define PAGES_SIZE (2 * 1024 * 1024)	/* bytes of a large page */

/*
 * Ensures room for one more member in an array of *cap members that holds `count`, by doubling.
 * Returns the array, which may have moved, and updates *cap.
 */
void *pages_grow(void *array, size_t count, size_t *cap, size_t size);

/* The same for `count` members in all. */
void *pages_reserve(void *array, size_t count, size_t *cap, size_t size);

/* An array of `cap` zeros, of fixed size. */
void *pages_zero(size_t cap, size_t size);

void pages_free(void *array, size_t cap, size_t size);

#endif
