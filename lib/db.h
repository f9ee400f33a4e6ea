/*
 * The DB of an ipcache at work: the store, the cache that it was loaded into, and the saver between
 * them. Errors end the program with a reason. A process loads one at a time.
 */
#ifndef DB_H
#define DB_H

#include "cache.h"
#include "saver.h"
#include "store.h"

struct db {
	const char *path;	/* not owned */
	struct store *store;	/* owned, as the others; NULL: not open */
	struct cache *cache;
	struct saver *saver;
	uint64_t evicted;	/* pairs, for a limit */
	bool salvages;		/* when the file is damaged */
};

/*
 * A connection to the run that has the DB; or -1, and the DB is open. Another that has it, and one
 * that is just starting or ending, is waited for.
 */
int db_reach(struct db *d, const char *path, enum store_mode mode);

/*
 * The same for a run, which makes it, and which damage does not stop: what is whole is put in a new
 * file (salvage.h), here or in db_load, with a warning that names both files.
 */
int db_reach_for_run(struct db *d, const char *path);

/*
 * Loads what lives; what changes is written `sync_interval` later, or by saver_finish. Guard and
 * limits as in cache.h.
 */
void db_load(struct db *d, const struct life *life, cache_route_fn *route,
    const struct guard *denied, const struct cache_limits *limits, int64_t sync_interval);

/*
 * Confines the process to this DB, to the file of its counters and to the FIFO of its tap, which
 * may be NULL. Before the saver has a thread.
 */
void db_confine(const char *db, const char *stats, const char *tap);

void db_close(struct db *d);

#endif
