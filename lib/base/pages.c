#define _GNU_SOURCE	/* mremap */
#include "base/pages.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"

/* Requests large pages for a range, which begins and ends at boundaries of large pages. */
static void
prefer_large_pages(void *p, size_t bytes)
{
	static bool before;

	if (!before) {
		mallopt(M_MMAP_THRESHOLD, 128 * 1024);	/* mapped arrays grow without a copy */
		mallopt(M_TRIM_THRESHOLD, 8 * PAGES_SIZE);
		before = true;
	}
	(void)madvise(p, bytes, MADV_HUGEPAGE);
}

static bool
is_large(size_t bytes)
{
	return bytes >= PAGES_SIZE / 2;
}

static size_t
whole_pages(size_t bytes)
{
	return (bytes + PAGES_SIZE - 1) / PAGES_SIZE * PAGES_SIZE;
}

static void *
mapped(void *p)
{
	return mem_checked(p == MAP_FAILED ? NULL : p);
}

/* Maps zeroed large pages, in one mapping. */
static void *
map(size_t whole)
{
	const int how = MAP_PRIVATE | MAP_ANONYMOUS;
	char *p = mapped(mmap(NULL, whole + PAGES_SIZE, PROT_READ | PROT_WRITE, how, -1, 0));
	size_t before = -(uintptr_t)p % PAGES_SIZE;

	if (before > 0)
		munmap(p, before);
	munmap(p + before + whole, PAGES_SIZE - before);
	prefer_large_pages(p + before, whole);
	return p + before;
}

/*
 * Grows an array from `before` to `bytes` bytes, and moves it to the address of a new mapping with
 * one mremap(2). The array stays one mapping, because older kernels cannot move several mappings in
 * one call.
 */
static void *
move(void *array, size_t before, size_t bytes)
{
	size_t old = whole_pages(before), new = whole_pages(bytes);
	void *p = map(new);

	return mapped(mremap(array, old, new, MREMAP_MAYMOVE | MREMAP_FIXED, p));
}

void *
pages_reserve(void *array, size_t count, size_t *cap, size_t size)
{
	size_t before = mem_bytes(*cap, size), bytes = mem_bytes(count, size);
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

void *
pages_grow(void *array, size_t count, size_t *cap, size_t size)
{
	if (count < *cap)
		return array;
	return pages_reserve(array, *cap > 0 ? 2 * *cap : 16, cap, size);
}

void *
pages_zero(size_t cap, size_t size)
{
	size_t bytes = mem_bytes(cap, size);

	return is_large(bytes) ? map(whole_pages(bytes)) : mem_zero(cap, size);
}

void
pages_free(void *array, size_t cap, size_t size)
{
	size_t bytes = mem_bytes(cap, size);

	if (is_large(bytes))
		munmap(array, whole_pages(bytes));
	else
		free(array);
}
