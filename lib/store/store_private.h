/*
 * The parts of a store share this: store.c opens, writes and commits; store_read.c reads the log;
 * store_replace.c puts a new file in the place of an old one; store_check.c looks for damage.
 */
#ifndef STORE_PRIVATE_H
#define STORE_PRIVATE_H

#include "store/store.h"
#include "store/store_directory.h"
#include "store/store_file.h"

struct store {
	struct store_file file;
	struct store_directory directory;
	char *place;		/* owned; the name that the next commit gives the file, or NULL */
	int place_lock;		/* on the file that has that name */
};

/* A store that is not open. */
struct store *store_new(const char *path);

/* Makes more slots, which are free, and on disk. */
const char *store_grow(struct store *s);

/* The entries of one segment, of a log whose first segment has the number `begin`. */
const char *store_each_of_segment(struct store *s, const struct store_segment *at, uint64_t begin,
    store_entries_fn *each, void *context);

/* Creates the file with nothing in it, unless it exists, also after a crash. */
const char *store_create_absent(const char *path);

/* Creates PATH.new, for a store that replaces the one at `path`. */
const char *store_create_beside(struct store **made, const char *path,
    const struct store_terms *terms);

/* Closes a store that replaces none, and removes its file. */
void store_discard(struct store *s);

/* Puts `fresh`, which is complete and on disk, in the place of s, and closes what s was. */
const char *store_replace(struct store *s, struct store *fresh);

/* Gives the new file, which is on disk, the name s->place. */
const char *store_take_place(struct store *s);

#endif
