/*
 * The log of segments in memory: which segments exist, the slot of each, how many pairs live in
 * each, the segments that are being filled, the free slots, and which segments to clean.
 */
#ifndef SEGLOG_H
#define SEGLOG_H

#include "store/segment.h"

struct cache;
struct store;

#define SEGLOG_NONE UINT32_MAX

/* A segment of the log. Its index plus 1 is the place (cache.h) of the pairs that live in it. */
struct seglog_part {
	uint32_t next;		/* in the log or the unused parts; SEGLOG_NONE: the last */
	uint32_t slot;		/* the latest one assigned; SEGLOG_NONE: none */
	uint64_t seq;		/* the number of the segment in that slot */
	uint32_t live;		/* pairs that live in it */
	uint32_t entry_bytes;	/* of an entry, on average; 0: the part is not complete */
	bool stored;		/* it is in the slot */
};

struct seglog_slots {
	uint32_t *list;		/* owned */
	size_t n, cap;
};

/* A complete segment that was not handed over for writing. */
struct seglog_full {
	uint32_t part;
	struct segment *segment;	/* owned */
};

struct seglog {
	struct seglog_part *parts;	/* owned */
	size_t parts_n, parts_cap;
	uint32_t unused;	/* parts that are not in the log: the first, or SEGLOG_NONE */
	uint32_t first, last;	/* of the log, or SEGLOG_NONE */
	uint32_t open;		/* the part that was added last; never cleaned or dropped */
	struct segment *filling;	/* owned; the segment of `open`, or NULL */
	bool changed;		/* `filling`, since seglog_copy_open */
	struct seglog_full *full;	/* owned */
	size_t full_n, full_cap;
	size_t n;		/* parts in the log */
	uint64_t live_bytes;	/* in complete parts */
	uint64_t seq;		/* the last number of a segment */
	struct seglog_slots free, outdated;	/* outdated: free after the next commit */
	uint32_t slots_n;	/* slots of the file, including those still to be created */
};

/* A log without a part. The next segment gets the number seq + 1. */
void seglog_init(struct seglog *l, uint64_t seq);
void seglog_free(struct seglog *l);

/*
 * Loads the pairs of a store into a cache and the segments into the log, which must be empty.
 * Counts the pairs that the cache refuses. NULL, or the reason; then a part is loaded.
 */
const char *seglog_load(struct seglog *l, struct store *store, struct cache *cache,
    uint64_t *refused);

/* Adds a part at the end of the log and returns it. */
uint32_t seglog_add(struct seglog *l);

/* Adds an entry to the open part by segment_put or segment_put_gone. */
void seglog_put(struct seglog *l, const struct answer *a,
    bool (*put)(struct segment *to, const struct answer *a));

/* A copy of the open segment, owned by the caller; NULL: it has not changed since the last copy. */
struct segment *seglog_copy_open(struct seglog *l);

/* A pair no longer has this place. */
void seglog_leave(struct seglog *l, uint32_t place);

/* Assigns a free slot and the next number to the part. Its previous slot is outdated. */
void seglog_assign(struct seglog *l, uint32_t part);

void seglog_add_slot(struct seglog_slots *to, uint32_t slot);

/* Drops the first parts while no pair lives in them; returns how many. */
size_t seglog_drop_dead(struct seglog *l);

/*
 * Sets parts[] and slots[] to the parts that should be cleaned, at most `most`; returns how many.
 */
size_t seglog_choose(const struct seglog *l, uint32_t *parts, uint32_t *slots, size_t most);

/* The file has many unused slots and should be shrunk. */
bool seglog_is_loose(const struct seglog *l);

/* The file was shrunk (store_shrink) to `slots`; the segment of slot i is now in moved[i]. */
void seglog_move(struct seglog *l, const uint32_t *moved, uint32_t slots);

#endif
