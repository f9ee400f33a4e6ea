/*
 * What the file of a store says of itself: its version, the terms of the last run, and the
 * directory: which slot has which segment. The records with these are described in store.h.
 *
 * The directory in memory is that of the next commit. A page of it that has changed since the last
 * commit is dirty; store_directory_write writes these, in a transaction of the caller's.
 */
#ifndef STORE_DIRECTORY_H
#define STORE_DIRECTORY_H

#include "store/store.h"
#include "store/store_file.h"

#define STORE_DIRECTORY_SLOT_KEY 's'	/* begins the key of a slot's record */
#define STORE_DIRECTORY_PAGE_KEY 'd'	/* of a page's record */
#define STORE_DIRECTORY_PAGE_SLOTS 511
#define STORE_DIRECTORY_PAGE_BYTES ((STORE_DIRECTORY_PAGE_SLOTS + 1) * 8)

struct store_directory {
	uint32_t version;
	struct store_terms terms;
	uint64_t *seqs;		/* the segment in each slot; 0: free */
	uint32_t slots;
	bool *dirty;		/* for each page */
	uint32_t pages;
};

void store_directory_free(struct store_directory *d);

/*
 * Parses the first record: returns the version, 0 when it has none, and sets the terms, all zero
 * when they make no sense.
 */
uint32_t store_directory_parse_meta(struct str meta, struct store_terms *terms);

/* Reads the version, the terms and the directory, in place of those in *d. NULL, or the reason. */
const char *store_directory_read(struct store_directory *d, const struct store_file *f);

/* Changes the number of slots. New ones are free, and new pages dirty. */
void store_directory_resize(struct store_directory *d, uint32_t slots);

/* Puts a segment into a slot; with 0 the slot becomes free. */
void store_directory_set(struct store_directory *d, uint32_t slot, uint64_t seq);

/* Writes the first record: version, slots, terms. False: tdb failed. */
bool store_directory_write_meta(const struct store_directory *d, const struct store_file *f);

/*
 * Writes the dirty pages from the page `first` on. They stay dirty until store_directory_clean.
 * False: tdb failed.
 */
bool store_directory_write(const struct store_directory *d, const struct store_file *f,
    uint32_t first);

/* All pages are on disk. */
void store_directory_clean(struct store_directory *d);

#endif
