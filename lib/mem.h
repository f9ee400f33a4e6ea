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

/*
 * The same for an array that is looked into here and there and may have millions of members, and the hint alone for
 * other memory: the system is asked for large pages where it is large, which spares most faults and most of the way
 * to a member.
 */
void *mem_reserve_large(void *array, size_t count, size_t *cap, size_t size);	/* for `count` members, if there is none */
void *mem_grow_large(void *array, size_t count, size_t *cap, size_t size);
void mem_prefer_large_pages(void *p, size_t bytes);

/* So many bytes; where they fill half a large page or more, aligned, and with room, so that all can be such pages. */
#define MEM_LARGE_PAGE (2 * 1024 * 1024)
void *mem_large(size_t size);

#endif
