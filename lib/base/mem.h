/*
 * Allocation that ends the program with a reason instead of returning NULL.
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
 * Makes room for one more member in an array of *cap members that holds `count`, by doubling.
 * Returns the array, moved perhaps; *cap is updated. The first allocation has 16 members.
 */
void *mem_grow(void *array, size_t count, size_t *cap, size_t size);

/* The product; an overflow is fatal. */
size_t mem_bytes(size_t count, size_t size);

/* The pointer itself; NULL is fatal. For memory that is not from here. */
void *mem_checked(void *p);

#endif
