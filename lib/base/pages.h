/*
 * Arrays of millions of members that are accessed at random, in large pages.
 *
 * An array that fills half a large page or more occupies such pages alone, where the system has
 * them. That avoids most page faults, most TLB misses, and copying when the array grows. With it a
 * million new pairs cost ipcache 0.6 of the CPU time (`scripts/bench cache`, new pair).
 *
 * An array is freed by pages_free with its *cap; it may be absent (NULL with a cap of 0). Memory
 * that was never used is zero.
 */
#ifndef PAGES_H
#define PAGES_H

#include <stddef.h>

#define PAGES_SIZE (2 * 1024 * 1024)	/* bytes of a large page */

/*
 * Makes room for one more member in an array of *cap members that holds `count`, by doubling.
 * Returns the array, moved perhaps; *cap is updated.
 */
void *pages_grow(void *array, size_t count, size_t *cap, size_t size);

/* The same for `count` members in all, if there is no room for them. */
void *pages_reserve(void *array, size_t count, size_t *cap, size_t size);

/* An array of `cap` zeros that does not grow. */
void *pages_zero(size_t cap, size_t size);

void pages_free(void *array, size_t cap, size_t size);

#endif
