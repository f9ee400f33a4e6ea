/*
 * The first record of a store (version, number of slots, terms), and the directory, which names the
 * segment in each slot. store.c describes the records.
 *
 * The directory in memory is the directory of the next commit. Pages that have changed since the
 * last commit are dirty.
 */
#ifndef STORE_DIRECTORY_H
#define STORE_DIRECTORY_H

#include "store/store.h"
#include "store/store_file.h"

#define STORE_DIRECTORY_SLOT_KEY 's'	/* first byte of the key of a slot */
#define STORE_DIRECTORY_PAGE_KEY 'd'	/* first byte of the key of a page */
#define STORE_DIRECTORY_PAGE_SLOTS 511
#define STORE_DIRECTORY_PAGE_BYTES ((STORE_DIRECTORY_PAGE_SLOTS + 1) * 8)

struct store_directory {
	uint32_t version;
	struct store_terms terms;
	uint64_t *seqs;		/* the number of the segment in each slot; 0: the slot is free */
	uint32_t slots;
	bool *dirty;		/* dirty[i]: page i is dirty */
	uint32_t pages;
};

void store_directory_free(struct store_directory *d);

/* Parses the first record. Returns the version, 0 if invalid. Invalid terms are set to zero. */
uint32_t store_directory_parse_meta(struct str meta, struct store_terms *terms);

/* Reads the first record and the directory into *d. Returns NULL, or the reason. */
const char *store_directory_read(struct store_directory *d, const struct store_file *f);

/* Changes the number of slots. New slots are free, new pages dirty. */
void store_directory_resize(struct store_directory *d, uint32_t slots);

/* Sets the number of the segment in a slot; 0 makes the slot free. */
void store_directory_set(struct store_directory *d, uint32_t slot, uint64_t seq);

/* Writes the first record. False: tdb failed. */
bool store_directory_write_meta(const struct store_directory *d, const struct store_file *f);

/* Writes the dirty pages from page `first` on. The pages remain dirty. False: tdb failed. */
bool store_directory_write(const struct store_directory *d, const struct store_file *f,
    uint32_t first);

/* Must be called after a commit: no page is dirty. */
void store_directory_clean(struct store_directory *d);

#endif
