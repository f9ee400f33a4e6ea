/*
 * The command run of ipcache: answers from stdin go into the cache, routes out of it to stdout,
 * what changes to disk, and commands are served, till the end of stdin or a signal.
 */
#ifndef RUN_H
#define RUN_H

#include "cache/cache.h"

struct run_options {
	const char *db;
	const char *life;
	int64_t sync_interval;	/* microseconds, above 0 */
	struct cache_limits limits;
	const struct martians *guard;
	const char *comments, *stats, *tap;	/* files, or NULL */
};

/* Returns the exit status; what cannot begin ends the program with a reason. */
int run(const struct run_options *o);

#endif
