/*
 * Writes what changes in a cache to a store (store.h), while the loop of the program continues. A
 * commit is on disk completely or not at all. A thread does what waits for the disk; the functions
 * here are called by the thread of the loop.
 */
#ifndef WRITEBACK_H
#define WRITEBACK_H

#include "cache/cache.h"
#include "io/loop.h"
#include "store/store.h"

struct writeback;

/*
 * `store` is not owned; the caller must not use it until writeback_free. A change is on disk
 * `interval` later (microseconds). NULL, or the reason.
 */
const char *writeback_new(struct writeback **made, struct store *store, int64_t interval);

/* Unsaved changes are lost. */
void writeback_free(struct writeback *w);

/*
 * Loads the store into the cache, and starts to read its changes. Counts the pairs that the cache
 * refuses. NULL, or the reason.
 */
const char *writeback_load(struct writeback *w, struct cache *cache, uint64_t *refused);

/* Must be called for each pair that is removed (cache_gone_fn). */
void writeback_gone(struct writeback *w, const struct answer *a, uint32_t place,
    enum cache_end why);

/* Must be called in each turn of the loop, before it waits. Does a slice of work. */
void writeback_turn(struct writeback *w, struct loop *loop);

/*
 * Saves everything and waits for it. NULL: all changes are on disk. After a reason none of the
 * changes since the last commit are on disk, or all, if what failed came after the commit: cleaning
 * the log, or the last sync.
 */
const char *writeback_finish(struct writeback *w);

struct writeback_counters {
	uint64_t commits, failed;
	uint64_t segments;	/* in the log */
	uint64_t written, cleaned;	/* segments */
	uint64_t file_bytes;
	uint64_t live_bytes;	/* of the log, without entries that are out of date */
};

struct writeback_counters writeback_count(const struct writeback *w);

#endif
