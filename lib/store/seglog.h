/*
 * The log of segments, in memory: the slot of each segment (its place in the file, store.c), the
 * number of pairs that live in the segment, the segment that is being filled, and free slots. A
 * pair lives in the segment with its last entry.
 */
#ifndef SEGLOG_H
#define SEGLOG_H

#include "store/segment.h"

struct cache;
struct store;

#define SEGLOG_NONE UINT32_MAX

/* A segment of the log. A pair that lives in the part with index i has the cache_place i + 1. */
struct seglog_part {
	uint32_t next;		/* the next part of the log, or unused part; SEGLOG_NONE: the end */
	uint32_t slot;		/* the slot that was assigned last, or SEGLOG_NONE */
	uint64_t seq;		/* the number of the segment in the slot */
	uint32_t live;		/* the number of pairs that live in the segment */
	uint32_t entry_bytes;	/* the average size of an entry; 0: the segment is not complete */
	bool stored;		/* the segment was written to the slot */
};

struct seglog_slots {
	uint32_t *list;		/* owned */
	size_t n, cap;
};

/* A complete segment that no job writes yet (writeback_job.h). */
struct seglog_full {
	uint32_t part;
	struct segment *segment;	/* owned */
};

struct seglog {
	struct seglog_part *parts;	/* owned */
	size_t parts_n, parts_cap;
	uint32_t unused;	/* the first part that is not in the log, or SEGLOG_NONE */
	uint32_t first, last;	/* the first and the last part of the log, or SEGLOG_NONE */
	uint32_t open;		/* the part that is being filled; never cleaned or dropped */
	struct segment *filling;	/* owned; the segment of `open`, or NULL */
	bool changed;		/* `filling` has changed since seglog_copy_open */
	struct seglog_full *full;	/* owned */
	size_t full_n, full_cap;
	size_t n;		/* parts in the log */
	uint64_t live_bytes;	/* the size of the live entries in complete parts, estimated */
	uint64_t seq;		/* the segment number that was assigned last */
	struct seglog_slots free, outdated;	/* outdated slots are free after the next commit */
	uint32_t slots_n;	/* the number of slots in the file, including slots to be created */
};

/* Creates a log without parts. The next segment gets the number seq + 1. */
void seglog_init(struct seglog *l, uint64_t seq);
void seglog_free(struct seglog *l);

/*
 * Loads the pairs of a store into a cache and the segments into the log, which must be empty. Sets
 * *refused to the number of pairs that the cache refused. Returns NULL, or the reason; after a
 * failure, only some of the pairs are loaded.
 */
const char *seglog_load(struct seglog *l, struct store *store, struct cache *cache,
    uint64_t *refused);

/* Adds a part at the end of the log and returns it. */
uint32_t seglog_add(struct seglog *l);

/*
 * Adds an entry to the open part or, if that is full, to a new part. `put` is segment_put or
 * segment_put_gone.
 */
void seglog_put(struct seglog *l, const struct answer *a,
    bool (*put)(struct segment *to, const struct answer *a));

/* A copy of `filling`, owned by the caller; NULL: unchanged since the last copy. */
struct segment *seglog_copy_open(struct seglog *l);

/* Must be called when a pair no longer has this place; 0 is ignored. */
void seglog_leave(struct seglog *l, uint32_t place);

/* Assigns a free slot and the next number to the part. Its previous slot is outdated. */
void seglog_assign(struct seglog *l, uint32_t part);

void seglog_add_slot(struct seglog_slots *to, uint32_t slot);

/*
 * Drops parts from the front of the log while no pair lives in the first part. Returns the number
 * of dropped parts.
 */
size_t seglog_drop_dead(struct seglog *l);

/*
 * Chooses at most `most` parts to clean (seglog.c). Stores them in parts[] and their slots in
 * slots[]. Returns the number of chosen parts.
 */
size_t seglog_choose(const struct seglog *l, uint32_t *parts, uint32_t *slots, size_t most);

/* True: the file has many unused slots and should be shrunk. */
bool seglog_is_loose(const struct seglog *l);

/* Must be called after store_shrink, which moved slot i to moved[i], and left `slots` slots. */
void seglog_move(struct seglog *l, const uint32_t *moved, uint32_t slots);

#endif
