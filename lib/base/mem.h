/*
 * Allocation. Exhausted memory ends the program with a message and status 2, because no caller
 * could continue.
 */
#ifndef MEM_H
#define MEM_H

#include <stddef.h>

void *mem_alloc(size_t size);
void *mem_zero(size_t count, size_t size);
void *mem_dup(const void *data, size_t size);

/* Resizes an array to `count` members of `size` bytes. An overflow of the product is also fatal. */
void *mem_resize(void *array, size_t count, size_t size);

/*
 * Ensures room for one more member in an array that holds `count` of at most *cap members: doubles
 * *cap, which starts at 16. Returns the array, which may have moved.
 */
void *mem_grow(void *array, size_t count, size_t *cap, size_t size);

/* Returns count * size; an overflow is fatal. */
size_t mem_bytes(size_t count, size_t size);

/* Returns `p`, which another allocator returned; NULL is fatal. */
void *mem_checked(void *p);

#endif
