#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/store_private.h"
#include "store/store_v1.h"

/*
 * tdb gives a record a quarter more room than it asks for, in which it can grow: so much to begin
 * with.
 */
#define SLOT_SEED ((SEGMENT_SIZE + STORE_FILE_KEY_SIZE + 4) * 4 / 5 - STORE_FILE_KEY_SIZE)
/*
 * So many slots are made at once, or a quarter of those that are there: as much as tdb makes a file
 * longer. What lies behind its old end needs no way back in a transaction.
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

/* An unfinished new file is removed. */
void
store_close(struct store *s)
{
	if (s->place != NULL)
		unlink(s->file.path);
	store_file_close(&s->file);
	if (s->place != NULL)
		close(s->place_lock);
	free(s->place);
	store_directory_free(&s->directory);
	free(s);
}

static const char *
open_and_read(struct store *s)
{
	const char *why = store_file_open(&s->file);

	return why != NULL ? why : store_directory_read(&s->directory, &s->file);
}

/*
 * After a failure tdb may be left in the middle of something: only to open the file again mends
 * that for sure.
 */
static const char *
reopen(struct store *s)
{
	struct store *fresh = store_new(s->file.path);
	const char *why;

	fresh->file.lock = s->file.lock;
	why = open_and_read(fresh);
	if (why == NULL) {
		s->file.tdb = fresh->file.tdb;
		fresh->file.tdb = NULL;
		/* A transaction that seemed to fail may have added slots. */
		if (fresh->directory.slots > s->directory.slots)
			store_directory_resize(&s->directory, fresh->directory.slots);
	}
	fresh->file.lock = -1;
	store_close(fresh);
	return why;
}

/*
 * Opens the file again, cut to `size` unless that is 0. If that fails, it is tried again by and by.
 */
static const char *
reopen_after_failure(struct store *s, const char *what, off_t size)
{
	static char text[512];

	snprintf(text, sizeof(text), "%s", store_file_tdb_reason(&s->file, what));
	if (!store_file_abort(&s->file, size))
		snprintf(text, sizeof(text), "%s", store_file_reason("cannot be cut"));
	reopen(s);
	return text;
}

/* Called before each write. */
static const char *
ensure_writable(struct store *s)
{
	if (s->file.doubtful)
		return "a sync has failed";
	store_file_clear_error();
	return s->file.tdb == NULL ? reopen(s) : NULL;
}

/* Writes the first record, which says the present version, in a transaction of its own. */
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

/* Version 3 only adds to what version 2 can say. */
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
	why = open_and_read(s);
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

/* Writes the first record, the slots from `slot` on, and the pages from `page` on. */
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
		return store_file_reason("no room to grow");
	if (tdb_transaction_start(f->tdb) != 0)
		return reopen_after_failure(s, "no transaction", 0);
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

/* The segments have to be on disk before the directory that names them. */
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
		return reopen_after_failure(s, "no transaction", 0);
	if (!store_directory_write(&s->directory, f, 0))
		return reopen_after_failure(s, "the transaction failed", 0);
	if (!store_file_commit(f))
		return store_file_doubt(f, store_file_tdb_reason(f, "the transaction failed"));
	store_directory_clean(&s->directory);
	return s->place != NULL ? store_take_place(s) : NULL;
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
	return rewrite_meta(s, "its LIFE and limits cannot be written");
}
