/*
 * For a test that replaces functions of the C library, also for the libraries that it uses: the
 * calls that its own versions end with. Included before all other headers. With 64-bit file
 * offsets asked for by macro, pwrite(2) is another name of pwrite64(2), and a test defines it once;
 * where all offsets have 64 bits, libraries may use both, and it defines both.
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
