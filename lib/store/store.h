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
#define STORE_VERSION 3	/* version 2 has no limits and no imported pairs; version 1: store_v1.c */
#define STORE_SLOT_NONE UINT32_MAX

/* LIFE and limits of the last `ipcache run`; all zero before the first run. */
struct store_terms {
	char life[LIFE_TEXT_MAX + 1];	/* the text of LIFE (life.h) */
	struct cache_limits limits;
};

enum store_mode {
	STORE_READ,	/* an existing file; a writer may use it at the same time */
	STORE_WRITE,	/* an existing file; refused while it has another writer */
	STORE_CREATE,	/* as STORE_WRITE, but created if absent (mode 0600) */
};

/* The reason returned if another process has the file open for writing; compare pointers. */
extern const char store_in_use[];

/* True: the reason `why` means that the file is damaged, or no cache. salvage.h may repair it. */
bool store_is_damage(const char *why);

/*
 * A file that is not a cache, is damaged, or has a newer version is refused and not modified. A
 * file of an older version is upgraded when it is opened for writing.
 */
const char *store_open(struct store **s, const char *path, enum store_mode mode);

/*
 * store_open in two steps, for a program that enters its sandbox between them. store_claim creates
 * the file if `mode` is STORE_CREATE, and takes the writer's lock (*lock is -1 for a reader). It
 * does not read the file. store_open_claimed owns the lock, even if it fails.
 */
const char *store_claim(const char *path, enum store_mode mode, int *lock);
const char *store_open_claimed(struct store **s, const char *path, int lock);

void store_close(struct store *s);

const struct store_terms *store_terms(const struct store *s);

/*
 * Sets the terms, in a transaction. If the transaction fails, the file is in doubt
 * (store_is_doubtful); the file that replaces it has the new terms.
 */
const char *store_set_terms(struct store *s, const struct store_terms *terms);

/* A segment of the log. */
struct store_segment {
	uint64_t seq;
	uint32_t slot;
	size_t nth;		/* the position in the log, from 0 */
};

/* Returns an array of the *n segments, in the order of the log, which the caller must free. */
struct store_segment *store_log(const struct store *s, size_t *n);

uint32_t store_slots(const struct store *s);
uint64_t store_size(const struct store *s);	/* the size of the file, in bytes */

/*
 * Calls `each` with batches of entries in the order of the log. All batches are from one commit.
 * gone[i]: entry i records that the pair was removed. `r` has read the batch from the segment `at`.
 * For a store of version 1, a batch has one pair, and `r` and `at` are NULL.
 */
#define STORE_ENTRIES_MAX 32	/* the most entries in a batch */
typedef void store_entries_fn(const struct answer *entries, const bool *gone, size_t n,
    const struct segment_reader *r, const struct store_segment *at, void *context);
const char *store_each(struct store *s, store_entries_fn *each, void *context);

/* Reads the segment of a slot. */
const char *store_read(struct store *s, uint32_t slot, uint8_t data[SEGMENT_SIZE]);

/*
 * Writes a sealed segment to a slot that was free at the last commit. Creates the slot if it does
 * not exist. May be repeated after a failure.
 */
const char *store_write(struct store *s, uint32_t slot, uint64_t seq,
    const uint8_t data[SEGMENT_SIZE]);

/* Removes the segment in a slot from the log. */
void store_free(struct store *s, uint32_t slot);

/*
 * Commits the segments written and the slots freed since the last commit. NULL: the commit is on
 * disk. After a failure, the file has the log of the last commit, or the new log if only the last
 * sync failed. A commit may be repeated, unless the file is in doubt.
 */
const char *store_commit(struct store *s);

/* True: the file is in doubt, since a sync failed. Nothing can be written until store_renew. */
bool store_is_doubtful(const struct store *s);

/*
 * Creates a new file without segments, to replace a file in doubt. The next successful commit
 * gives the new file the name of the old file. The old file is not modified.
 */
const char *store_renew(struct store *s);

/*
 * Replaces the file by a file with the same log and fewer slots. All changes must be committed.
 * Sets moved[i] to the new slot of the segment in slot i, or to STORE_SLOT_NONE if slot i is free;
 * the array has store_slots elements. A failure changes nothing.
 */
const char *store_shrink(struct store *s, uint32_t *moved);

/* Checks the whole file, and calls `report` for each fault. False: the file has faults. */
bool store_check(struct store *s, void (*report)(const char *what, void *context), void *context);

#endif
