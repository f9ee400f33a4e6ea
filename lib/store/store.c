#define _GNU_SOURCE		/* fallocate, pipe2 */
#include "store/store.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>		/* tdb.h asks for it */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <tdb.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "io/file.h"
#include "store/store_v1.h"

#define META_KEY "\0"
#define META_HEAD 20		/* version, slots, and three limits */
#define META_HEAD_OF_2 8	/* version and slots */
#define META_OF_1 12		/* version and LIFE, in microseconds */
#define PAGE_KEY 'd'
#define PAGE_SLOTS 511
#define PAGE_BYTES ((PAGE_SLOTS + 1) * 8)
/* Chains in the file, which tdb never changes: of one record at a million pairs. */
#define BUCKETS 4093

/*
 * tdb gives a record a quarter more room than it asks for, in which it can grow: so much to begin
 * with.
 */
#define SLOT_SEED ((SEGMENT_SIZE + STORE_KEY_SIZE + 4) * 4 / 5 - STORE_KEY_SIZE)
/*
 * So many slots are made at once, or a quarter of those that are there: as much as tdb makes a file
 * longer. What lies behind its old end needs no way back in a transaction.
 */
#define GROW_BY 100

const char store_in_use[] = "in use by another ipcache";
static const char not_a_cache[] = "not a cache of ipcache";

struct store {
	char *path;		/* owned */
	int lock;		/* holds the lock of a writer; -1: a reader's */
	int flags;		/* it is opened with */
	struct tdb_context *tdb;	/* NULL after a failure, till it can be opened again */
	uint32_t version;
	struct store_terms terms;
	uint64_t *seqs;		/* of each slot, as of the next commit; 0: free */
	uint32_t slots;
	bool *dirty;		/* the page of the directory has changed since the last commit */
	uint32_t pages;
	bool doubtful;		/* a sync has failed */
	char *place;		/* owned; the name that the next commit gives the file, or NULL */
	int place_lock;		/* on the file that has that name */
};

static char reason_text[512];
/* What tdb had to say about its last failure; one thread at a time. */
static char tdb_said[256];

static const char *
reason(const char *what)
{
	snprintf(reason_text, sizeof(reason_text), "%s: %s", what, strerror(errno));
	return reason_text;
}

static const char *
tdb_reason(const struct store *s, const char *what)
{
	snprintf(reason_text, sizeof(reason_text), "%s: %s", what,
	    tdb_said[0] != '\0' ? tdb_said : tdb_errorstr(s->tdb));
	return reason_text;
}

/* The first thing that tdb says of a failure names the cause. */
__attribute__((format(printf, 3, 4))) static void
note_tdb(struct tdb_context *tdb, enum tdb_debug_level level, const char *format, ...)
{
	va_list args;

	(void)tdb;
	if (level > TDB_DEBUG_ERROR || tdb_said[0] != '\0')
		return;
	va_start(args, format);
	vsnprintf(tdb_said, sizeof(tdb_said), format, args);
	va_end(args);
	tdb_said[strcspn(tdb_said, "\n")] = '\0';
}

bool
store_is_damage(const char *why)
{
	return why == not_a_cache || strncmp(why, "damaged", 7) == 0;
}

/*
 * Without mmap: writing is cheaper so, and a file that somebody cuts short is an error instead of a
 * SIGBUS.
 */
static struct tdb_context *
open_tdb(const char *path, int flags)
{
	struct tdb_logging_context logging = { note_tdb, NULL };

	tdb_said[0] = '\0';
	return tdb_open_ex(path, BUCKETS, TDB_INCOMPATIBLE_HASH | TDB_NOMMAP,
	    flags | O_NONBLOCK | O_CLOEXEC, 0600, &logging, NULL);
}

static TDB_DATA
datum(const void *data, size_t n)
{
	return (TDB_DATA){ .dptr = (unsigned char *)data, .dsize = n };
}

static TDB_DATA
numbered(uint8_t key[STORE_KEY_SIZE], char kind, uint32_t number)
{
	number = htobe32(number);
	key[0] = (uint8_t)kind;
	memcpy(key + 1, &number, 4);
	return datum(key, STORE_KEY_SIZE);
}

static uint64_t
get(const uint8_t *p, int bytes)
{
	uint64_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | *p++;
	return value;
}

/* --- The directory --- */

static uint64_t
page_checksum(const uint8_t page[PAGE_BYTES])
{
	uint64_t sum = UINT64_C(0x9e3779b97f4a7c15), word;

	for (size_t i = 0; i < PAGE_BYTES - 8; i += 8) {
		memcpy(&word, page + i, 8);
		sum = hash_mix(sum ^ le64toh(word), UINT64_C(0xd6e8feb86659fd93)) + i;
	}
	return sum;
}

/* Room for so many slots; the new ones are free. */
static void
set_slots(struct store *s, uint32_t slots)
{
	uint32_t pages = (slots + PAGE_SLOTS - 1) / PAGE_SLOTS;

	s->seqs = mem_resize(s->seqs, (size_t)pages * PAGE_SLOTS, sizeof(*s->seqs));
	s->dirty = mem_resize(s->dirty, pages, sizeof(*s->dirty));
	for (uint32_t i = s->pages * PAGE_SLOTS; i < pages * PAGE_SLOTS; i++)
		s->seqs[i] = 0;
	for (uint32_t i = s->pages; i < pages; i++)
		s->dirty[i] = true;
	s->pages = pages;
	s->slots = slots;
}

static bool
write_page(struct store *s, uint32_t page)
{
	uint8_t data[PAGE_BYTES], key[STORE_KEY_SIZE];
	uint64_t word;

	for (uint32_t i = 0; i < PAGE_SLOTS; i++) {
		word = htobe64(s->seqs[page * PAGE_SLOTS + i]);
		memcpy(data + 8 * i, &word, 8);
	}
	word = htobe64(page_checksum(data));
	memcpy(data + PAGE_BYTES - 8, &word, 8);
	return tdb_store(s->tdb, numbered(key, PAGE_KEY, page), datum(data, sizeof(data)), 0) == 0;
}

static const char *
read_page(struct store *s, uint32_t page)
{
	uint8_t key[STORE_KEY_SIZE];
	TDB_DATA data = tdb_fetch(s->tdb, numbered(key, PAGE_KEY, page));
	bool good = data.dptr != NULL && data.dsize == PAGE_BYTES &&
	    get(data.dptr + PAGE_BYTES - 8, 8) == page_checksum(data.dptr);

	for (uint32_t i = page * PAGE_SLOTS, at = 0; good && at < PAGE_SLOTS; i++, at++) {
		s->seqs[i] = get(data.dptr + 8 * at, 8);
		good = s->seqs[i] <= (i < s->slots ? SEGMENT_SEQ_MAX : 0);
	}
	s->dirty[page] = false;
	free(data.dptr);
	return good ? NULL : "damaged: a page of its directory is missing or wrong";
}

/* --- What the file is --- */

static bool
write_meta(struct store *s)
{
	uint8_t meta[META_HEAD + LIFE_TEXT_MAX];
	const struct cache_limits *most = &s->terms.limits;
	uint32_t head[] = { htobe32(STORE_VERSION), htobe32(s->slots), htobe32(most->pairs),
	    htobe32(most->addresses), htobe32(most->names) };
	size_t life = strlen(s->terms.life);

	memcpy(meta, head, META_HEAD);
	memcpy(meta + META_HEAD, s->terms.life, life);
	return tdb_store(s->tdb, datum(META_KEY, 1), datum(meta, META_HEAD + life), 0) == 0;
}

static bool
take_life(struct store *s, const char *text, size_t n)
{
	struct life life;

	if (n > LIFE_TEXT_MAX || (n > 0 && life_parse((struct str){ text, n }, &life) != NULL))
		return false;
	memcpy(s->terms.life, text, n);
	s->terms.life[n] = '\0';
	return true;
}

/* Version 1 had it in microseconds. */
static bool
take_life_of_1(struct store *s, uint64_t life)
{
	char text[LIFE_TEXT_MAX];
	int n = life % SECOND == 0 ? snprintf(text, sizeof(text), "%llus",
	    (unsigned long long)(life / SECOND)) : snprintf(text, sizeof(text), "%llums",
	    (unsigned long long)(life / 1000));

	return life <= TIME_MAX && take_life(s, text, life > 0 ? (size_t)n : 0);
}

static bool
take_limits(struct store *s, const uint8_t *data)
{
	struct cache_limits *most = &s->terms.limits;

	*most = (struct cache_limits){ .pairs = (uint32_t)get(data, 4),
	    .addresses = (uint32_t)get(data + 4, 4), .names = (uint32_t)get(data + 8, 4) };
	return most->pairs <= CACHE_LIMIT_MAX && most->addresses <= CACHE_LIMIT_MAX &&
	    most->names <= CACHE_LIMIT_MAX;
}

static bool
take_terms(struct store *s, struct str meta)
{
	const uint8_t *data = (const uint8_t *)meta.p;
	size_t head = s->version == 2 ? META_HEAD_OF_2 : META_HEAD;

	if (s->version == 1)
		return meta.n == META_OF_1 && take_life_of_1(s, get(data + 4, 8));
	return meta.n >= head && take_life(s, meta.p + head, meta.n - head) &&
	    (s->version == 2 || take_limits(s, data + META_HEAD_OF_2));
}

static const char *
take_meta(struct store *s, struct str meta)
{
	static char text[96];
	const uint8_t *data = (const uint8_t *)meta.p;

	s->version = meta.n >= META_HEAD_OF_2 ? (uint32_t)get(data, 4) : 0;
	if (s->version == 0)
		return not_a_cache;
	if (s->version > STORE_VERSION) {
		snprintf(text, sizeof(text),
		    "a cache of version %lu, from a newer ipcache; this one knows up to %d",
		    (unsigned long)s->version, STORE_VERSION);
		return text;
	}
	return take_terms(s, meta) ? NULL : "damaged: its LIFE or its limits make no sense";
}

uint32_t
store_parse_meta(struct str meta, struct store_terms *terms)
{
	struct store s = { 0 };

	if (take_meta(&s, meta) != NULL)
		s.terms = (struct store_terms){ 0 };
	*terms = s.terms;
	return s.version;
}

/*
 * A transaction that was cut short is undone by tdb when it opens the file, which stays as long as
 * the transaction had made it, with anything in the rest. So that is cut off first: where tdb's
 * header says that there is something to undo, and its record of that says how long the file was.
 */
#define RECOVERY_AT 44		/* in the file: where the record is */
#define RECOVERY_PENDING 0xf53bc0e7u

/* The size of the file before a transaction that is to be undone; 0: there is none. */
static off_t
size_before(int fd)
{
	enum { NEXT, RECORD_LENGTH, SIZE_BEFORE, DATA_LENGTH, HASH, MAGIC, NUMBERS };
	uint32_t at, record[NUMBERS];

	if (pread(fd, &at, sizeof(at), RECOVERY_AT) != sizeof(at) || at == 0 ||
	    pread(fd, record, sizeof(record), at) != sizeof(record) ||
	    record[MAGIC] != RECOVERY_PENDING)
		return 0;
	/* The record itself has to stay. */
	return at < record[SIZE_BEFORE] && record[RECORD_LENGTH] < record[SIZE_BEFORE] -
	    at ? record[SIZE_BEFORE] : 0;
}

/* The record stands at the file's end, or near: whether it is all there. */
static bool
is_cut_short(const struct store *s)
{
	uint32_t at, record[2];
	int fd = tdb_fd(s->tdb);

	return pread(fd, &at, sizeof(at), RECOVERY_AT) == sizeof(at) && at != 0 &&
	    (pread(fd, record, sizeof(record), at) != sizeof(record) ||
	    store_size(s) < (uint64_t)at + record[1]);
}

/* Reads what the file is, and the directory. */
static const char *
read_head(struct store *s)
{
	TDB_DATA meta = tdb_fetch(s->tdb, datum(META_KEY, 1));
	const char *why = take_meta(s, (struct str){ (char *)meta.dptr, meta.dsize });
	uint64_t slots = why == NULL && s->version > 1 ? get(meta.dptr + 4, 4) : 0;

	free(meta.dptr);
	if (why == NULL && (slots * SEGMENT_SIZE > store_size(s) || is_cut_short(s)))
		why = "damaged: truncated";
	if (why == NULL && s->version > 1 && slots == 0)
		why = "damaged: it has no slots";
	if (why != NULL)
		return why;
	s->pages = 0;
	set_slots(s, (uint32_t)slots);
	for (uint32_t i = 0; i < s->pages && why == NULL; i++)
		why = read_page(s, i);
	return why;
}

/* --- Opening --- */

static struct store *
new_store(const char *path)
{
	struct store *s = mem_zero(1, sizeof(*s));

	s->path = mem_dup(path, strlen(path) + 1);
	s->lock = -1;
	s->flags = O_RDWR;
	return s;
}

void
store_close(struct store *s)
{
	if (s->tdb != NULL)
		tdb_close(s->tdb);
	if (s->lock >= 0)
		/* After tdb's: to close a file drops all of a process's locks on it. */
		close(s->lock);
	if (s->place != NULL) {
		unlink(s->path);
		close(s->place_lock);
	}
	free(s->place);
	free(s->seqs);
	free(s->dirty);
	free(s->path);
	free(s);
}

static bool
is_same_file(int fd, const char *path)
{
	struct stat ours, theirs;

	return fstat(fd, &ours) == 0 && stat(path, &theirs) == 0 && ours.st_dev == theirs.st_dev &&
	    ours.st_ino == theirs.st_ino;
}

/*
 * The lock is on the file that has the name when it is got: another writer may have put a new one
 * in its place.
 */
const char *
store_lock(const char *path, int *fd)
{
	const char *why;

	for (;;) {
		*fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		if (*fd < 0)
			return reason("cannot be opened");
		if (flock(*fd, LOCK_EX | LOCK_NB) != 0)
			break;
		if (is_same_file(*fd, path))
			return NULL;
		close(*fd);
	}
	why = errno == EWOULDBLOCK ? store_in_use : reason("cannot be locked");
	close(*fd);
	*fd = -1;
	return why;
}

static bool
cut_back(int fd)
{
	off_t size = size_before(fd);
	struct stat st;

	return size == 0 || (fstat(fd, &st) == 0 && (st.st_size <= size ||
	    (ftruncate(fd, size) == 0 && fsync(fd) == 0)));
}

/* A reader does it only when no writer is at work. */
static void
cut_back_unlocked(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	bool pending = fd >= 0 && size_before(fd) > 0;

	if (fd >= 0)
		close(fd);
	if (!pending || store_lock(path, &fd) != NULL)
		return;
	cut_back(fd);
	close(fd);
}

/*
 * tdb makes an empty database of whatever it is allowed to create: so it never is, on a file that
 * exists.
 */
static const char *
open_file(struct store *s)
{
	if (s->lock < 0)
		cut_back_unlocked(s->path);
	else if (!cut_back(s->lock))
		return reason("cannot be cut");
	errno = 0;
	s->tdb = open_tdb(s->path, s->flags);
	if (s->tdb == NULL && (errno == EACCES || errno == EROFS) && s->lock < 0) {
		s->flags = O_RDONLY;
		s->tdb = open_tdb(s->path, s->flags);
	}
	if (s->tdb == NULL)
		return errno == EIO || errno == EINVAL ||
		    errno == 0 ? "damaged, or not a tdb file" : reason("cannot be opened");
	return read_head(s);
}

/*
 * After a failure tdb may be left in the middle of something: only to open the file again mends
 * that for sure.
 */
static const char *
reopen(struct store *s)
{
	struct store *fresh = new_store(s->path);
	const char *why;

	fresh->lock = s->lock;
	why = open_file(fresh);
	if (why == NULL) {
		s->tdb = fresh->tdb;
		fresh->tdb = NULL;
		if (fresh->slots > s->slots)	/* a transaction that seemed to fail has not */
			set_slots(s, fresh->slots);
	}
	fresh->lock = -1;
	store_close(fresh);
	return why;
}

/*
 * Opens the file again, cut to `size` unless that is 0. If that fails, it is tried again by and by.
 */
static const char *
fail(struct store *s, const char *what, off_t size)
{
	char text[sizeof(reason_text)];

	snprintf(text, sizeof(text), "%s", tdb_reason(s, what));
	tdb_close(s->tdb);
	s->tdb = NULL;
	if (size > 0 && size_before(s->lock) == 0 && ftruncate(s->lock, size) != 0)
		snprintf(text, sizeof(text), "%s", reason("cannot be cut"));
	reopen(s);
	return strcpy(reason_text, text);
}

/*
 * After a failed sync nobody knows what is on disk, so nothing may be written to the file any more.
 * tdb would take the mark off the way back, while what that leads back from is on disk in part: so
 * its descriptor leads to a pipe before it closes it. Without a pipe it is left open.
 */
static const char *
doubt(struct store *s, const char *why)
{
	int nowhere[2];

	s->doubtful = true;
	if (pipe2(nowhere, O_CLOEXEC) == 0) {
		if (dup3(nowhere[0], tdb_fd(s->tdb), O_CLOEXEC) >= 0)
			tdb_close(s->tdb);
		close(nowhere[0]);
		close(nowhere[1]);
	}
	s->tdb = NULL;
	return why;
}

/*
 * tdb syncs the way back, its mark, the new data, and the file with the mark taken off. When the
 * last of these syncs fails, it reports that, but returns success.
 */
static bool
commit_transaction(struct store *s)
{
	return tdb_transaction_commit(s->tdb) == 0 && tdb_said[0] == '\0';
}

static const char *
begin(struct store *s)
{
	if (s->doubtful)
		return "a sync has failed";
	tdb_said[0] = '\0';
	if (s->tdb == NULL)
		return reopen(s);
	return NULL;
}

/* Writes the first record, which says the present version, in a transaction of its own. */
static const char *
rewrite_meta(struct store *s, const char *what)
{
	const char *why = begin(s);

	if (why != NULL || (tdb_transaction_start(s->tdb) == 0 && write_meta(s) &&
	    commit_transaction(s)))
		return why;
	return doubt(s, tdb_reason(s, what));
}

static const char *grow(struct store *s);

const char *
store_create(struct store **made, const char *path, const struct store_terms *terms)
{
	struct store *s = new_store(path);
	const char *why = NULL;

	unlink(path);
	s->version = STORE_VERSION;
	s->terms = *terms;
	s->tdb = open_tdb(path, O_RDWR | O_CREAT | O_EXCL);
	if (s->tdb == NULL)
		why = reason("cannot be made");
	else if (!write_meta(s))
		why = tdb_reason(s, "cannot be written");
	else if ((why = store_lock(s->path, &s->lock)) == NULL)
		why = grow(s);
	if (why != NULL) {
		store_close(s);
		unlink(path);
	} else {
		*made = s;
	}
	return why;
}

/* A name in the folder of the file. */
static bool
name_beside(const char *path, const char *suffix, char out[4096])
{
	return (size_t)snprintf(out, 4096, "%s.%s", path, suffix) < 4096;
}

/*
 * A new file gets its name when it is complete, so that a crash leaves no half of one; link(2),
 * unlike rename(2), does not replace one that somebody else made meanwhile.
 */
static const char *
create_named(const char *path)
{
	static const struct store_terms none;
	char beside[4096], suffix[32];
	struct store *s;
	const char *why;

	snprintf(suffix, sizeof(suffix), "%ld", (long)getpid());
	if (!name_beside(path, suffix, beside))
		return "path too long";
	why = store_create(&s, beside, &none);
	if (why != NULL)
		return why;
	if (fsync(tdb_fd(s->tdb)) != 0)
		why = reason("cannot be written");
	store_close(s);
	if (why == NULL && link(beside, path) != 0 && errno != EEXIST)
		why = reason("cannot be made");
	unlink(beside);
	if (why == NULL && (errno = file_sync_folder(path)) != 0)
		why = reason("its folder cannot be written");
	return why;
}

/* s is what `fresh` was, which ends along with what s was. */
static void
become(struct store *s, struct store *fresh)
{
	struct store old = *s;

	*s = *fresh;
	*fresh = old;
	store_close(fresh);
}

/* Puts `fresh`, which is complete and on disk, in the place of s, and closes what s was. */
static const char *
replace(struct store *s, struct store *fresh)
{
	if (rename(fresh->path, s->path) != 0)
		return reason("cannot be put in place");
	free(fresh->path);
	fresh->path = mem_dup(s->path, strlen(s->path) + 1);
	become(s, fresh);
	s->doubtful = file_sync_folder(s->path) != 0;
	return NULL;
}

/* --- An older version --- */

struct visit {
	store_entries_fn *each;
	void *context;
	bool bad;
};

static int
visit_record1(struct tdb_context *tdb, TDB_DATA key, TDB_DATA value, void *context)
{
	static const bool gone = false;
	struct visit *v = context;
	struct answer a;

	(void)tdb;
	if (key.dsize == 1)
		return 0;
	if (store_v1_decode((struct str){ (char *)key.dptr, key.dsize },
	    (struct str){ (char *)value.dptr, value.dsize }, &a))
		v->each(&a, &gone, 1, NULL, NULL, v->context);
	else
		v->bad = true;
	return 0;
}

/* One lock for all, instead of a system call or two a record. */
static const char *
each_record1(struct store *s, store_entries_fn *each, void *context)
{
	struct visit v = { each, context, false };
	int n;

	if (tdb_lockall_read(s->tdb) != 0)
		return tdb_reason(s, "cannot be locked");
	n = tdb_traverse_read(s->tdb, visit_record1, &v);
	tdb_unlockall_read(s->tdb);
	return n < 0 ? tdb_reason(s, "damaged") : v.bad ? "damaged: invalid record" : NULL;
}

struct upgrade {
	struct store *to;
	struct segment segment;
	uint64_t seq;
	const char *why;
};

static void
flush_upgrade(struct upgrade *u)
{
	if (u->why != NULL || u->segment.entries == 0)
		return;
	u->seq++;
	segment_seal(&u->segment, u->seq, 1);
	u->why = store_write(u->to, (uint32_t)u->seq - 1, u->seq, u->segment.data);
	segment_begin(&u->segment);
}

/* Pairs of version 1 come one by one. */
static void
upgrade_pair(const struct answer *a, const bool *gone, size_t n, const struct segment_reader *r,
    const struct store_segment *at, void *context)
{
	struct upgrade *u = context;

	(void)gone, (void)n, (void)r, (void)at;
	if (!segment_put(&u->segment, a)) {
		flush_upgrade(u);
		segment_put(&u->segment, a);
	}
}

/* Version 3 only adds to what version 2 can say. */
static const char *
upgrade_2(struct store *s)
{
	const char *why = rewrite_meta(s, "cannot be upgraded");

	if (why == NULL)
		s->version = STORE_VERSION;
	return why;
}

static const char *
upgrade_1(struct store *s)
{
	char beside[4096];
	struct upgrade *u;
	const char *why;

	if (!name_beside(s->path, "new", beside))
		return "path too long";
	u = mem_zero(1, sizeof(*u));
	segment_begin(&u->segment);
	why = store_create(&u->to, beside, &s->terms);
	if (why == NULL) {
		why = each_record1(s, upgrade_pair, u);
		flush_upgrade(u);
		if (why == NULL && (why = u->why) == NULL && (why = store_commit(u->to)) == NULL)
			why = replace(s, u->to);
		if (why != NULL) {
			store_close(u->to);
			unlink(beside);
		}
	}
	free(u);
	return why;
}

const char *
store_claim(const char *path, enum store_mode mode, int *lock)
{
	const char *why;
	struct stat st;

	*lock = -1;
	if (mode == STORE_CREATE && stat(path, &st) != 0 && errno == ENOENT &&
	    (why = create_named(path)) != NULL)
		return why;
	return mode != STORE_READ ? store_lock(path, lock) : NULL;
}

const char *
store_open_claimed(struct store **opened, const char *path, int lock)
{
	struct store *s = new_store(path);
	const char *why;

	s->lock = lock;
	why = open_file(s);
	if (why == NULL && lock >= 0 && s->version != STORE_VERSION)
		why = s->version == 1 ? upgrade_1(s) : upgrade_2(s);
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

/* --- Reading --- */

const struct store_terms *
store_terms(const struct store *s)
{
	return &s->terms;
}

uint32_t
store_slots(const struct store *s)
{
	return s->slots;
}

uint64_t
store_size(const struct store *s)
{
	struct stat st;

	return s->tdb != NULL && fstat(tdb_fd(s->tdb), &st) == 0 ? (uint64_t)st.st_size : 0;
}

static int
compare_segments(const void *a, const void *b)
{
	const struct store_segment *x = a, *y = b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

struct store_segment *
store_log(const struct store *s, size_t *n)
{
	struct store_segment *log = mem_zero(s->slots + 1, sizeof(*log));

	*n = 0;
	for (uint32_t i = 0; i < s->slots; i++)
		if (s->seqs[i] != 0)
			log[(*n)++] = (struct store_segment){ .seq = s->seqs[i], .slot = i };
	qsort(log, *n, sizeof(*log), compare_segments);
	for (size_t i = 0; i < *n; i++)
		log[i].nth = i;
	return log;
}

static int
copy_segment(TDB_DATA key, TDB_DATA data, void *to)
{
	(void)key;
	if (data.dsize > SEGMENT_SIZE)
		return -1;
	memcpy(to, data.dptr, data.dsize);
	memset((char *)to + data.dsize, 0, SEGMENT_SIZE - data.dsize);
	return 0;
}

static const char *
damaged_slot(uint32_t slot, const char *why)
{
	snprintf(reason_text, sizeof(reason_text),
	    "damaged: segment in slot %lu: %s", (unsigned long)slot, why);
	return reason_text;
}

static const char *
open_segment(struct store *s, uint32_t slot, uint8_t data[SEGMENT_SIZE], struct segment_reader *r)
{
	uint8_t key[STORE_KEY_SIZE];
	const char *why;

	if (tdb_parse_record(s->tdb, numbered(key, STORE_SLOT_KEY, slot), copy_segment, data) != 0)
		return damaged_slot(slot, "it cannot be read");
	why = segment_open(r, data, SEGMENT_SIZE);
	if (why == NULL && r->seq != s->seqs[slot])
		why = "it is not the one that should be there";
	return why != NULL ? damaged_slot(slot, why) : NULL;
}

const char *
store_read(struct store *s, uint32_t slot, uint8_t data[SEGMENT_SIZE])
{
	struct segment_reader r;

	if (s->tdb == NULL)
		return "cannot be opened again";
	return open_segment(s, slot, data, &r);
}

/* The log begins with the number `begin`: no segment says that it began later. */
static const char *
each_entry(struct store *s, const struct store_segment *at, uint64_t begin, store_entries_fn *each,
    void *context)
{
	uint8_t data[SEGMENT_SIZE];
	struct answer entries[STORE_ENTRIES_MAX];
	bool gone[STORE_ENTRIES_MAX];
	struct segment_reader r;
	const char *why = open_segment(s, at->slot, data, &r);
	size_t n;

	if (why != NULL)
		return why;
	if (r.first > begin)
		return damaged_slot(at->slot, "it is from a log that began later");
	do {
		for (n = 0; n < STORE_ENTRIES_MAX && segment_next(&r, &entries[n], &gone[n]); n++)
			;
		if (n > 0)
			each(entries, gone, n, &r, at, context);
	} while (n == STORE_ENTRIES_MAX);
	return r.why == NULL ? NULL : damaged_slot(at->slot, r.why);
}

static const char *
each_of_log(struct store *s, store_entries_fn *each, void *context)
{
	const char *why = read_head(s);
	size_t n;
	struct store_segment *log;

	if (why != NULL)
		return why;
	log = store_log(s, &n);
	for (size_t i = 0; i < n && why == NULL; i++)
		why = i > 0 && log[i].seq == log[i - 1].seq ?
		    damaged_slot(log[i].slot, "its number is that of another one") :
		    each_entry(s, &log[i], log[0].seq, each, context);
	free(log);
	return why;
}

/*
 * Directory and segments are read under one lock: a writer would write over what it has freed
 * meanwhile.
 */
const char *
store_each(struct store *s, store_entries_fn *each, void *context)
{
	const char *why;

	if (s->version == 1)
		return each_record1(s, each, context);
	if (tdb_lockall_read(s->tdb) != 0)
		return tdb_reason(s, "cannot be locked");
	why = each_of_log(s, each, context);
	tdb_unlockall_read(s->tdb);
	return why;
}

/* --- Writing --- */

static bool
make_slot(struct store *s, uint32_t slot)
{
	static const uint8_t zeros[SLOT_SEED];
	uint8_t key[STORE_KEY_SIZE];

	return tdb_store(s->tdb, numbered(key, STORE_SLOT_KEY, slot), datum(zeros, sizeof(zeros)),
	    0) == 0;
}

/*
 * tdb lets a file grow, and then finds out that the disk is full; each trial would make the file
 * longer. So the room is asked for before: as much as tdb takes at most, for slots and for what it
 * needs to undo a transaction; it makes the file a quarter, or a hundred records, longer, and twice
 * at most.
 */
static bool
is_room(struct store *s)
{
	uint64_t size = store_size(s), more = size / 16 * 9 + 2 * 100 * SEGMENT_SIZE;

	return fallocate(tdb_fd(s->tdb), FALLOC_FL_KEEP_SIZE, (off_t)size, (off_t)more) == 0 ||
	    errno == EOPNOTSUPP || errno == ENOSYS;
}

/* What was asked for and is not used: behind the end of the file. */
static void
give_back_room(struct store *s)
{
	if (ftruncate(tdb_fd(s->tdb), (off_t)store_size(s)) != 0)
		return;		/* then it stays allotted, which does no harm */
}

/* The new slots are free, and on disk. */
static const char *
grow(struct store *s)
{
	uint32_t from = s->slots, pages = s->pages, more = from / 4 > GROW_BY ? from / 4 : GROW_BY;
	off_t size = (off_t)store_size(s);
	const char *why;
	bool good;

	if (!is_room(s))
		return reason("no room to grow");
	if (tdb_transaction_start(s->tdb) != 0)
		return fail(s, "no transaction", 0);
	set_slots(s, from + more);
	good = write_meta(s);
	for (uint32_t i = from; i < s->slots && good; i++)
		good = make_slot(s, i);
	for (uint32_t i = pages; i < s->pages && good; i++)
		good = write_page(s, i);
	why = !good ? fail(s, "cannot grow", size) : commit_transaction(s) ? NULL :
	    doubt(s, tdb_reason(s, "cannot grow"));
	if (why != NULL) {
		s->slots = from;
		s->pages = pages;
		return why;
	}
	give_back_room(s);
	return NULL;
}

const char *
store_write(struct store *s, uint32_t slot, uint64_t seq, const uint8_t data[SEGMENT_SIZE])
{
	uint8_t key[STORE_KEY_SIZE];
	const char *why = begin(s);

	while (why == NULL && slot >= s->slots)
		why = grow(s);
	if (why != NULL)
		return why;
	if (tdb_store(s->tdb, numbered(key, STORE_SLOT_KEY, slot),
	    datum(data, segment_length(data)), TDB_MODIFY) != 0)
		return fail(s, "cannot be written", 0);
	s->seqs[slot] = seq;
	s->dirty[slot / PAGE_SLOTS] = true;
	return NULL;
}

void
store_free(struct store *s, uint32_t slot)
{
	s->seqs[slot] = 0;
	s->dirty[slot / PAGE_SLOTS] = true;
}

/* The new file, which is on disk, gets its name. */
static const char *
take_place(struct store *s)
{
	if (rename(s->path, s->place) != 0)
		return reason("cannot be put in place");
	free(s->path);
	s->path = s->place;
	s->place = NULL;
	close(s->place_lock);
	errno = file_sync_folder(s->path);
	s->doubtful = errno != 0;
	return s->doubtful ? reason("its folder cannot be written") : NULL;
}

/* The segments have to be on disk before the directory that names them. */
const char *
store_commit(struct store *s)
{
	const char *why = begin(s);
	bool good = true;

	if (why != NULL)
		return why;
	if (fdatasync(tdb_fd(s->tdb)) != 0)
		return doubt(s, reason("cannot be written"));
	if (tdb_transaction_start(s->tdb) != 0)
		return fail(s, "no transaction", 0);
	for (uint32_t i = 0; i < s->pages && good; i++)
		if (s->dirty[i])
			good = write_page(s, i);
	if (!good)
		return fail(s, "the transaction failed", 0);
	if (!commit_transaction(s))
		return doubt(s, tdb_reason(s, "the transaction failed"));
	for (uint32_t i = 0; i < s->pages; i++)
		s->dirty[i] = false;
	return s->place != NULL ? take_place(s) : NULL;
}

bool
store_is_doubtful(const struct store *s)
{
	return s->doubtful;
}

const char *
store_renew(struct store *s)
{
	char beside[4096];
	struct store *fresh;
	const char *why;

	if (!name_beside(s->place != NULL ? s->place : s->path, "new", beside))
		return "path too long";
	why = store_create(&fresh, beside, &s->terms);
	if (why != NULL)
		return why;
	if (s->place != NULL) {		/* the new file was in doubt, too, and has lost its name */
		fresh->place = s->place;
		fresh->place_lock = s->place_lock;
		s->place = NULL;
	} else {
		fresh->place = s->path;
		fresh->place_lock = s->lock;
		s->path = NULL;
		s->lock = -1;
	}
	become(s, fresh);
	return NULL;
}

const char *
store_set_terms(struct store *s, const struct store_terms *terms)
{
	if (strcmp(s->terms.life, terms->life) == 0 &&
	    memcmp(&s->terms.limits, &terms->limits, sizeof(terms->limits)) == 0)
		return NULL;
	s->terms = *terms;
	return rewrite_meta(s, "its LIFE and limits cannot be written");
}

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
	char beside[4096];
	struct store *fresh;
	const char *why;

	if (!name_beside(s->path, "new", beside))
		return "path too long";
	why = store_create(&fresh, beside, &s->terms);
	if (why != NULL)
		return why;
	for (uint32_t i = 0; i < s->slots; i++)
		moved[i] = STORE_SLOT_NONE;
	why = copy_log(s, fresh, moved);
	if (why == NULL)
		why = replace(s, fresh);
	if (why == NULL)
		return NULL;
	store_close(fresh);
	unlink(beside);
	return why;
}

/* --- Checking --- */

struct check {
	struct store *store;
	void (*tell)(const char *what, void *context);
	void *context;
	uint32_t slots, pages;	/* found */
	bool wrong;
};

__attribute__((format(printf, 2, 3))) static void
tell(struct check *c, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	c->wrong = true;
	c->tell(text, c->context);
}

/* Every record is one that belongs there. */
static int
check_record(TDB_DATA key, TDB_DATA data, void *context)
{
	struct check *c = context;
	const struct store *s = c->store;
	uint32_t number = key.dsize == STORE_KEY_SIZE ? (uint32_t)get(key.dptr + 1, 4) : 0;

	if (key.dsize == 1 && key.dptr[0] == 0)
		return 0;
	if (key.dsize == STORE_KEY_SIZE && key.dptr[0] == STORE_SLOT_KEY && number < s->slots &&
	    data.dsize <= SEGMENT_SIZE)
		c->slots++;
	else if (key.dsize == STORE_KEY_SIZE && key.dptr[0] == PAGE_KEY && number < s->pages &&
	    data.dsize == PAGE_BYTES)
		c->pages++;
	else
		tell(c, "a record of %zu bytes does not belong there", data.dsize);
	return 0;
}

static void
ignore_entries(const struct answer *entries, const bool *gone, size_t n,
    const struct segment_reader *r, const struct store_segment *at, void *context)
{
	(void)entries, (void)gone, (void)n, (void)r, (void)at, (void)context;
}

static void
check_log(struct check *c)
{
	size_t n;
	struct store_segment *log = store_log(c->store, &n);
	const char *why;

	for (size_t i = 0; i < n; i++) {
		if (i > 0 && log[i].seq == log[i - 1].seq)
			tell(c, "the segments in slots %lu and %lu have the same number",
			    (unsigned long)log[i - 1].slot, (unsigned long)log[i].slot);
		if ((why = each_entry(c->store, &log[i], log[0].seq, ignore_entries,
		    NULL)) != NULL)
			tell(c, "%s", why);
	}
	free(log);
}

bool
store_check(struct store *s, void (*tell_what)(const char *what, void *context), void *context)
{
	struct check c = { .store = s, .tell = tell_what, .context = context };
	const char *why;

	tdb_said[0] = '\0';
	if (tdb_lockall_read(s->tdb) != 0) {
		tell(&c, "%s", tdb_reason(s, "cannot be locked"));
		return false;
	}
	why = read_head(s);
	if (why != NULL)
		tell(&c, "%s", why);
	if (tdb_check(s->tdb, s->version == 1 ? NULL : check_record, &c) != 0)
		tell(&c, "%s", tdb_reason(s, "damaged"));
	if (s->version == 1 && (why = each_record1(s, ignore_entries, NULL)) != NULL)
		tell(&c, "%s", why);
	if (s->version != 1 && (c.slots != s->slots || c.pages != s->pages))
		tell(&c, "%lu of %lu slots and %lu of %lu pages of the directory are there",
		    (unsigned long)c.slots, (unsigned long)s->slots, (unsigned long)c.pages,
		    (unsigned long)s->pages);
	if (s->version != 1 && why == NULL)
		check_log(&c);
	tdb_unlockall_read(s->tdb);
	return !c.wrong;
}
