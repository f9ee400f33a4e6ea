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

#define MEM_LARGE_PAGE (2 * 1024 * 1024)

/*
 * The same for an array that is looked into here and there and may have millions of members. Where
 * it fills half a large page or more, it lies in such pages alone, if the system has them: that
 * spares most faults, most of the way to a member, and copying when it grows. What was not in use
 * yet is zeros. It is freed by mem_free_large, with its *cap, and may be absent then, with 0.
 */
void *mem_grow_large(void *array, size_t count, size_t *cap, size_t size);
/* For `count`, if there is none. */
void *mem_reserve_large(void *array, size_t count, size_t *cap, size_t size);
void *mem_zero_large(size_t cap, size_t size);	/* one of zeros, that does not grow */
void mem_free_large(void *array, size_t cap, size_t size);

/*
 * Where they are set: the first is called with the large page behind the one that an array has
 * begun to use, so that it can be touched meanwhile, and the second before n bytes at p go, of
 * which some may be in such a page.
 */
extern void (*mem_will_use)(void *page);
extern void (*mem_will_go)(void *p, size_t n);

/*
 * For an array that had begun to use its page before the first was set: the members in use, and its
 * cap.
 */
void mem_touch_next(void *array, size_t count, size_t cap, size_t size);

/*
 * So many bytes, for free(3); where they fill half a large page or more, aligned, and with room, so
 * that all can be such pages.
 */
void *mem_large(size_t size);

#endif
