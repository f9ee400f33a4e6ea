#define _GNU_SOURCE
#include "lab/replaced.h"

#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "unit.h"

/*
 * --- Power cuts: records the operations on the store's file, and repeats a part of them ---
 */

struct operation {
	enum { WRITE, TRUNCATE, SYNC } what;
	off_t at;		/* the offset of a write, or the new size */
	size_t n;
	uint8_t *data;		/* owned */
};

static struct operation *operations;
static size_t operations_n, operations_cap;
static bool recording;
static long fail_writes_at = -1;	/* a full disk: writes beyond this offset fail; -1: none */

static void
record(struct operation o)
{
	if (!recording)
		return;
	operations = mem_grow(operations, operations_n, &operations_cap, sizeof(*operations));
	operations[operations_n++] = o;
}

/* The next functions replace functions of the C library, also for libtdb. */
ssize_t
pwrite(int fd, const void *data, size_t n, off_t at)
{
	if (fail_writes_at >= 0 && at + (off_t)n > fail_writes_at) {
		errno = ENOSPC;
		return -1;
	}
	record((struct operation){ WRITE, at, n, recording ? mem_dup(data, n) : NULL });
	return replaced_pwrite(fd, data, n, at);
}

#if REPLACED_BOTH
ssize_t
pwrite64(int fd, const void *data, size_t n, off64_t at)
{
	return pwrite(fd, data, n, at);
}
#endif

int
ftruncate(int fd, off_t size)
{
	record((struct operation){ TRUNCATE, size, 0, NULL });
	return replaced_ftruncate(fd, size);
}

#if REPLACED_BOTH
int
ftruncate64(int fd, off64_t size)
{
	return ftruncate(fd, size);
}
#endif

int
fdatasync(int fd)
{
	(void)fd;
	record((struct operation){ SYNC, 0, 0, NULL });
	return 0;
}

/* Not recorded: this is called for directories, and for new files that have no name yet. */
int
fsync(int fd)
{
	(void)fd;
	return 0;
}

/* Reserves nothing. Fails like a write on a full disk. */
int
fallocate(int fd, int mode, off_t at, off_t n)
{
	(void)fd, (void)mode;
	errno = ENOSPC;
	return fail_writes_at >= 0 && at + n > fail_writes_at ? -1 : 0;
}

#if REPLACED_BOTH
int
fallocate64(int fd, int mode, off64_t at, off64_t n)
{
	return fallocate(fd, mode, at, n);
}
#endif

static char path[256], cut_path[256];

static void
in_a_folder(void)
{
	const char *tmp = getenv("TMPDIR");
	static char folder[200];

	snprintf(folder, sizeof(folder), "%s/test_store.XXXXXX", tmp != NULL ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/db", folder);
	snprintf(cut_path, sizeof(cut_path), "%s/cut", folder);
}

static void
leave_folder(void)
{
	unlink(path);
	unlink(cut_path);
	*strrchr(path, '/') = '\0';
	ck_assert_int_eq(rmdir(path), 0);
}

/* The file after some of the recorded operations. */
struct image {
	uint8_t *data;
	size_t size, cap;
};

static void
image_resize(struct image *i, size_t size)
{
	if (size > i->cap) {
		i->cap = size + size / 2;
		i->data = mem_resize(i->data, i->cap, 1);
	}
	if (size > i->size)
		memset(i->data + i->size, 0, size - i->size);
	i->size = size;
}

/* A write reaches the disk completely, not at all, or in some sectors. */
static void
image_write(struct image *i, const struct operation *o, bool whole)
{
	uint32_t fate = whole ? 0 : any_below(3);

	if (fate == 1)
		return;
	if ((size_t)o->at + o->n > i->size)
		image_resize(i, (size_t)o->at + o->n);
	for (size_t n = 0; n < o->n;) {
		size_t sector = 512 - ((size_t)o->at + n) % 512;

		if (sector > o->n - n)
			sector = o->n - n;
		if (fate == 0 || any_below(2) != 0)
			memcpy(i->data + o->at + n, o->data + n, sector);
		n += sector;
	}
}

static void
image_do(struct image *i, const struct operation *o, bool whole)
{
	if (o->what == WRITE)
		image_write(i, o, whole);
	else if (o->what == TRUNCATE && (whole || any_below(2) != 0))
		image_resize(i, (size_t)o->at);
}

static void
write_image(const struct image *i)
{
	int fd = open(cut_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	size_t done = 0;

	ck_assert_int_ge(fd, 0);
	while (done < i->size) {
		ssize_t n = write(fd, i->data + done, i->size - done);

		ck_assert_int_gt(n, 0);
		done += (size_t)n;
	}
	close(fd);
}

/* --- Logs --- */

#define COMMITS 60
#define SEGMENTS 200

/*
 * For each commit: the numbers of the log's segments after it, and the number of operations until
 * its end.
 */
static struct commit {
	uint64_t seqs[SEGMENTS];
	size_t n, operations;
} commits[COMMITS + 1];

static struct store *
open_store(const char *file, enum store_mode mode)
{
	struct store *s = NULL;
	const char *why = store_open(&s, file, mode);

	ck_assert_msg(why == NULL, "%s", why);
	return s;
}

static void
write_segment(struct store *s, uint32_t slot, uint64_t seq)
{
	static struct segment segment;
	struct answer a = { .time = (int64_t)seq, .first = 0, .ttl = 1, .name = STR("a.example") };
	uint8_t bytes[4] = { 192, 0, 2, 1 };
	const char *why;

	segment_begin(&segment);
	for (uint32_t n = any_below(500) + 1; n > 0; n--) {
		bytes[3] = (uint8_t)n;
		bytes[2] = (uint8_t)(n >> 8);
		addr_from_bytes(&a.addr, bytes, 4);
		segment_put(&segment, &a);
	}
	segment_seal(&segment, seq, 1);
	why = store_write(s, slot, seq, segment.data);
	ck_assert_msg(why == NULL, "%s", why);
}

static void
note_commit(struct store *s, struct commit *c)
{
	struct store_segment *log = store_log(s, &c->n);

	ck_assert_uint_le(c->n, SEGMENTS);
	for (size_t i = 0; i < c->n; i++)
		c->seqs[i] = log[i].seq;
	c->operations = operations_n;
	free(log);
}

/* Writes some segments to free slots, frees some others, and commits. */
static void
change(struct store *s, uint64_t *seq)
{
	bool used[2 * SEGMENTS] = { false };
	size_t n;
	struct store_segment *log = store_log(s, &n);

	for (size_t i = 0; i < n; i++)
		used[log[i].slot] = true;
	for (uint32_t more = any_below(6); more > 0 && n < SEGMENTS - 6; more--) {
		uint32_t slot = 0;

		while (used[slot])
			slot++;
		used[slot] = true;
		write_segment(s, slot, ++*seq);
	}
	for (size_t i = 0; i < n && i < any_below(4); i++)
		store_free(s, log[i].slot);
	free(log);
	ck_assert_ptr_null(store_commit(s));
}

static void
fail_test(const char *what, void *context)
{
	(void)context;
	ck_abort_msg("%s", what);
}

static bool
is_commit(struct store *s, const struct commit *c)
{
	struct commit now;

	note_commit(s, &now);
	return now.n == c->n && memcmp(now.seqs, c->seqs, now.n * sizeof(now.seqs[0])) == 0;
}

/* When power is cut after `done` operations, the last complete commit or the next one remains. */
static void
check_cut(size_t done)
{
	struct store *s = open_store(cut_path, STORE_WRITE);
	size_t last = 0;

	while (last < COMMITS && commits[last + 1].operations <= done)
		last++;
	ck_assert(store_check(s, fail_test, NULL));
	ck_assert(is_commit(s, &commits[last]) ||
	    (last < COMMITS && is_commit(s, &commits[last + 1])));
	store_close(s);
}

static void
read_image(struct image *i)
{
	int fd = open(path, O_RDONLY);
	struct stat st;

	ck_assert(fd >= 0 && fstat(fd, &st) == 0);
	image_resize(i, (size_t)st.st_size);
	ck_assert_int_eq(read(fd, i->data, i->size), st.st_size);
	close(fd);
}

/* Applies the operations that precede the last sync before `at`: these are certainly on disk. */
static void
advance(struct image *i, size_t *done, size_t at)
{
	size_t last = at;

	while (last > *done && operations[last - 1].what != SYNC)
		last--;
	for (; *done < last; ++*done)
		image_do(i, &operations[*done], true);
}

START_TEST(a_power_cut_leaves_the_last_commit)
{
	struct image synced = { NULL, 0, 0 }, cut = { NULL, 0, 0 };
	struct store *s;
	uint64_t seq = 0;
	size_t done = 0;

	in_a_folder();
	s = open_store(path, STORE_CREATE);
	read_image(&synced);
	recording = true;
	for (int i = 1; i <= COMMITS; i++) {
		change(s, &seq);
		note_commit(s, &commits[i]);
	}
	recording = false;
	ck_assert_uint_gt(operations_n, 500);
	for (size_t i = 0; i <= operations_n; i += 1 + any_below(operations_n / 60)) {
		advance(&synced, &done, i);
		image_resize(&cut, 0);
		image_resize(&cut, synced.size);
		memcpy(cut.data, synced.data, synced.size);
		for (size_t j = done; j < i; j++)
			image_do(&cut, &operations[j], false);
		write_image(&cut);
		check_cut(i);
	}
	store_close(s);
	free(synced.data);
	free(cut.data);
	leave_folder();
}
END_TEST

/* Writes that enlarge the file fail on a full disk, and succeed when there is space again. */
START_TEST(a_full_disk_loses_no_commit)
{
	struct store *s;
	static struct segment segment;
	const struct answer a = { .addr.family = ADDR_V4, .name = STR("a.example") };
	uint64_t seq = 0;
	uint32_t slot = 0;

	in_a_folder();
	s = open_store(path, STORE_CREATE);
	for (int i = 0; i < 12; i++) {
		struct commit before;
		uint64_t size = store_size(s);
		int failed = 0;

		note_commit(s, &before);
		fail_writes_at = (long)size;
		segment_begin(&segment);
		segment_put(&segment, &a);
		segment_seal(&segment, ++seq, 1);
		for (; failed < 3 && store_write(s, slot, seq, segment.data) != NULL; failed++)
			;
		ck_assert_uint_le(store_size(s), size);
		fail_writes_at = -1;
		ck_assert(failed == 0 || is_commit(s, &before));
		ck_assert_ptr_null(store_write(s, slot, seq, segment.data));
		ck_assert_ptr_null(store_commit(s));
		ck_assert(store_check(s, fail_test, NULL));
		slot += 16;
	}
	store_close(s);
	leave_folder();
}
END_TEST

START_TEST(a_file_has_one_writer)
{
	struct store *s, *other;

	in_a_folder();
	s = open_store(path, STORE_CREATE);
	ck_assert_ptr_eq(store_open(&other, path, STORE_WRITE), store_in_use);
	store_close(s);
	s = open_store(path, STORE_WRITE);
	store_close(s);
	leave_folder();
}
END_TEST

START_TEST(a_shrunk_file_has_the_same_log)
{
	static const struct store_terms terms = { "3h", { .addresses = 7 } };
	struct store *s;
	struct commit before;
	uint32_t *moved;
	uint64_t size;
	struct stat st;

	in_a_folder();
	s = open_store(path, STORE_CREATE);
	ck_assert_ptr_null(store_set_terms(s, &terms));
	for (uint32_t i = 0; i < 400; i++)
		write_segment(s, i, i + 1);
	ck_assert_ptr_null(store_commit(s));
	for (uint32_t i = 0; i < 390; i++)
		store_free(s, i);
	ck_assert_ptr_null(store_commit(s));
	note_commit(s, &before);
	size = store_size(s);
	moved = mem_zero(store_slots(s), sizeof(*moved));
	ck_assert_ptr_null(store_shrink(s, moved));
	ck_assert_uint_eq(moved[389], STORE_SLOT_NONE);
	ck_assert_uint_eq(moved[390], 0);
	ck_assert_uint_eq(moved[399], 9);
	ck_assert(is_commit(s, &before));
	ck_assert_uint_lt(store_size(s), size * 2 / 3);
	ck_assert_str_eq(store_terms(s)->life, "3h");
	ck_assert_uint_eq(store_terms(s)->limits.addresses, 7);
	ck_assert(store_check(s, fail_test, NULL));
	write_segment(s, 10, 401);
	ck_assert_ptr_null(store_commit(s));
	store_close(s);
	s = open_store(path, STORE_READ);
	ck_assert(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	note_commit(s, &before);
	ck_assert_uint_eq(before.n, 11);
	store_close(s);
	free(moved);
	leave_folder();
}
END_TEST

static struct segment handmade;

static void
write_handmade(struct store *s, uint32_t slot, uint64_t seq, uint64_t first)
{
	const struct answer a = { .addr.family = ADDR_V4, .name = STR("a.example") };

	segment_begin(&handmade);
	segment_put(&handmade, &a);
	segment_seal(&handmade, seq, first);
	ck_assert_ptr_null(store_write(s, slot, seq, handmade.data));
}

static void
count_entries(const struct answer *entries, const bool *gone, size_t n,
    const struct segment_reader *r, const struct store_segment *at, void *context)
{
	(void)entries, (void)gone, (void)r, (void)at;
	*(size_t *)context += n;
}

static void
note_what(const char *what, void *context)
{
	(void)what;
	*(bool *)context = true;
}

/* Loading and checking refuse logs that no writer creates, and name the slot. */
START_TEST(a_forged_log_is_refused)
{
	static const struct { uint64_t seq, first; const char *why; } second[] = {
		{ 6, 5, NULL },
		{ 5, 5, "damaged: segment in slot 1: the sequence number occurs twice" },
		{ 7, 6, "damaged: segment in slot 1: the segment is from a later log" },
	};

	for (size_t i = 0; i < sizeof(second) / sizeof(second[0]); i++) {
		struct store *s;
		size_t entries = 0;
		bool noted = false;
		const char *why;

		in_a_folder();
		s = open_store(path, STORE_CREATE);
		write_handmade(s, 0, 5, 5);
		write_handmade(s, 1, second[i].seq, second[i].first);
		ck_assert_ptr_null(store_commit(s));
		why = store_each(s, count_entries, &entries);
		if (second[i].why == NULL)
			ck_assert(why == NULL && entries == 2);
		else
			ck_assert_str_eq(why, second[i].why);
		ck_assert(store_check(s, note_what, &noted) == (second[i].why == NULL));
		ck_assert(noted == (second[i].why != NULL));
		store_close(s);
		leave_folder();
	}
}
END_TEST

UNIT_MAIN("store", a_forged_log_is_refused, a_power_cut_leaves_the_last_commit,
    a_full_disk_loses_no_commit, a_file_has_one_writer, a_shrunk_file_has_the_same_log)
