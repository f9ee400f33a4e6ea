/*
 * Allocation. When memory is exhausted it ends the program with a message and status 2. It is the
 * one place in lib/ that exits, because no caller could continue.
 */
#ifndef MEM_H
#define MEM_H

#include <stddef.h>

void *mem_alloc(size_t size);
void *mem_zero(size_t count, size_t size);
void *mem_dup(const void *data, size_t size);

/* Resizes an array to `count` members of `size` bytes; an overflow of the product is fatal too. */
void *mem_resize(void *array, size_t count, size_t size);

/*
 * Ensures room for one more member in an array of *cap members that holds `count`, by doubling; at
 * first 16. Returns the array, which may have moved, and updates *cap.
 */
void *mem_grow(void *array, size_t count, size_t *cap, size_t size);

/* The product; an overflow is fatal. */
size_t mem_bytes(size_t count, size_t size);

/* The pointer itself; NULL is fatal. For memory from another allocator. */
void *mem_checked(void *p);

#endif
