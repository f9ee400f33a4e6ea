/*
 * The DB of an ipcache: the store, the cache that it was loaded into, and the writeback between
 * them. A process loads one DB at a time.
 *
 * Functions that fail return a reason, NULL on success. A reason is valid until the next call.
 */
#ifndef DB_H
#define DB_H

#include "cache/cache.h"
#include "store/store.h"
#include "store/writeback.h"

struct db {
	const char *path;	/* not owned */
	struct store *store;	/* owned, like cache and writeback; NULL: not open */
	struct cache *cache;
	struct writeback *writeback;
	int lock;		/* of the writer, between db_claim and db_open; -1: a reader */
	uint64_t evicted;	/* pairs */
	bool salvages;		/* a damaged file is replaced by its intact records */
};

/*
 * The path with the last link resolved, also when its target does not exist; valid until the next
 * call. The path itself when it cannot be resolved.
 */
const char *db_real_path(const char *path);

/* NULL, or why the DB can be neither opened nor created. */
const char *db_check_path(const char *path);

/*
 * Connects to the run that has the DB: *run_fd is the connection. Without a run, locks the DB, and
 * *run_fd is -1. Waits at most 10 s for another process that has the DB.
 */
const char *db_claim(struct db *d, const char *path, enum store_mode mode, int *run_fd);

/* Locks the DB for a run, which creates it when missing and salvages it when damaged. */
const char *db_claim_for_run(struct db *d, const char *path);

/*
 * Confines the process to the folders of the DB, the stats file and the tap. `stats` and `tap` may
 * be NULL. Must precede db_open, which parses the file, and the first thread. NULL, or the reason
 * of a failure: the caller must exit.
 */
__attribute__((warn_unused_result)) const char *
db_confine(const char *db, const char *stats, const char *tap);

/* Opens a claimed DB. */
const char *db_open(struct db *d);

/*
 * Loads the living pairs. Changes are written after `sync_interval`, or by writeback_finish. For
 * `denied` and `limits` see cache_set_guard and cache_set_limits.
 */
const char *db_load(struct db *d, const struct life *life, cache_route_fn *route,
    const struct martians *denied, const struct cache_limits *limits, int64_t sync_interval);

void db_close(struct db *d);

/*
 * The command check: prints that the file is sound, or logs each damage. With `repairs`, a damaged
 * file is replaced by its intact records (salvage.h). Returns the exit status: 1 for a file that is
 * still damaged, 2 when the repair failed.
 */
int db_check(const char *path, bool repairs);

#endif
