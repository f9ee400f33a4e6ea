/*
 * Writes the changes of a cache to a store (store.h) while the program's loop continues. A commit
 * is on disk completely or not at all. A second thread does the work that waits for the disk; the
 * loop's thread calls the functions here.
 */
#ifndef WRITEBACK_H
#define WRITEBACK_H

#include "cache/cache.h"
#include "io/loop.h"
#include "store/store.h"

struct writeback;

/*
 * `store` is not owned; the caller must not use it until writeback_free. A change is on disk about
 * `interval` microseconds later. Returns NULL, or the reason.
 */
const char *writeback_new(struct writeback **made, struct store *store, int64_t interval);

/* Unsaved changes are lost. */
void writeback_free(struct writeback *w);

/*
 * Loads the store into the cache, and starts to read the changes of the cache. Sets *refused to the
 * number of pairs that the cache refused. Returns NULL, or the reason.
 */
const char *writeback_load(struct writeback *w, struct cache *cache, uint64_t *refused);

/* Must be called for each pair that is removed (cache_gone_fn). */
void writeback_gone(struct writeback *w, const struct answer *a, uint32_t place,
    enum cache_end why);

/* Does a slice of work. Must be called in each turn of the loop, before the loop waits. */
void writeback_turn(struct writeback *w, struct loop *loop);

/*
 * Saves all changes and waits for the disk. NULL: all changes are on disk. After a failure, no
 * change since the last commit is on disk. But all changes are on disk if only the last sync
 * failed, or only the cleaning of the log after the commit.
 */
const char *writeback_finish(struct writeback *w);

struct writeback_counters {
	uint64_t commits, failed;
	uint64_t segments;	/* segments in the log */
	uint64_t written, cleaned;	/* segments written; segments removed from the log */
	uint64_t file_bytes;
	uint64_t live_bytes;	/* the size of the log without outdated entries */
};

struct writeback_counters writeback_count(const struct writeback *w);

#endif
