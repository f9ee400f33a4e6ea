/*
 * The cache on disk: a log of segments (segment.h) in a tdb file. The file has slots of equal size;
 * a segment is written to a slot that is free, and is part of the log from the commit on that says
 * so. What is part of it is never written over, so that a crash at any instant leaves the log of
 * the last commit. A reader sees that of one commit.
 *
 * Records of the file, numbers in network order:
 *
 *	\0		version (32 bits), the number of slots (32), the limits of pairs, addresses
 *			and names (32 each), and the text of LIFE
 *	s SLOT (32)	what the slot has
 *	d PAGE (32)	of the directory: for each of 511 slots the sequence number of its segment,
 *			or 0: it is free (64 bits each); and a checksum (64)
 *
 * tdb writes in transactions what it has to find its way with (new slots, the directory); a segment
 * goes straight into its slot. Slots are never given back, so that tdb's list of free space stays
 * short. What it needs to undo a transaction is made along with the file, before that has its name,
 * since tdb makes it so that a power cut leaves odd ends.
 *
 * A failed sync puts the file in doubt: the kernel reports the error once and then regards the lost
 * pages as written, so nothing since the last commit may be assumed to be on disk, neither segments
 * nor the structures of tdb around them. Invariants:
 *
 * - A commit is reported as done only when every byte that it depends upon, with the name of the
 *   file, was synced without an error after it had been written.
 * - A file in doubt is not written again, not by tdb either: until another one takes its place, it
 *   holds the last commit, or the way back to it. What is known goes to a new file (store_renew).
 *
 * Functions return NULL, or the reason why not, good till the next call of any. One thread at a
 * time may use a store.
 */
#ifndef STORE_H
#define STORE_H

#include "cache/cache.h"
#include "cache/life.h"
#include "store/segment.h"

struct store;

#define STORE_DEFAULT "/var/lib/dnstap-bgp/ipcache.tdb"
/* Version 2 has no limits, and no entries that came by import. Version 1: store_v1.h. */
#define STORE_VERSION 3
#define STORE_SLOT_NONE UINT32_MAX

/* What the last `run` held its pairs to. All zero before the first. */
struct store_terms {
	char life[LIFE_TEXT_MAX + 1];	/* in the words of life.h */
	struct cache_limits limits;
};

enum store_mode {
	STORE_READ,	/* it has to be there; others may write meanwhile */
	STORE_WRITE,	/* it has to be there; refused while another writer has it */
	STORE_CREATE,	/* as STORE_WRITE, but made when it is not there (mode 0600) */
};

/*
 * The reason that store_open and store_claim give, this very pointer, when another process has the
 * file for writing.
 */
extern const char store_in_use[];

/*
 * Whether the reason says that the file is damaged, or not known for a cache by what it has: so it
 * may be one to be salvaged (salvage.h).
 */
bool store_is_damage(const char *why);

/*
 * A file that is no cache, is damaged, or of a newer version, is refused and left as it is. One of
 * an older version is upgraded when it is opened for writing: a new file takes its place at once.
 */
const char *store_open(struct store **s, const char *path, enum store_mode mode);

/*
 * store_open in two steps, for a program that confines itself between them. The first creates the
 * file where `mode` asks for it, and takes the lock of a writer (-1 for a reader); it reads nothing
 * of an existing file. The second owns the lock, also when it fails.
 */
const char *store_claim(const char *path, enum store_mode mode, int *lock);
const char *store_open_claimed(struct store **s, const char *path, int lock);

void store_close(struct store *s);

/* Makes a file with nothing in it, in the place of what is there, and opens it for writing. */
const char *store_create(struct store **s, const char *path, const struct store_terms *terms);

const struct store_terms *store_terms(const struct store *s);

/*
 * Sets the terms, in a transaction of its own. After a failure the file is in doubt, and a new one
 * will have them.
 */
const char *store_set_terms(struct store *s, const struct store_terms *terms);

/* One segment of the log. */
struct store_segment {
	uint64_t seq;
	uint32_t slot;
	size_t nth;		/* in the log, from 0 */
};

/* The log as of one moment, in its order; *n of them. The array is the caller's to free. */
struct store_segment *store_log(const struct store *s, size_t *n);

/* How many slots the file has, and its size in bytes. */
uint32_t store_slots(const struct store *s);
uint64_t store_size(const struct store *s);

/*
 * Calls `each` for the entries of the log in its order, some at once, as of one moment; r has read
 * them, and `at` is their segment. gone[i] tells of each whether it says that the pair is gone. Of
 * a store of an older version, opened for reading, it calls it for each pair, and r and `at` are
 * NULL.
 */
#define STORE_ENTRIES_MAX 32	/* at once */
typedef void store_entries_fn(const struct answer *entries, const bool *gone, size_t n,
    const struct segment_reader *r, const struct store_segment *at, void *context);
const char *store_each(struct store *s, store_entries_fn *each, void *context);

/* The segment of a slot, as it was written. */
const char *store_read(struct store *s, uint32_t slot, uint8_t data[SEGMENT_SIZE]);

/*
 * Writes a sealed segment to a slot that is free as of the last commit; what the slot numbers below
 * it lack is made. After a failure it may be tried again.
 */
const char *store_write(struct store *s, uint32_t slot, uint64_t seq,
    const uint8_t data[SEGMENT_SIZE]);

/* Takes a slot out of the log. */
void store_free(struct store *s, uint32_t slot);

/*
 * Makes what was written and freed since the last commit the log, on disk when this returns NULL.
 * After a failure it may be tried again, unless the file is in doubt. The file then has the log of
 * the last commit; or the new one, where only the sync after it failed.
 */
const char *store_commit(struct store *s);

/* A sync has failed: nothing can be written until store_renew. */
bool store_is_doubtful(const struct store *s);

/*
 * Begins a new file, without a segment, in place of one in doubt. The next commit that succeeds
 * gives it the name of the old one, which until then has that name and is left as it is.
 */
const char *store_renew(struct store *s);

/*
 * Puts a new file with the same log in the place of the old one, which has more slots than needed.
 * moved[SLOT] becomes the new slot; there are store_slots of them before. After a failure all is as
 * it was. All has to be committed.
 */
const char *store_shrink(struct store *s, uint32_t *moved);

/*
 * Looks at all of the file: its tdb structure, and each segment in full. Calls `tell` for whatever
 * is wrong. False when something is.
 */
bool store_check(struct store *s, void (*tell)(const char *what, void *context), void *context);

#endif
