/*
 * The tdb file of a store: the lock of its writer, opening it after a crash, its space on disk,
 * keys of records, and reasons of failures.
 *
 * Functions return NULL, or the reason as text, valid until the next call.
 */
#ifndef STORE_FILE_H
#define STORE_FILE_H

#include <signal.h>		/* tdb.h asks for it */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <tdb.h>

#define STORE_FILE_KEY_SIZE 5
#define STORE_FILE_PATH_MAX 4096
#define STORE_FILE_UNDO_AT 44	/* in the file: the position of the area with undo data */

struct store_file {
	char *path;		/* owned */
	int lock;		/* descriptor with the writer's lock; -1: a reader */
	int flags;		/* of open(2) */
	struct tdb_context *tdb;	/* NULL: closed, also after a failure */
	bool doubtful;		/* a sync has failed (store.c) */
};

/* A closed file. The path is copied. */
void store_file_init(struct store_file *f, const char *path);

void store_file_close(struct store_file *f);

/* Opens an existing file. Undoes an unfinished transaction, unless another writer is active. */
const char *store_file_open(struct store_file *f);

/* The file must not exist. */
const char *store_file_create(struct store_file *f);

/*
 * Locks any file as a writer of a store does; to unlock it, close *fd. The reason is store_in_use,
 * by its address, when another process holds the lock.
 */
const char *store_file_lock(const char *path, int *fd);

/* In bytes; 0 when the file is closed. */
uint64_t store_file_size(const struct store_file *f);

/* The area with undo data, near the end of the file, is not complete. */
bool store_file_is_truncated(const struct store_file *f);

/* Reserves the space that tdb may add to the file in one step. False, and errno: no space. */
bool store_file_allot(const struct store_file *f);

/* Releases unused reserved space. */
void store_file_trim(const struct store_file *f);

/* Commits a transaction. False: the file is in doubt. */
bool store_file_commit(struct store_file *f);

/* Closes the file after a failure, and truncates it to `size` unless that is 0. False: errno. */
bool store_file_abort(struct store_file *f, off_t size);

/* Marks the file as in doubt and closes it without writing to it. Returns `why`. */
const char *store_file_doubt(struct store_file *f, const char *why);

/* PATH.SUFFIX. False: too long. */
bool store_file_beside(const char *path, const char *suffix, char out[STORE_FILE_PATH_MAX]);

/* `what: TEXT`, for errno, and for the first error that tdb has logged since it was cleared. */
const char *store_file_reason(const char *what);
const char *store_file_tdb_reason(const struct store_file *f, const char *what);
void store_file_clear_error(void);

/* The key of a record, stored in `key`: its kind, and a number in network order. */
TDB_DATA store_file_key(uint8_t key[STORE_FILE_KEY_SIZE], char kind, uint32_t number);

static inline TDB_DATA
store_file_datum(const void *data, size_t n)
{
	return (TDB_DATA){ .dptr = (unsigned char *)data, .dsize = n };
}

#endif
