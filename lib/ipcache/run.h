/*
 * The command run: answers from stdin enter the cache, routes leave it on stdout, changes are
 * written to disk, and commands are served, until the end of stdin or a signal.
 */
#ifndef RUN_H
#define RUN_H

#include "cache/cache.h"
#include "cache/life.h"

struct run_options {
	const char *db;
	const char *life_text;
	struct life life;	/* life_text, parsed */
	int64_t sync_interval;	/* microseconds, above 0 */
	struct cache_limits limits;
	const struct martians *guard;
	const char *comments, *stats, *tap;	/* files, or NULL */
};

/* Runs to the end. NULL, with the exit status in *status; or the reason why it cannot start. */
const char *run(const struct run_options *o, int *status);

#endif
