/*
 * A new file is built as PATH.new, synced, and renamed to PATH, so PATH is always a complete file.
 * An upgrade from version 1, shrinking, and the replacement of a file in doubt work like this.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/file.h"
#include "store/store_private.h"

/* Creates an empty store. A file that exists at the path is removed. */
static const char *
create_empty(struct store **made, const char *path, const struct store_terms *terms)
{
	struct store *s = store_new(path);
	const char *why;

	unlink(path);
	s->directory.version = STORE_VERSION;
	s->directory.terms = *terms;
	why = store_file_create(&s->file);
	if (why == NULL && !store_directory_write_meta(&s->directory, &s->file))
		why = store_file_tdb_reason(&s->file, "cannot be written");
	if (why == NULL && (why = store_file_lock(path, &s->file.lock)) == NULL)
		why = store_grow(s);
	if (why != NULL)
		store_discard(s);
	else
		*made = s;
	return why;
}

/* link(2), unlike rename(2), does not replace a file that another process has just created. */
const char *
store_create_absent(const char *path)
{
	static const struct store_terms none;
	char beside[STORE_FILE_PATH_MAX], suffix[32];
	struct store *s;
	const char *why;

	snprintf(suffix, sizeof(suffix), "%ld", (long)getpid());
	if (!store_file_beside(path, suffix, beside))
		return "path too long";
	why = create_empty(&s, beside, &none);
	if (why != NULL)
		return why;
	if (fsync(tdb_fd(s->file.tdb)) != 0)
		why = store_file_reason("cannot be written");
	store_close(s);
	if (why == NULL && link(beside, path) != 0 && errno != EEXIST)
		why = store_file_reason("cannot be created");
	unlink(beside);
	if (why == NULL && (errno = file_sync_folder(path)) != 0)
		why = store_file_reason("cannot write its directory");
	return why;
}

const char *
store_create_beside(struct store **made, const char *path, const struct store_terms *terms)
{
	char beside[STORE_FILE_PATH_MAX];

	return store_file_beside(path, "new", beside) ? create_empty(made, beside, terms) :
	    "path too long";
}

struct store_appender {
	struct store *to;
	uint32_t slot;
	uint64_t seq, first;
	const char *why;
	struct segment segment;
};

struct store_appender *
store_append_begin(struct store *to, uint32_t slot, uint64_t seq, uint64_t first)
{
	struct store_appender *a = mem_zero(1, sizeof(*a));

	*a = (struct store_appender){ .to = to, .slot = slot, .seq = seq, .first = first };
	segment_begin(&a->segment);
	return a;
}

static void
append_segment(struct store_appender *a)
{
	segment_seal(&a->segment, ++a->seq, a->first);
	if (a->why == NULL)
		a->why = store_write(a->to, a->slot++, a->seq, a->segment.data);
	segment_begin(&a->segment);
}

void
store_append(struct store_appender *a, const struct answer *pair)
{
	if (segment_put(&a->segment, pair))
		return;
	append_segment(a);
	segment_put(&a->segment, pair);
}

const char *
store_append_end(struct store_appender *a)
{
	const char *why;

	if (a->segment.entries > 0)
		append_segment(a);
	why = a->why;
	free(a);
	return why;
}

void
store_discard(struct store *s)
{
	unlink(s->file.path);
	store_close(s);
}

/* Moves `fresh` to *s, and closes the old store. */
static void
exchange(struct store *s, struct store *fresh)
{
	struct store old = *s;

	*s = *fresh;
	*fresh = old;
	store_close(fresh);
}

const char *
store_replace(struct store *s, struct store *fresh)
{
	if (rename(fresh->file.path, s->file.path) != 0)
		return store_file_reason("the new file cannot replace the old one");
	free(fresh->file.path);
	fresh->file.path = mem_dup(s->file.path, strlen(s->file.path) + 1);
	exchange(s, fresh);
	s->file.doubtful = file_sync_folder(s->file.path) != 0;
	return NULL;
}

/* --- Replacing a file in doubt --- */

const char *
store_renew(struct store *s)
{
	struct store *fresh;
	const char *path = s->final_path != NULL ? s->final_path : s->file.path;
	const char *why = store_create_beside(&fresh, path, &s->directory.terms);

	if (why != NULL)
		return why;
	if (s->final_path != NULL) {		/* the file in doubt is itself a new file */
		fresh->final_path = s->final_path;
		fresh->final_lock = s->final_lock;
		s->final_path = NULL;
	} else {
		fresh->final_path = s->file.path;
		fresh->final_lock = s->file.lock;
		s->file.path = NULL;
		s->file.lock = -1;
	}
	exchange(s, fresh);
	return NULL;
}

const char *
store_take_path(struct store *s)
{
	struct store_file *f = &s->file;

	if (rename(f->path, s->final_path) != 0)
		return store_file_reason("the new file cannot replace the old one");
	free(f->path);
	f->path = s->final_path;
	s->final_path = NULL;
	close(s->final_lock);
	errno = file_sync_folder(f->path);
	f->doubtful = errno != 0;
	return f->doubtful ? store_file_reason("cannot write its directory") : NULL;
}

/* --- Shrinking --- */

static const char *
copy_log(struct store *from, struct store *to, uint32_t *moved)
{
	uint8_t data[SEGMENT_SIZE];
	size_t n;
	struct store_segment *log = store_log(from, &n);
	const char *why = NULL;

	for (uint32_t i = 0; i < n && why == NULL; i++) {
		moved[log[i].slot] = i;
		why = store_read(from, log[i].slot, data);
		if (why == NULL)
			why = store_write(to, i, log[i].seq, data);
	}
	free(log);
	return why != NULL ? why : store_commit(to);
}

const char *
store_shrink(struct store *s, uint32_t *moved)
{
	struct store *fresh;
	const char *why = store_create_beside(&fresh, s->file.path, &s->directory.terms);

	if (why != NULL)
		return why;
	for (uint32_t i = 0; i < s->directory.slots; i++)
		moved[i] = STORE_SLOT_NONE;
	why = copy_log(s, fresh, moved);
	if (why == NULL)
		why = store_replace(s, fresh);
	if (why != NULL)
		store_discard(fresh);
	return why;
}
