/*
 * Declarations for all fuzz targets. `make fuzz` links a target with libFuzzer. `make check` links
 * it with t/fuzz/replay.c, and runs it over its corpus in t/data/corpus/NAME.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_ASSERT(condition) do {						\
	if (!(condition)) {							\
		fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);	\
		abort();							\
	}									\
} while (0)

#endif
