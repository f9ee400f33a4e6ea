/*
 * Shared by the files that implement a store: store.c opens, writes and commits; store_read.c reads
 * the log; store_replace.c replaces a file by a new one; store_check.c checks; store_v1.c upgrades.
 */
#ifndef STORE_PRIVATE_H
#define STORE_PRIVATE_H

#include "store/store.h"
#include "store/store_directory.h"
#include "store/store_file.h"

struct store {
	struct store_file file;
	struct store_directory directory;
	char *final_path;	/* owned; the name that the next commit gives the file, or NULL */
	int final_lock;		/* the descriptor with the lock of the file at final_path */
};

/* Creates a store that is not open. */
struct store *store_new(const char *path);

/* Adds free slots to the file, in a transaction. */
const char *store_grow(struct store *s);

/* As store_each, for one segment. `begin` is the number of the first segment of the log. */
const char *store_each_of_segment(struct store *s, const struct store_segment *at, uint64_t begin,
    store_entries_fn *each, void *context);

/* Creates an empty store, unless the file exists. After a crash, the file is complete or absent. */
const char *store_create_absent(const char *path);

/* Creates PATH.new, for a store that will replace the store at `path`. */
const char *store_create_beside(struct store **made, const char *path,
    const struct store_terms *terms);

/*
 * Appends pairs to a store. New segments get slots from `slot` upward and numbers from seq + 1
 * upward. `first` is the number of the first segment of the log.
 */
struct store_appender *store_append_begin(struct store *to, uint32_t slot, uint64_t seq,
    uint64_t first);
void store_append(struct store_appender *a, const struct answer *pair);
const char *store_append_end(struct store_appender *a);

/* Closes a store and removes its file. */
void store_discard(struct store *s);

/* Replaces the file of s by that of `fresh`, which must be on disk, and closes the old file. */
const char *store_replace(struct store *s, struct store *fresh);

/* Renames the file of s, which must be on disk, to s->final_path. */
const char *store_take_path(struct store *s);

/*
 * Decodes a record of version 1 (store_v1.c): time, addr, ttl, name, via, tag, rule and first. The
 * texts point into key and value. False: the record is not a valid pair.
 */
bool store_v1_decode(struct str key, struct str value, struct answer *a);

/* As store_each, for a file of version 1. */
const char *store_v1_each(const struct store_file *f, store_entries_fn *each, void *context);

/* Replaces the file of s, of version 1, by a file of the current version. */
const char *store_v1_upgrade(struct store *s);

#endif
