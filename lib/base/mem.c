#include "base/mem.h"

#include <err.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *
mem_checked(void *p)
{
	if (p == NULL)
		errx(2, "out of memory");
	return p;
}

void *
mem_alloc(size_t size)
{
	return mem_checked(malloc(size > 0 ? size : 1));
}

void *
mem_zero(size_t count, size_t size)
{
	return mem_checked(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *
mem_dup(const void *data, size_t size)
{
	void *copy = mem_alloc(size);

	if (size > 0)
		memcpy(copy, data, size);
	return copy;
}

size_t
mem_bytes(size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2)
		errx(2, "out of memory");
	return bytes;
}

void *
mem_resize(void *array, size_t count, size_t size)
{
	size_t bytes = mem_bytes(count, size);

	return mem_checked(realloc(array, bytes > 0 ? bytes : 1));
}

void *
mem_grow(void *array, size_t count, size_t *cap, size_t size)
{
	if (count < *cap)
		return array;
	*cap = *cap > 0 ? *cap * 2 : 16;
	return mem_resize(array, *cap, size);
}
