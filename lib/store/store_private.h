/*
 * Shared by the files of a store: store.c opens, writes and commits; store_read.c reads the log;
 * store_replace.c replaces a file by a new one; store_check.c checks; store_v1.c upgrades.
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
	int final_lock;		/* on the file with that name */
};

/* A store that is not open. */
struct store *store_new(const char *path);

/* Adds free slots, on disk. */
const char *store_grow(struct store *s);

/* As store_each for a segment of a log that begins with the number `begin`. */
const char *store_each_of_segment(struct store *s, const struct store_segment *at, uint64_t begin,
    store_entries_fn *each, void *context);

/* Creates an empty file, unless it exists; in one step, even if the system crashes. */
const char *store_create_absent(const char *path);

/* Creates PATH.new, for a store that will replace the one at `path`. */
const char *store_create_beside(struct store **made, const char *path,
    const struct store_terms *terms);

/* Appends pairs to a store as new segments, from a slot and the number seq + 1 on. */
struct store_appender *store_append_begin(struct store *to, uint32_t slot, uint64_t seq,
    uint64_t first);
void store_append(struct store_appender *a, const struct answer *pair);
const char *store_append_end(struct store_appender *a);

/* Closes a store and removes its file. */
void store_discard(struct store *s);

/* Puts `fresh`, which is complete and on disk, in the place of s, and closes the old file. */
const char *store_replace(struct store *s, struct store *fresh);

/* Gives the new file, which is on disk, the name s->final_path. */
const char *store_take_path(struct store *s);

/*
 * Version 1 (store_v1.c). Decodes a record: time, addr, ttl, name, via, tag, rule and first. The
 * texts point into key and value. False: it is no valid record of a pair.
 */
bool store_v1_decode(struct str key, struct str value, struct answer *a);

/* As store_each. */
const char *store_v1_each(const struct store_file *f, store_entries_fn *each, void *context);

/* Replaces the file of s by one of the current version. */
const char *store_v1_upgrade(struct store *s);

#endif
