/*
 * Checks that the code under test waits without using the CPU. The CPU time is compared with the
 * elapsed time: a busy machine or an emulator lengthens both, while a loop that polls without a
 * pause uses all of its time.
 */
#ifndef IDLE_H
#define IDLE_H

#include <stdbool.h>
#include <time.h>

#include "base/clock.h"

struct idle {
	clock_t cpu;
	int64_t since;
};

static inline struct idle
idle_begin(void)
{
	return (struct idle){ clock(), clock_mono() };
}

/* Whether less than half of the time since idle_begin was CPU time. */
static inline bool
idle_lasted(struct idle start)
{
	double cpu = (double)(clock() - start.cpu) / CLOCKS_PER_SEC;

	return cpu < (double)(clock_mono() - start.since) / SECOND / 2;
}

#endif
