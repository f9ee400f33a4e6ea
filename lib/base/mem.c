#define _GNU_SOURCE	/* mremap */
#include "base/mem.h"

#include <err.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void (*mem_will_use)(void *page);
void (*mem_will_go)(void *p, size_t n);

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

static size_t
bytes_of(size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2)
		errx(2, "out of memory");
	return bytes;
}

void *
mem_resize(void *array, size_t count, size_t size)
{
	size_t bytes = bytes_of(count, size);

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

/* What begins and ends with a large page. */
static void
prefer_large_pages(void *p, size_t bytes)
{
	static bool before;

	if (!before) {
		mallopt(M_MMAP_THRESHOLD, 128 * 1024);	/* so that what grows is not copied */
		mallopt(M_TRIM_THRESHOLD, 8 * MEM_LARGE_PAGE);
		before = true;
	}
	(void)madvise(p, bytes, MADV_HUGEPAGE);
}

/* Worth pages of its own. */
static bool
is_large(size_t bytes)
{
	return bytes >= MEM_LARGE_PAGE / 2;
}

static size_t
whole_pages(size_t bytes)
{
	return (bytes + MEM_LARGE_PAGE - 1) / MEM_LARGE_PAGE * MEM_LARGE_PAGE;
}

static void *
mapped(void *p)
{
	return checked(p == MAP_FAILED ? NULL : p);
}

/* Large pages of zeros, in one mapping. */
static void *
map(size_t whole)
{
	const int how = MAP_PRIVATE | MAP_ANONYMOUS;
	char *p = mapped(mmap(NULL, whole + MEM_LARGE_PAGE, PROT_READ | PROT_WRITE, how, -1, 0));
	size_t before = -(uintptr_t)p % MEM_LARGE_PAGE;

	if (before > 0)
		munmap(p, before);
	munmap(p + before + whole, MEM_LARGE_PAGE - before);
	prefer_large_pages(p + before, whole);
	return p + before;
}

static void
unmap(void *p, size_t whole)
{
	if (mem_will_go != NULL)
		mem_will_go(p, whole);
	munmap(p, whole);
}

/*
 * An array in large pages gets more of them. It has to stay one mapping, as older kernels move no
 * more than one: so it gets longer as it moves, in the place of the new one.
 */
static void *
move(void *array, size_t before, size_t bytes)
{
	size_t old = whole_pages(before), new = whole_pages(bytes);
	void *p = map(new);

#ifdef MREMAP_FIXED
	if (mem_will_go != NULL)
		mem_will_go(array, old);
	return mapped(mremap(array, old, new, MREMAP_MAYMOVE | MREMAP_FIXED, p));
#else
	memcpy(p, array, before);
	unmap(array, old);
	return p;
#endif
}

void *
mem_reserve_large(void *array, size_t count, size_t *cap, size_t size)
{
	size_t before = bytes_of(*cap, size), bytes = bytes_of(count, size);
	void *p;

	if (count <= *cap)
		return array;
	*cap = count;
	if (!is_large(bytes)) {
		array = mem_resize(array, count, size);
		memset((char *)array + before, 0, bytes - before);
		return array;
	}
	*cap = whole_pages(bytes) / size;
	if (is_large(before))
		return move(array, before, bytes);
	p = map(whole_pages(bytes));
	if (before > 0)
		memcpy(p, array, before);
	free(array);
	return p;
}

/* Where the page behind that of a member begins, in bytes. */
static size_t
next_page(size_t member, size_t size)
{
	return member * size / MEM_LARGE_PAGE * MEM_LARGE_PAGE + MEM_LARGE_PAGE;
}

void
mem_touch_next(void *array, size_t count, size_t cap, size_t size)
{
	size_t next = next_page(count, size);

	if (mem_will_use != NULL && is_large(cap * size) && next < cap * size)
		mem_will_use((char *)array + next);
}

/* One that is large grows a page early, so that there is always one to be touched. */
void *
mem_grow_large(void *array, size_t count, size_t *cap, size_t size)
{
	if (count >= *cap || (is_large(*cap * size) && next_page(count, size) >= *cap * size))
		array = mem_reserve_large(array, *cap > 0 ? 2 * *cap : 16, cap, size);
	if (count * size % MEM_LARGE_PAGE < size)
		mem_touch_next(array, count, *cap, size);
	return array;
}

void *
mem_zero_large(size_t cap, size_t size)
{
	size_t bytes = bytes_of(cap, size);

	return is_large(bytes) ? map(whole_pages(bytes)) : mem_zero(cap, size);
}

void
mem_free_large(void *array, size_t cap, size_t size)
{
	size_t bytes = bytes_of(cap, size);

	if (is_large(bytes))
		unmap(array, whole_pages(bytes));
	else
		free(array);
}

void *
mem_large(size_t size)
{
	size_t whole = whole_pages(size);
	void *p;

	if (!is_large(size))
		return mem_alloc(size);
	p = checked(aligned_alloc(MEM_LARGE_PAGE, whole));
	prefer_large_pages(p, whole);
	return p;
}
