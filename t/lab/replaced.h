/*
 * Some tests replace functions of the C library, also for the libraries that they use. The
 * functions of this header call the originals. Include it before all other headers. On 32-bit
 * systems a macro makes pwrite(2) another name of pwrite64(2), so a test must define only one of
 * them. On 64-bit systems libraries may call either function, so a test must define both.
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
