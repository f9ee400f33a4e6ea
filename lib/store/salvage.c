/*
 * The file is searched for intact tdb records at every possible position, without the structures
 * of tdb, which may be damaged. The checksum and the number of a segment show whether it is intact,
 * a copy, or older than the log.
 *
 * tdb leaves copies of older records in its undo data and in free records. Terms (LIFE and limits)
 * have no number, so terms in such an area are used only if no other terms are found.
 */
#include "store/salvage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/file.h"
#include "store/store_private.h"

/*
 * A tdb record starts at a multiple of four with six numbers of 32 bits in host order. Key and data
 * follow; RECORD_LENGTH is the space for them.
 */
enum { NEXT, RECORD_LENGTH, KEY_LENGTH, DATA_LENGTH, HASH, MAGIC, HEAD_NUMBERS };
#define HEAD_SIZE (4 * HEAD_NUMBERS)
#define TDB_MAGIC_IN_USE 0x26011999u
#define TDB_MAGIC_FREE 0xd9fee666u
#define KEY_MAX 2048		/* bytes; no key in a cache file is longer */

struct find {
	uint64_t order;		/* number of the segment, or time of the pair */
	uint32_t slot;		/* the slot of a segment */
	const uint8_t *at;	/* the segment, or the record of version 1 */
};

struct finds {
	struct find *list;	/* owned */
	size_t n, cap;
};

struct search {
	const uint8_t *data;	/* the file */
	size_t size;
	struct finds segments, broken, pairs;
	uint64_t first;		/* number of the first segment of the log */
	bool newer;		/* the file has a newer version */
	bool is_cache;		/* a record of a cache was found */
	size_t old_until;	/* the end of an area with copies of older records */
	bool certain;		/* `terms` are not a copy in such an area */
	struct store_terms terms;
};

static uint32_t
word_of(const uint8_t *record, int which)
{
	uint32_t value;

	memcpy(&value, record + 4 * which, 4);
	return value;
}

static struct str
key_of(const uint8_t *record)
{
	return (struct str){ (const char *)record + HEAD_SIZE, word_of(record, KEY_LENGTH) };
}

static struct str
data_of(const uint8_t *record)
{
	struct str key = key_of(record);

	return (struct str){ key.p + key.n, word_of(record, DATA_LENGTH) };
}

static void
add_find(struct finds *to, struct find f)
{
	to->list = mem_grow(to->list, to->n, &to->cap, sizeof(*to->list));
	to->list[to->n++] = f;
}

static bool
is_whole(struct segment_reader *r, struct str data)
{
	struct answer a;
	bool gone;

	if (segment_open(r, (const uint8_t *)data.p, data.n) != NULL)
		return false;
	while (segment_next(r, &a, &gone))
		;
	return r->why == NULL;
}

/* Adds an intact or a broken segment. A slot that was never used contains zeros: no segment. */
static void
add_segment(struct search *s, uint32_t slot, struct str data)
{
	static const uint8_t never_used[16];
	struct segment_reader r;

	if (is_whole(&r, data)) {
		add_find(&s->segments, (struct find){ r.seq, slot, r.data });
		if (r.first > s->first)
			s->first = r.first;
	} else if (data.n < sizeof(never_used) ||
	    memcmp(data.p, never_used, sizeof(never_used)) != 0) {
		add_find(&s->broken, (struct find){ 0, slot, r.data });
	}
}

/*
 * Counts the broken segments. A broken segment is only a copy, and is not counted, if its slot also
 * has an intact segment.
 */
static uint64_t
count_lost(const struct search *s)
{
	uint64_t lost = s->broken.n;

	for (size_t i = 0; i < s->broken.n; i++)
		for (size_t j = 0; j < s->segments.n; j++)
			if (s->segments.list[j].slot == s->broken.list[i].slot) {
				lost--;
				break;
			}
	return lost;
}

static void
add_meta(struct search *s, struct str data, bool old)
{
	struct store_terms terms;
	uint32_t version = store_directory_parse_meta(data, &terms);

	s->is_cache |= version > 0;
	s->newer |= version > STORE_VERSION;
	if (version == 0 || terms.life[0] == '\0' || (old && s->certain))
		return;
	s->terms = terms;
	s->certain = !old;
}

static void
add_record(struct search *s, const uint8_t *record)
{
	struct str key = key_of(record), data = data_of(record);
	struct answer a;

	if (key.n == 1 && key.p[0] == '\0')
		add_meta(s, data, record < s->data + s->old_until);
	else if (data.n <= SEGMENT_SIZE && key.n == STORE_FILE_KEY_SIZE &&
	    key.p[0] == STORE_DIRECTORY_SLOT_KEY)
		add_segment(s, word_of((const uint8_t *)key.p + 1, 0), data);
	else if (store_v1_decode(key, data, &a))
		add_find(&s->pairs, (struct find){ (uint64_t)a.time, 0, record });
}

/* Whether a record in use begins at this offset of the file. */
static bool
is_record(const struct search *s, size_t at)
{
	const uint8_t *record = s->data + at;
	size_t room = s->size - at - HEAD_SIZE, key = word_of(record, KEY_LENGTH);

	return word_of(record, MAGIC) == TDB_MAGIC_IN_USE && key > 0 && key <= KEY_MAX &&
	    key <= room && word_of(record, DATA_LENGTH) <= room - key;
}

/* Whether a free record, or the area with undo data, begins at this offset of the file. */
static bool
is_old_area(const struct search *s, size_t at)
{
	if (at + HEAD_SIZE + word_of(s->data + at, RECORD_LENGTH) > s->size)
		return false;
	return word_of(s->data + at, MAGIC) == TDB_MAGIC_FREE ||
	    (s->size > STORE_FILE_UNDO_AT + 4 && at == word_of(s->data + STORE_FILE_UNDO_AT, 0));
}

static void
search_records(struct search *s)
{
	for (size_t at = 0; s->size - at >= HEAD_SIZE; at += 4) {
		if (is_record(s, at))
			add_record(s, s->data + at);
		else if (at >= s->old_until && is_old_area(s, at))
			s->old_until = at + HEAD_SIZE + word_of(s->data + at, RECORD_LENGTH);
	}
}

static int
compare_finds(const void *a, const void *b)
{
	const struct find *x = a, *y = b;

	return x->order < y->order ? -1 : x->order > y->order;
}

/* --- The new file --- */

static void
sort_finds(struct find *list, size_t n)
{
	if (n > 1)
		qsort(list, n, sizeof(*list), compare_finds);
}

static const char *
write_segments(struct search *s, struct store *to, uint32_t *slot, uint64_t *written)
{
	const char *why = NULL;

	sort_finds(s->segments.list, s->segments.n);
	for (size_t i = 0; i < s->segments.n && why == NULL; i++) {
		const struct find *f = &s->segments.list[i];

		if (f->order < s->first || (i > 0 && f->order == s->segments.list[i - 1].order))
			continue;
		why = store_write(to, (*slot)++, f->order, f->at);
		++*written;
	}
	return why;
}

/*
 * Appends the pairs to `to`, to slots from `slot` upward, in the order of their times: the last
 * entry of a pair counts.
 */
static const char *
write_pairs(struct search *s, struct store *to, uint32_t slot)
{
	uint64_t seq = s->segments.n > 0 ? s->segments.list[s->segments.n - 1].order : 0;
	struct store_appender *appender = store_append_begin(to, slot, seq, s->first);
	struct answer a;

	sort_finds(s->pairs.list, s->pairs.n);
	for (size_t i = 0; i < s->pairs.n; i++) {
		const uint8_t *record = s->pairs.list[i].at;

		if (store_v1_decode(key_of(record), data_of(record), &a))
			store_append(appender, &a);
	}
	return store_append_end(appender);
}

/*
 * Adds a name, stored in `kept`, to the damaged file. The file also keeps its old name until the
 * new file replaces it.
 */
static const char *
keep_damaged(const char *path, char kept[SALVAGE_PATH_MAX])
{
	for (int i = 0; i < 1000; i++) {
		char suffix[24] = "damaged";

		if (i > 0)
			snprintf(suffix, sizeof(suffix), "damaged.%d", i);
		if (!store_file_beside(path, suffix, kept))
			return "path too long";
		if (link(path, kept) == 0)
			return NULL;
		if (errno != EEXIST)
			break;
	}
	return store_file_reason("cannot save the damaged file under another name");
}

static const char *
build_file(struct search *s, const char *path, struct salvage *result)
{
	struct store *fresh;
	uint32_t slot = 0;
	const char *why = store_create_beside(&fresh, path, &s->terms);

	if (why != NULL)
		return why;
	result->lost = count_lost(s);
	result->pairs = s->pairs.n;
	why = write_segments(s, fresh, &slot, &result->segments);
	if (why == NULL)
		why = write_pairs(s, fresh, slot);
	if (why == NULL)
		why = store_commit(fresh);
	if (why == NULL)
		why = keep_damaged(path, result->kept);
	if (why == NULL && rename(fresh->file.path, path) != 0) {
		why = store_file_reason("the new file cannot replace the old one");
		unlink(result->kept);
	}
	if (why == NULL && (errno = file_sync_folder(path)) != 0)
		why = store_file_reason("cannot write its directory");
	if (why != NULL)
		unlink(fresh->file.path);
	store_close(fresh);
	return why;
}

/* Returns NULL if an empty cache may replace the file, otherwise the reason. */
static const char *
refuse_empty(const struct search *s, bool empty, int fd)
{
	static const char magic[] = "TDB file";
	char head[4096];
	ssize_t n = pread(fd, head, sizeof(head), 0);

	if (n < 0)
		return store_file_reason("cannot be read");
	if (!empty || (n > 0 && memchr(head, '\0', (size_t)n) == NULL))
		return "not a cache: no intact record";
	return !s->is_cache && n >= (ssize_t)sizeof(magic) && memcmp(head, magic,
	    sizeof(magic) - 1) == 0 ? "a tdb file of another program" : NULL;
}

static const char *
search_file(struct search *s, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return "not a regular file";
	s->size = (size_t)st.st_size;
	if (s->size < HEAD_SIZE)
		return NULL;
	s->data = mmap(NULL, s->size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (s->data == MAP_FAILED) {
		s->size = 0;
		return store_file_reason("cannot be read");
	}
	search_records(s);
	return s->newer ? "from a newer ipcache" : NULL;
}

const char *
salvage(const char *path, bool empty, struct salvage *result)
{
	struct search s = { 0 };
	const char *why;
	int fd;

	*result = (struct salvage){ 0 };
	if ((why = store_file_lock(path, &fd)) != NULL)
		return why;
	why = search_file(&s, fd);
	if (why == NULL && s.segments.n + s.pairs.n == 0)
		why = refuse_empty(&s, empty, fd);
	if (why == NULL)
		why = build_file(&s, path, result);
	if (s.size >= HEAD_SIZE)
		munmap((void *)s.data, s.size);
	free(s.segments.list);
	free(s.broken.list);
	free(s.pairs.list);
	close(fd);
	return why;
}
