/*
 * The file has slots of equal size. A segment is written to a free slot and belongs to the log
 * after the next commit, which writes the directory. Records, with numbers in network order:
 *
 *	\0		version (32 bits), number of slots (32), limits of pairs, addresses and
 *			names (32 each), text of LIFE
 *	s SLOT (32)	the segment in the slot
 *	d PAGE (32)	a page of the directory: for each of 511 slots, the number of the segment,
 *			0 for a free slot (64 bits each); checksum (64)
 *
 * New slots and the directory are written in tdb transactions, a segment directly to its slot.
 * Slots are never removed, which keeps the free list of tdb short. The area with tdb's undo data is
 * created before the file gets its name, since a power cut while it is created could damage a file.
 *
 * A failed sync puts the file in doubt: the kernel reports the error once and then regards the lost
 * pages as written. All data written since the last commit, segments and the structures of tdb, may
 * therefore be missing on disk. Invariants:
 *
 * - A slot that the last commit names is not overwritten, so a crash at any time leaves the log of
 *   the last commit. A reader sees the log of one commit.
 * - A commit succeeds only after all data that it depends on, including the name of the file, was
 *   written and then synced without an error.
 * - A file in doubt is not written again, not even by tdb. Until it is replaced (store_renew), it
 *   has the last commit, or the undo data with which tdb restores the last commit.
 */
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/store_private.h"

/* The size of a new slot. tdb adds a quarter, so that the record can grow to SEGMENT_SIZE. */
#define SLOT_SEED ((SEGMENT_SIZE + STORE_FILE_KEY_SIZE + 4) * 4 / 5 - STORE_FILE_KEY_SIZE)
/*
 * The least number of slots to add; if a quarter of the slots is more, that many are added. tdb
 * extends a file by the same amounts. Data behind the old end of the file needs no undo data.
 */
#define GROW_BY 100

/* --- Opening --- */

struct store *
store_new(const char *path)
{
	struct store *s = mem_zero(1, sizeof(*s));

	store_file_init(&s->file, path);
	return s;
}

/* Also removes a new file that was not committed (store_renew). */
void
store_close(struct store *s)
{
	if (s->final_path != NULL)
		unlink(s->file.path);
	store_file_close(&s->file);
	if (s->final_path != NULL)
		close(s->final_lock);
	free(s->final_path);
	store_directory_free(&s->directory);
	free(s);
}

/* After a failure, the state of tdb is known only after opening the file again. */
static const char *
reopen(struct store *s)
{
	struct store_directory d = { 0 };
	const char *why = store_file_open(&s->file);

	if (why == NULL && (why = store_directory_read(&d, &s->file)) != NULL)
		store_file_abort(&s->file, 0);
	/* The failed transaction may have added slots. */
	if (why == NULL && d.slots > s->directory.slots)
		store_directory_resize(&s->directory, d.slots);
	store_directory_free(&d);
	return why;
}

/*
 * Truncates the file to `size` (unless 0) and opens it; if this fails, the next write opens it.
 * Returns the reason, which begins with `what` or reports a failed truncation.
 */
static const char *
reopen_after_failure(struct store *s, const char *what, off_t size)
{
	static char text[512];

	snprintf(text, sizeof(text), "%s", store_file_tdb_reason(&s->file, what));
	if (!store_file_abort(&s->file, size))
		snprintf(text, sizeof(text), "%s", store_file_reason("cannot be truncated"));
	reopen(s);
	return text;
}

static const char *
ensure_writable(struct store *s)
{
	if (s->file.doubtful)
		return "an earlier fsync failed";
	store_file_clear_error();
	return s->file.tdb == NULL ? reopen(s) : NULL;
}

/* Writes the first record, with the current version, in a transaction. */
static const char *
rewrite_meta(struct store *s, const char *what)
{
	struct store_file *f = &s->file;
	const char *why = ensure_writable(s);

	if (why != NULL || (tdb_transaction_start(f->tdb) == 0 &&
	    store_directory_write_meta(&s->directory, f) && store_file_commit(f)))
		return why;
	return store_file_doubt(f, store_file_tdb_reason(f, what));
}

/* Version 3 only adds fields and a flag: segments and directory of version 2 remain valid. */
static const char *
upgrade_2(struct store *s)
{
	const char *why = rewrite_meta(s, "cannot be upgraded");

	if (why == NULL)
		s->directory.version = STORE_VERSION;
	return why;
}

const char *
store_claim(const char *path, enum store_mode mode, int *lock)
{
	const char *why;
	struct stat st;

	*lock = -1;
	if (mode == STORE_CREATE && stat(path, &st) != 0 && errno == ENOENT &&
	    (why = store_create_absent(path)) != NULL)
		return why;
	return mode != STORE_READ ? store_file_lock(path, lock) : NULL;
}

const char *
store_open_claimed(struct store **opened, const char *path, int lock)
{
	struct store *s = store_new(path);
	const char *why;

	s->file.lock = lock;
	why = store_file_open(&s->file);
	if (why == NULL)
		why = store_directory_read(&s->directory, &s->file);
	if (why == NULL && lock >= 0 && s->directory.version != STORE_VERSION)
		why = s->directory.version == 1 ? store_v1_upgrade(s) : upgrade_2(s);
	if (why != NULL)
		store_close(s);
	else
		*opened = s;
	return why;
}

const char *
store_open(struct store **opened, const char *path, enum store_mode mode)
{
	int lock;
	const char *why = store_claim(path, mode, &lock);

	return why != NULL ? why : store_open_claimed(opened, path, lock);
}

/* --- Writing --- */

static bool
make_slot(struct store *s, uint32_t slot)
{
	static const uint8_t zeros[SLOT_SEED];
	uint8_t key[STORE_FILE_KEY_SIZE];

	return tdb_store(s->file.tdb, store_file_key(key, STORE_DIRECTORY_SLOT_KEY, slot),
	    store_file_datum(zeros, sizeof(zeros)), 0) == 0;
}

/* Writes the first record, the slots from `slot`, and the pages of the directory from `page`. */
static bool
make_slots(struct store *s, uint32_t slot, uint32_t page)
{
	bool good = store_directory_write_meta(&s->directory, &s->file);

	for (; slot < s->directory.slots && good; slot++)
		good = make_slot(s, slot);
	return good && store_directory_write(&s->directory, &s->file, page);
}

const char *
store_grow(struct store *s)
{
	struct store_file *f = &s->file;
	struct store_directory *d = &s->directory;
	uint32_t from = d->slots, pages = d->pages, more = from / 4 > GROW_BY ? from / 4 : GROW_BY;
	off_t size = (off_t)store_file_size(f);
	const char *why;

	if (!store_file_allot(f))
		return store_file_reason("no space to grow");
	if (tdb_transaction_start(f->tdb) != 0)
		return reopen_after_failure(s, "cannot start a transaction", 0);
	store_directory_resize(d, from + more);
	why = !make_slots(s, from, pages) ? reopen_after_failure(s, "cannot grow", size) :
	    store_file_commit(f) ? NULL :
	    store_file_doubt(f, store_file_tdb_reason(f, "cannot grow"));
	if (why != NULL) {
		d->slots = from;
		d->pages = pages;
		return why;
	}
	store_file_trim(f);
	return NULL;
}

const char *
store_write(struct store *s, uint32_t slot, uint64_t seq, const uint8_t data[SEGMENT_SIZE])
{
	uint8_t key[STORE_FILE_KEY_SIZE];
	const char *why = ensure_writable(s);

	while (why == NULL && slot >= s->directory.slots)
		why = store_grow(s);
	if (why != NULL)
		return why;
	if (tdb_store(s->file.tdb, store_file_key(key, STORE_DIRECTORY_SLOT_KEY, slot),
	    store_file_datum(data, segment_length(data)), TDB_MODIFY) != 0)
		return reopen_after_failure(s, "cannot be written", 0);
	store_directory_set(&s->directory, slot, seq);
	return NULL;
}

void
store_free(struct store *s, uint32_t slot)
{
	store_directory_set(&s->directory, slot, 0);
}

/* Segments must be on disk before the directory that names them. */
const char *
store_commit(struct store *s)
{
	struct store_file *f = &s->file;
	const char *why = ensure_writable(s);

	if (why != NULL)
		return why;
	if (fdatasync(tdb_fd(f->tdb)) != 0)
		return store_file_doubt(f, store_file_reason("cannot be written"));
	if (tdb_transaction_start(f->tdb) != 0)
		return reopen_after_failure(s, "cannot start a transaction", 0);
	if (!store_directory_write(&s->directory, f, 0))
		return reopen_after_failure(s, "the transaction failed", 0);
	if (!store_file_commit(f))
		return store_file_doubt(f, store_file_tdb_reason(f, "the transaction failed"));
	store_directory_clean(&s->directory);
	return s->final_path != NULL ? store_take_path(s) : NULL;
}

bool
store_is_doubtful(const struct store *s)
{
	return s->file.doubtful;
}

const char *
store_set_terms(struct store *s, const struct store_terms *terms)
{
	struct store_terms *ours = &s->directory.terms;

	if (strcmp(ours->life, terms->life) == 0 &&
	    memcmp(&ours->limits, &terms->limits, sizeof(terms->limits)) == 0)
		return NULL;
	*ours = *terms;
	return rewrite_meta(s, "cannot write LIFE and limits");
}
