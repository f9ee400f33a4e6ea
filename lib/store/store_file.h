/*
 * The tdb file of a store: the lock of its writer, opening it after a crash, its space on disk,
 * keys of records, and reasons of failures.
 *
 * Functions return NULL, or the reason as text, valid until the next call.
 */
#ifndef STORE_FILE_H
#define STORE_FILE_H

#include <signal.h>		/* tdb.h requires this */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <tdb.h>

#define STORE_FILE_KEY_SIZE 5
#define STORE_FILE_PATH_MAX 4096
#define STORE_FILE_UNDO_AT 44	/* offset of the field that has the position of the undo data */

struct store_file {
	char *path;		/* owned */
	int lock;		/* the descriptor with the writer's lock; -1: a reader */
	int flags;		/* flags for open(2) */
	struct tdb_context *tdb;	/* NULL: the file is closed, perhaps after a failure */
	bool doubtful;		/* a sync has failed (store.c) */
};

/* Initializes *f; the file is not opened. The path is copied. */
void store_file_init(struct store_file *f, const char *path);

void store_file_close(struct store_file *f);

/* Opens an existing file. Undoes an unfinished transaction, unless another writer is active. */
const char *store_file_open(struct store_file *f);

/* Creates the file, which must not exist. */
const char *store_file_create(struct store_file *f);

/*
 * Takes the writer's lock of a file; closing *fd releases the lock. The reason is the pointer
 * store_in_use if another process holds the lock.
 */
const char *store_file_lock(const char *path, int *fd);

/* The size in bytes; 0: the file is closed. */
uint64_t store_file_size(const struct store_file *f);

/* True: the file ends within the area with undo data, which is near the end. */
bool store_file_is_truncated(const struct store_file *f);

/* Reserves the space that a transaction may add to the file. False: no space; sets errno. */
bool store_file_allot(const struct store_file *f);

/* Releases unused reserved space. */
void store_file_trim(const struct store_file *f);

/* Commits a transaction. False: the file is in doubt. */
bool store_file_commit(struct store_file *f);

/*
 * Closes the file after a failure. Unless `size` is 0 or undo data is left, truncates the file to
 * `size`. False: the truncation failed; errno is set.
 */
bool store_file_abort(struct store_file *f, off_t size);

/* Marks the file as in doubt and closes it without writing to it. Returns `why`. */
const char *store_file_doubt(struct store_file *f, const char *why);

/* Sets `out` to PATH.SUFFIX. False: the path is too long. */
bool store_file_beside(const char *path, const char *suffix, char out[STORE_FILE_PATH_MAX]);

/* Returns `what` and the text of errno, or tdb's first error since store_file_clear_error. */
const char *store_file_reason(const char *what);
const char *store_file_tdb_reason(const struct store_file *f, const char *what);
void store_file_clear_error(void);

/* Builds the key of a record in `key`: the kind of the record, and a number in network order. */
TDB_DATA store_file_key(uint8_t key[STORE_FILE_KEY_SIZE], char kind, uint32_t number);

static inline TDB_DATA
store_file_datum(const void *data, size_t n)
{
	return (TDB_DATA){ .dptr = (unsigned char *)data, .dsize = n };
}

#endif
