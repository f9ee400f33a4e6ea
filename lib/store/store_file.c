/*
 * With these rules, a failure leaves the file in a known state:
 *
 * - tdb never creates a file at PATH: it could turn an existing file into an empty database.
 * - tdb undoes an unfinished transaction when it opens the file, but does not remove the data that
 *   the transaction added at the end. This data is cut off before tdb opens the file.
 * - The space for a longer file is reserved before tdb extends it: tdb would notice a full disk
 *   only afterwards, and each attempt would make the file longer.
 * - After a failed sync, nothing is written, not even by tdb_close.
 */
#define _GNU_SOURCE		/* dup3, fallocate, pipe2 */
#include "store/store_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/bytes.h"
#include "store/store.h"

#define BUCKETS 4093	/* hash chains; with a million pairs, a chain has one record */

const char store_in_use[] = "in use by another ipcache";

/* --- Reasons --- */

static char logged_error[256];	/* the first error that tdb logged; one thread at a time */
static char reason_text[512];

const char *
store_file_reason(const char *what)
{
	snprintf(reason_text, sizeof(reason_text), "%s: %s", what, strerror(errno));
	return reason_text;
}

const char *
store_file_tdb_reason(const struct store_file *f, const char *what)
{
	snprintf(reason_text, sizeof(reason_text), "%s: %s", what,
	    logged_error[0] != '\0' ? logged_error : tdb_errorstr(f->tdb));
	return reason_text;
}

void
store_file_clear_error(void)
{
	logged_error[0] = '\0';
}

/* Stores only the first message of a failure, which names the cause. */
__attribute__((format(printf, 3, 4))) static void
note_tdb_error(struct tdb_context *tdb, enum tdb_debug_level level, const char *format, ...)
{
	va_list args;

	(void)tdb;
	if (level > TDB_DEBUG_ERROR || logged_error[0] != '\0')
		return;
	va_start(args, format);
	vsnprintf(logged_error, sizeof(logged_error), format, args);
	va_end(args);
	logged_error[strcspn(logged_error, "\n")] = '\0';
}

/* --- The lock --- */

static bool
is_same_file(int fd, const char *path)
{
	struct stat ours, theirs;

	return fstat(fd, &ours) == 0 && stat(path, &theirs) == 0 && ours.st_dev == theirs.st_dev &&
	    ours.st_ino == theirs.st_ino;
}

/* Tries again if another writer has replaced the file between opening and locking it. */
const char *
store_file_lock(const char *path, int *fd)
{
	const char *why;

	for (;;) {
		*fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		if (*fd < 0)
			return store_file_reason("cannot be opened");
		if (flock(*fd, LOCK_EX | LOCK_NB) != 0)
			break;
		if (is_same_file(*fd, path))
			return NULL;
		close(*fd);
	}
	why = errno == EWOULDBLOCK ? store_in_use : store_file_reason("cannot be locked");
	close(*fd);
	*fd = -1;
	return why;
}

/* --- After a crash --- */

#define UNDO_PENDING 0xf53bc0e7u	/* magic of the area with undo data */

/* The size of the file before an unfinished transaction; 0: there is none. */
static off_t
size_before(int fd)
{
	enum { NEXT, RECORD_LENGTH, SIZE_BEFORE, DATA_LENGTH, HASH, MAGIC, NUMBERS };
	uint32_t at, record[NUMBERS];

	if (pread(fd, &at, sizeof(at), STORE_FILE_UNDO_AT) != sizeof(at) || at == 0 ||
	    pread(fd, record, sizeof(record), at) != sizeof(record) ||
	    record[MAGIC] != UNDO_PENDING)
		return 0;
	/* The area with undo data must lie before the end to which the file is cut back. */
	return at < record[SIZE_BEFORE] && record[RECORD_LENGTH] < record[SIZE_BEFORE] -
	    at ? record[SIZE_BEFORE] : 0;
}

bool
store_file_is_truncated(const struct store_file *f)
{
	uint32_t at, record[2];
	int fd = tdb_fd(f->tdb);

	return pread(fd, &at, sizeof(at), STORE_FILE_UNDO_AT) == sizeof(at) && at != 0 &&
	    (pread(fd, record, sizeof(record), at) != sizeof(record) ||
	    store_file_size(f) < (uint64_t)at + record[1]);
}

static bool
cut_back(int fd)
{
	off_t size = size_before(fd);
	struct stat st;

	return size == 0 || (fstat(fd, &st) == 0 && (st.st_size <= size ||
	    (ftruncate(fd, size) == 0 && fsync(fd) == 0)));
}

/* Cuts the file back for a reader, unless a writer is active. */
static void
cut_back_unlocked(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	bool pending = fd >= 0 && size_before(fd) > 0;

	if (fd >= 0)
		close(fd);
	if (!pending || store_file_lock(path, &fd) != NULL)
		return;
	cut_back(fd);
	close(fd);
}

/* --- Opening and closing --- */

void
store_file_init(struct store_file *f, const char *path)
{
	*f = (struct store_file){ .path = mem_dup(path, strlen(path) + 1), .lock = -1,
	    .flags = O_RDWR };
}

void
store_file_close(struct store_file *f)
{
	if (f->tdb != NULL)
		tdb_close(f->tdb);
	if (f->lock >= 0)
		/* Closing any descriptor of a file drops tdb's locks, so tdb_close comes first. */
		close(f->lock);
	free(f->path);
}

/* mmap is off: writing costs less, and a truncated file causes an error instead of SIGBUS. */
static struct tdb_context *
open_tdb(const char *path, int flags)
{
	struct tdb_logging_context logging = { note_tdb_error, NULL };

	store_file_clear_error();
	return tdb_open_ex(path, BUCKETS, TDB_INCOMPATIBLE_HASH | TDB_NOMMAP,
	    flags | O_NONBLOCK | O_CLOEXEC, 0600, &logging, NULL);
}

const char *
store_file_open(struct store_file *f)
{
	if (f->lock < 0)
		cut_back_unlocked(f->path);
	else if (!cut_back(f->lock))
		return store_file_reason("cannot be truncated");
	errno = 0;
	f->tdb = open_tdb(f->path, f->flags);
	if (f->tdb == NULL && (errno == EACCES || errno == EROFS) && f->lock < 0) {
		f->flags = O_RDONLY;
		f->tdb = open_tdb(f->path, f->flags);
	}
	if (f->tdb != NULL)
		return NULL;
	return errno == EIO || errno == EINVAL || errno == 0 ? "damaged, or not a tdb file" :
	    store_file_reason("cannot be opened");
}

const char *
store_file_create(struct store_file *f)
{
	f->tdb = open_tdb(f->path, O_RDWR | O_CREAT | O_EXCL);
	return f->tdb != NULL ? NULL : store_file_reason("cannot be created");
}

bool
store_file_beside(const char *path, const char *suffix, char out[STORE_FILE_PATH_MAX])
{
	return (size_t)snprintf(out, STORE_FILE_PATH_MAX, "%s.%s", path,
	    suffix) < STORE_FILE_PATH_MAX;
}

/* --- Space on disk --- */

uint64_t
store_file_size(const struct store_file *f)
{
	struct stat st;

	return f->tdb != NULL && fstat(tdb_fd(f->tdb), &st) == 0 ? (uint64_t)st.st_size : 0;
}

/* tdb extends a file by a quarter or 100 records, at most twice: for slots and for undo data. */
bool
store_file_allot(const struct store_file *f)
{
	uint64_t size = store_file_size(f), more = size / 16 * 9 + 2 * 100 * SEGMENT_SIZE;

	return fallocate(tdb_fd(f->tdb), FALLOC_FL_KEEP_SIZE, (off_t)size, (off_t)more) == 0 ||
	    errno == EOPNOTSUPP || errno == ENOSYS;
}

void
store_file_trim(const struct store_file *f)
{
	if (ftruncate(tdb_fd(f->tdb), (off_t)store_file_size(f)) != 0)
		return;		/* the space remains reserved, which does no harm */
}

/* --- Transactions --- */

/*
 * tdb writes and syncs four times: the undo data, its magic, the new data, the cleared magic. If
 * the last sync fails, tdb only logs an error.
 */
bool
store_file_commit(struct store_file *f)
{
	return tdb_transaction_commit(f->tdb) == 0 && logged_error[0] == '\0';
}

bool
store_file_abort(struct store_file *f, off_t size)
{
	tdb_close(f->tdb);
	f->tdb = NULL;
	return size == 0 || size_before(f->lock) != 0 || ftruncate(f->lock, size) == 0;
}

/*
 * tdb_close would clear the magic of the undo data, although only a part of the new data may be on
 * disk. So a pipe first replaces the descriptor of tdb. If no pipe is available, tdb stays open.
 */
const char *
store_file_doubt(struct store_file *f, const char *why)
{
	int nowhere[2];

	f->doubtful = true;
	if (pipe2(nowhere, O_CLOEXEC) == 0) {
		if (dup3(nowhere[0], tdb_fd(f->tdb), O_CLOEXEC) >= 0)
			tdb_close(f->tdb);
		close(nowhere[0]);
		close(nowhere[1]);
	}
	f->tdb = NULL;
	return why;
}

/* --- Keys --- */

TDB_DATA
store_file_key(uint8_t key[STORE_FILE_KEY_SIZE], char kind, uint32_t number)
{
	key[0] = (uint8_t)kind;
	bytes_put(key + 1, number, 4);
	return store_file_datum(key, STORE_FILE_KEY_SIZE);
}
