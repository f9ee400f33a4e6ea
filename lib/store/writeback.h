/*
 * The saver: brings what changes in a cache to disk, as a log of segments in a store (store.h),
 * while the program's loop goes on. The loop's thread makes the segments, some pairs a turn; a
 * thread of the saver's writes them and waits for the disk. What a commit holds is on disk when it
 * is through, all or nothing.
 *
 * A pair that changes is added to the log's end; its place in the cache is the segment that it was
 * written to last, as a number above 0. The log goes from its end to its beginning: when too much
 * of it is out of date, the first segments are cleaned: those of their pairs that live there are
 * written again, and the segments are free. So what is dropped is always older than all that is
 * left, and an entry that says that a pair is gone has done its work when it comes first.
 *
 * A commit that fails is tried again once a second; what changes waits in the cache for it. After a
 * failed sync the file is in doubt (store.h), and with it all that was written since the last
 * commit: the saver then forgets the log and writes all pairs of the cache to a new file, in one
 * commit. A pause doubles between such trials, from a second to a minute.
 */
#ifndef WRITEBACK_H
#define WRITEBACK_H

#include "cache/cache.h"
#include "io/loop.h"
#include "store/store.h"

struct saver;

/*
 * `store` stays the caller's, who must not use it from here on. A change is on disk `interval`
 * later (microseconds).
 */
struct saver *writeback_new(struct store *store, int64_t interval);

/* Drops what is not saved. */
void writeback_free(struct saver *s);

/*
 * Loads what the store has into the cache, and begins to look for changes there. NULL, or the
 * reason why not. Pairs that the cache does not take are counted in *refused.
 */
const char *writeback_load(struct saver *s, struct cache *cache, uint64_t *refused);

/* To be called when a pair goes, as the cache tells it. */
void writeback_gone(struct saver *s, const struct answer *a, uint32_t place, enum cache_end why);

/*
 * Every turn of the loop, before waiting: a slice of work; joins the poll set and sets the timer.
 */
void writeback_turn(struct saver *s, struct loop *loop);

/*
 * Saves all, and waits for it: all that changed since the last commit is on disk when this returns
 * NULL. After a reason either nothing of it is, or all, when what failed came after the commit: to
 * clean the log, or the last sync.
 */
const char *writeback_finish(struct saver *s);

struct writeback_counters {
	uint64_t commits, failed;
	uint64_t segments;	/* in the log */
	uint64_t written, cleaned;	/* segments */
	uint64_t file_bytes;
	uint64_t live_bytes;	/* of segments: what is not out of date */
};

struct writeback_counters writeback_count(const struct saver *s);

#endif
