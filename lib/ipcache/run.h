/*
 * The command run: caches the answers from stdin, writes routes to stdout and changes to disk, and
 * serves other commands, until the end of stdin or a signal.
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
	const char *comments, *stats, *tap;	/* paths, or NULL */
};

/*
 * Runs until the end. Returns NULL, with the exit status in *status; or the reason of a failure to
 * start.
 */
const char *run(const struct run_options *o, int *status);

#endif
