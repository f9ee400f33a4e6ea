#include "mem.h"

#include <err.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE 4096			/* madvise(2) wants whole ones */

static void *
checked(void *p)
{
	if (p == NULL)
		errx(2, "out of memory");
	return p;
}

void *
mem_alloc(size_t size)
{
	return checked(malloc(size > 0 ? size : 1));
}

void *
mem_zero(size_t count, size_t size)
{
	return checked(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *
mem_dup(const void *data, size_t size)
{
	void *copy = mem_alloc(size);

	if (size > 0)
		memcpy(copy, data, size);
	return copy;
}

void *
mem_resize(void *array, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		errx(2, "out of memory");
	return checked(realloc(array, bytes > 0 ? bytes : 1));
}

void *
mem_grow(void *array, size_t count, size_t *cap, size_t size)
{
	if (count < *cap)
		return array;
	*cap = *cap > 0 ? *cap * 2 : 16;
	return mem_resize(array, *cap, size);
}

/* Of all pages that it touches: realloc(3) moves a mapping only as long as it is one. */
void
mem_prefer_large_pages(void *p, size_t bytes)
{
	size_t off = (uintptr_t)p % PAGE;

	if (bytes < MEM_LARGE_PAGE)
		return;
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);	/* so that what grows is not copied */
	mallopt(M_TRIM_THRESHOLD, 8 * MEM_LARGE_PAGE);
	(void)madvise((char *)p - off, (off + bytes + PAGE - 1) / PAGE * PAGE, MADV_HUGEPAGE);
}

void *
mem_reserve_large(void *array, size_t count, size_t *cap, size_t size)
{
	if (count <= *cap)
		return array;
	*cap = count;
	array = mem_resize(array, count, size);
	mem_prefer_large_pages(array, count * size);
	return array;
}

void *
mem_grow_large(void *array, size_t count, size_t *cap, size_t size)
{
	size_t before = *cap;

	array = mem_grow(array, count, cap, size);
	if (*cap != before)
		mem_prefer_large_pages(array, *cap * size);
	return array;
}

void *
mem_large(size_t size)
{
	size_t whole = (size + MEM_LARGE_PAGE - 1) / MEM_LARGE_PAGE * MEM_LARGE_PAGE;
	void *p;

	if (size < MEM_LARGE_PAGE / 2)
		return mem_alloc(size);
	p = checked(aligned_alloc(MEM_LARGE_PAGE, whole));
	mem_prefer_large_pages(p, whole);
	return p;
}
