/*
 * The DB of an ipcache: the store (the file), the cache loaded from it, and the writeback from
 * cache to store. A process loads one DB at a time.
 *
 * Functions return NULL, or the reason of a failure, which is valid until the next call.
 */
#ifndef DB_H
#define DB_H

#include "cache/cache.h"
#include "store/store.h"
#include "store/writeback.h"

struct db {
	const char *path;	/* not owned */
	struct store *store;	/* NULL before db_open; owned, like cache and writeback */
	struct cache *cache;
	struct writeback *writeback;
	int lock;		/* descriptor of the lock, from db_claim to db_open; -1: a reader */
	uint64_t evicted;	/* counter: evicted pairs */
	bool salvages;		/* db_open salvages a damaged file */
};

/*
 * Resolves symbolic links, even if the target of the last link does not exist. Returns `path`
 * itself on failure. The result is valid until the next call.
 */
const char *db_real_path(const char *path);

/* NULL, or the reason why the DB can be neither opened nor created. */
const char *db_check_path(const char *path);

/*
 * Connects to the run that has the DB, and sets *run_fd to the connection. Without a run, locks the
 * DB and sets *run_fd to -1. Waits at most 10 s while another process has the lock.
 */
const char *db_claim(struct db *d, const char *path, enum store_mode mode, int *run_fd);

/* Locks the DB for a run. Creates a missing file; db_open will salvage a damaged file. */
const char *db_claim_for_run(struct db *d, const char *path);

/*
 * Confines the process to the folders of the DB, the stats file and the tap (mirror.h). `stats` and
 * `tap` may be NULL. Call it before db_open, which parses the file, and before the first thread.
 * After a failure the caller must exit.
 */
__attribute__((warn_unused_result)) const char *
db_confine(const char *db, const char *stats, const char *tap);

/* Opens a claimed DB. */
const char *db_open(struct db *d);

/*
 * Loads the pairs whose life is not over. The writeback writes changes after `sync_interval`, or in
 * writeback_finish. `denied` is the guard of cache_set_guard; cache_set_limits describes `limits`.
 */
const char *db_load(struct db *d, const struct life *life, cache_route_fn *route,
    const struct martians *denied, const struct cache_limits *limits, int64_t sync_interval);

void db_close(struct db *d);

/*
 * The command check: prints that the file is sound, or logs each damage. With `repairs`, replaces a
 * damaged file by its intact records (salvage.h). Returns the exit status: 1 for a damaged file
 * without `repairs`, 2 for a failed repair.
 */
int db_check(const char *path, bool repairs);

#endif
