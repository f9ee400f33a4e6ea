/*
 * For tests that replace functions of the C library, also for the libraries they use: the system
 * calls behind them. Must be included before all other headers. If a macro selects 64-bit file
 * offsets, pwrite(2) is another name of pwrite64(2), and a test defines it once. If all offsets
 * have 64 bits, libraries may call either, and a test defines both.
 */
#ifndef REPLACED_H
#define REPLACED_H

#if __SIZEOF_LONG__ == 8
#undef _FILE_OFFSET_BITS
#undef _TIME_BITS
#define REPLACED_BOTH 1
#else
#define REPLACED_BOTH 0
#endif

#include <dlfcn.h>
#include <sys/types.h>

static inline ssize_t
replaced_pwrite(int fd, const void *data, size_t n, off64_t at)
{
	ssize_t (*next)(int, const void *, size_t, off64_t);

	*(void **)&next = dlsym(RTLD_NEXT, "pwrite64");
	return next(fd, data, n, at);
}

static inline int
replaced_ftruncate(int fd, off64_t size)
{
	int (*next)(int, off64_t);

	*(void **)&next = dlsym(RTLD_NEXT, "ftruncate64");
	return next(fd, size);
}

#endif
