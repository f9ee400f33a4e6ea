/*
 * The cache on disk: a log of segments (segment.h) in a tdb file. store.c describes the format.
 *
 * Functions return NULL, or the reason as text, valid until the next call. A store may be used by
 * one thread at a time.
 */
#ifndef STORE_H
#define STORE_H

#include "cache/cache.h"
#include "cache/life.h"
#include "store/segment.h"

struct store;

#define STORE_DEFAULT "/var/lib/dnstap-bgp/ipcache.tdb"
#define STORE_VERSION 3	/* version 2 has no limits and no imported pairs; 1: store_v1.c */
#define STORE_SLOT_NONE UINT32_MAX

/* LIFE and limits of the last `run`. All zero before the first. */
struct store_terms {
	char life[LIFE_TEXT_MAX + 1];	/* as text (life.h) */
	struct cache_limits limits;
};

enum store_mode {
	STORE_READ,	/* an existing file; a writer may use it at the same time */
	STORE_WRITE,	/* an existing file; refused while it has another writer */
	STORE_CREATE,	/* as STORE_WRITE, but created if absent (mode 0600) */
};

/* The reason, by its address, when another process has the file open for writing. */
extern const char store_in_use[];

/* The reason says that the file is damaged or no cache: salvage.h may help. */
bool store_is_damage(const char *why);

/*
 * A file that is no cache, is damaged, or has a newer version is refused and not modified. A file
 * of an older version is replaced by an upgraded one when it is opened for writing.
 */
const char *store_open(struct store **s, const char *path, enum store_mode mode);

/*
 * store_open in two steps, for a program that enters its sandbox between them. The first creates
 * the file if `mode` says so and takes the writer's lock (-1 for a reader); it reads nothing of an
 * existing file. The second owns the lock, also when it fails.
 */
const char *store_claim(const char *path, enum store_mode mode, int *lock);
const char *store_open_claimed(struct store **s, const char *path, int lock);

void store_close(struct store *s);

const struct store_terms *store_terms(const struct store *s);

/*
 * Sets the terms, in a transaction. After a failure the file is in doubt, and a new file will have
 * the terms.
 */
const char *store_set_terms(struct store *s, const struct store_terms *terms);

/* A segment of the log. */
struct store_segment {
	uint64_t seq;
	uint32_t slot;
	size_t nth;		/* in the log, from 0 */
};

/* The log in its order, as an array of *n that the caller must free. */
struct store_segment *store_log(const struct store *s, size_t *n);

uint32_t store_slots(const struct store *s);
uint64_t store_size(const struct store *s);	/* of the file, in bytes */

/*
 * Calls `each` with the entries of the log in its order, in batches, as of one commit. gone[i] says
 * that a pair was removed. `r` has read the batch, and `at` is its segment; both are NULL for a
 * store of version 1, which has one pair per batch.
 */
#define STORE_ENTRIES_MAX 32	/* in a batch */
typedef void store_entries_fn(const struct answer *entries, const bool *gone, size_t n,
    const struct segment_reader *r, const struct store_segment *at, void *context);
const char *store_each(struct store *s, store_entries_fn *each, void *context);

/* Reads the segment of a slot. */
const char *store_read(struct store *s, uint32_t slot, uint8_t data[SEGMENT_SIZE]);

/*
 * Writes a sealed segment to a slot that is free as of the last commit, and creates missing slots
 * up to that one. May be repeated after a failure.
 */
const char *store_write(struct store *s, uint32_t slot, uint64_t seq,
    const uint8_t data[SEGMENT_SIZE]);

/* Removes a slot from the log. */
void store_free(struct store *s, uint32_t slot);

/*
 * Commits the segments written and the slots freed since the last commit. NULL: on disk. After a
 * failure the file has the log of the last commit, or the new one if only the last sync failed. May
 * be repeated, unless the file is in doubt.
 */
const char *store_commit(struct store *s);

/* A sync has failed: nothing can be written until store_renew. */
bool store_is_doubtful(const struct store *s);

/*
 * Starts a new file, without a segment, to replace one in doubt. The next commit that succeeds
 * gives it the name of the old file, which is not modified.
 */
const char *store_renew(struct store *s);

/*
 * Replaces the file by one with the same log and fewer slots. Everything must be committed. Sets
 * moved[SLOT] to the new slot, STORE_SLOT_NONE for a free one; the array has store_slots entries.
 * After a failure nothing has changed.
 */
const char *store_shrink(struct store *s, uint32_t *moved);

/* Checks the whole file, and calls `report` for each fault. False: it has faults. */
bool store_check(struct store *s, void (*report)(const char *what, void *context), void *context);

#endif
