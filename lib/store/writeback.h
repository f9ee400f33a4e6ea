/*
 * Brings what changes in a cache to disk, as a log of segments in a store (store.h), while the
 * program's loop goes on. What a commit holds is on disk when it is through, all or nothing.
 *
 * Threads: the loop's thread calls all functions here. It fills the segments, some pairs a turn,
 * and owns the cache and the log in memory (seglog.h). A second thread has the store while a job
 * runs (writeback_job.h): it writes the segments and waits for the disk. There is no lock; a job
 * is handed over by creating the thread, and taken back by joining it.
 *
 * A pair that changes is added to the log's end. An entry that says that a pair is gone has done
 * its work when it comes first in the log.
 *
 * A commit that fails is tried again once a second; what changes waits in the cache for it. After a
 * failed sync the file is in doubt (store.h), and with it all that was written since the last
 * commit: then the log is forgotten, and all pairs of the cache are written to a new file, in one
 * commit. A pause doubles between such trials, from a second to a minute.
 */
#ifndef WRITEBACK_H
#define WRITEBACK_H

#include "cache/cache.h"
#include "io/loop.h"
#include "store/store.h"

struct writeback;

/*
 * `store` stays the caller's, who must not use it until writeback_free. A change is on disk
 * `interval` later (microseconds). NULL, or the reason.
 */
const char *writeback_new(struct writeback **made, struct store *store, int64_t interval);

/* Drops what is not saved. */
void writeback_free(struct writeback *w);

/*
 * Loads what the store has into the cache, and begins to look for changes there. NULL, or the
 * reason why not. Pairs that the cache does not take are counted in *refused.
 */
const char *writeback_load(struct writeback *w, struct cache *cache, uint64_t *refused);

/* To be called when a pair goes, as the cache tells it. */
void writeback_gone(struct writeback *w, const struct answer *a, uint32_t place,
    enum cache_end why);

/*
 * Every turn of the loop, before waiting: a slice of work; joins the poll set and sets the timer.
 */
void writeback_turn(struct writeback *w, struct loop *loop);

/*
 * Saves all, and waits for it: all that changed since the last commit is on disk when this returns
 * NULL. After a reason either nothing of it is, or all, when what failed came after the commit: to
 * clean the log, or the last sync.
 */
const char *writeback_finish(struct writeback *w);

struct writeback_counters {
	uint64_t commits, failed;
	uint64_t segments;	/* in the log */
	uint64_t written, cleaned;	/* segments */
	uint64_t file_bytes;
	uint64_t live_bytes;	/* of segments: what is not out of date */
};

struct writeback_counters writeback_count(const struct writeback *w);

#endif
