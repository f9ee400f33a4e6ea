/*
 * The tdb file of a store: the lock of its writer, opening it after a crash, its room on disk, the
 * keys of its records, and the reasons of failures. It knows nothing of segments.
 *
 * Functions return NULL, or the reason as text, valid until the next call of any of them.
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

struct store_file {
	char *path;		/* owned */
	int lock;		/* descriptor with a writer's lock; -1: a reader */
	int flags;		/* of open(2) */
	struct tdb_context *tdb;	/* NULL: closed, as after a failure */
	bool doubtful;		/* a sync has failed (store.h) */
};

/* A closed file with this path, which is copied. */
void store_file_init(struct store_file *f, const char *path);

/* Closes the file, ends the lock, and frees the path. */
void store_file_close(struct store_file *f);

/*
 * Opens an existing file. A writer, and a reader while there is no writer, first cut off what a
 * transaction that never ended has added.
 */
const char *store_file_open(struct store_file *f);

/* Creates the file, which must not exist. */
const char *store_file_create(struct store_file *f);

/*
 * Takes the lock that a writer holds, on a file that need not be a cache. It ends when *fd is
 * closed. The reason is store_in_use, that pointer, when another process has it.
 */
const char *store_file_lock(const char *path, int *fd);

/* In bytes; 0 when the file is closed. */
uint64_t store_file_size(const struct store_file *f);

/* The record that tdb undoes a transaction with, near the end of the file, is not all there. */
bool store_file_is_truncated(const struct store_file *f);

/* Allots as much as tdb may add to the file in one step. False, and errno: the disk is full. */
bool store_file_allot(const struct store_file *f);

/* Gives back what was allotted and is not used. */
void store_file_trim(const struct store_file *f);

/* Ends a transaction. False: the file is in doubt. */
bool store_file_commit(struct store_file *f);

/*
 * Closes the file after a failure, and cuts it to `size` unless that is 0. False, and errno: it
 * could not be cut.
 */
bool store_file_abort(struct store_file *f, off_t size);

/* Marks the file as in doubt and closes it without a further write. Returns `why`. */
const char *store_file_doubt(struct store_file *f, const char *why);

/* PATH.SUFFIX. False: it is too long. */
bool store_file_beside(const char *path, const char *suffix, char out[STORE_FILE_PATH_MAX]);

/* `what: TEXT`, for errno and for the first failure that tdb has reported since it was cleared. */
const char *store_file_reason(const char *what);
const char *store_file_tdb_reason(const struct store_file *f, const char *what);
void store_file_clear_error(void);

/* The key of a record: its kind, and a number in network order. `key` is the room for it. */
TDB_DATA store_file_key(uint8_t key[STORE_FILE_KEY_SIZE], char kind, uint32_t number);

static inline TDB_DATA
store_file_datum(const void *data, size_t n)
{
	return (TDB_DATA){ .dptr = (unsigned char *)data, .dsize = n };
}

/* A number in network order, of at most 8 bytes. */
static inline uint64_t
store_file_number(const void *data, size_t bytes)
{
	const uint8_t *p = data;
	uint64_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | *p++;
	return value;
}

#endif
