/*
 * The DB of an ipcache at work: the store, the cache that it was loaded into, and the writeback
 * between them. Errors end the program with a reason. A process loads one at a time.
 */
#ifndef DB_H
#define DB_H

#include "cache/cache.h"
#include "store/store.h"
#include "store/writeback.h"

struct db {
	const char *path;	/* not owned */
	struct store *store;	/* owned, as the others; NULL: not open */
	struct cache *cache;
	struct writeback *writeback;
	int lock;		/* of a writer, between db_reach and db_open */
	uint64_t evicted;	/* pairs, for a limit */
	bool salvages;		/* when the file is damaged */
};

/*
 * Returns a connection to the run that has the DB; or -1, and the DB is locked, but nothing of it
 * has been read. Waits for another process that has it, and for a run that starts or ends.
 */
int db_reach(struct db *d, const char *path, enum store_mode mode);

/*
 * The same for a run, which creates the DB and continues when it is damaged: db_open and db_load
 * put what is whole in a new file (salvage.h), with a warning that names both files.
 */
int db_reach_for_run(struct db *d, const char *path);

/* Opens what db_reach has locked: after db_confine, since it parses the file. */
void db_open(struct db *d);

/*
 * Loads what lives; what changes is written `sync_interval` later, or by writeback_finish. Guard
 * and limits as in cache.h.
 */
void db_load(struct db *d, const struct life *life, cache_route_fn *route,
    const struct martians *denied, const struct cache_limits *limits, int64_t sync_interval);

/*
 * Confines the process to the folder of this DB, of the file of its counters and of the FIFO of its
 * tap, which may be NULL. Comes before db_open, and before the first thread.
 */
void db_confine(const char *db, const char *stats, const char *tap);

void db_close(struct db *d);

#endif
