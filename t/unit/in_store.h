/*
 * Helpers for tests of lib/store: a temporary working directory for each test, and segments with
 * numbered pairs.
 */
#ifndef IN_STORE_H
#define IN_STORE_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store.h"
#include "unit.h"

static char test_folder[200];

static inline void
enter_folder(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(test_folder, sizeof(test_folder), "%s/unit_store.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(test_folder));
	ck_assert_int_eq(chdir(test_folder), 0);
}

static inline void
leave_folder(void)
{
	DIR *files = opendir(".");

	for (struct dirent *file; (file = readdir(files)) != NULL;)
		if (file->d_name[0] != '.')
			unlink(file->d_name);
	closedir(files);
	ck_assert_int_eq(rmdir(test_folder), 0);
}

static inline void
must(const char *why)
{
	if (why != NULL)
		ck_abort_msg("%s", why);
}

static inline struct store *
open_store(enum store_mode mode)
{
	struct store *s = NULL;

	must(store_open(&s, "db", mode));
	return s;
}

static inline bool
is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

/* The pair with this number. Its texts are valid until the next call. */
static inline struct answer
pair_of(uint32_t n)
{
	static char name[32];
	struct answer a = { .time = 1000000 + n, .first = 1000, .ttl = 300 };
	uint8_t bytes[4] = { 64, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };

	ck_assert(addr_from_bytes(&a.addr, bytes, 4));
	snprintf(name, sizeof(name), "h%u.example", n);
	a.name = str_of(name);
	return a;
}

/* A sealed segment with the pairs from..to. It is valid until the next call. */
static inline const uint8_t *
segment_of(uint64_t seq, uint64_t first, uint32_t from, uint32_t to)
{
	static struct segment segment;

	segment_begin(&segment);
	for (uint32_t i = from; i <= to; i++) {
		struct answer a = pair_of(i);

		ck_assert(segment_put(&segment, &a));
	}
	segment_seal(&segment, seq, first);
	return segment.data;
}

/* The numbers of the pairs that store_each passes, in order. */
struct numbers {
	uint32_t list[4096];
	size_t n;
};

static inline void
note_numbers(const struct answer *entries, const bool *gone, size_t n,
    const struct segment_reader *r, const struct store_segment *at, void *context)
{
	struct numbers *numbers = context;

	(void)gone, (void)r, (void)at;
	for (size_t i = 0; i < n && numbers->n < 4096; i++)
		numbers->list[numbers->n++] = (uint32_t)(entries[i].time - 1000000);
}

static inline size_t
count_pairs(struct store *s)
{
	static struct numbers numbers;

	numbers.n = 0;
	must(store_each(s, note_numbers, &numbers));
	return numbers.n;
}

/* A store "db" with segments in the slots 0..2: pairs 1..10, 11..20, 21..30. */
static inline struct store *
store_of_three(void)
{
	struct store *s = open_store(STORE_CREATE);

	for (uint32_t i = 0; i < 3; i++)
		must(store_write(s, i, i + 1, segment_of(i + 1, 1, 10 * i + 1, 10 * i + 10)));
	must(store_commit(s));
	return s;
}

static inline void
copy_file(const char *from, const char *to)
{
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	char block[4096];
	ssize_t n;

	ck_assert(in >= 0 && out >= 0);
	while ((n = read(in, block, sizeof(block))) > 0)
		ck_assert_int_eq(write(out, block, (size_t)n), n);
	close(in);
	close(out);
}

/* Replaces each occurrence of the `n` bytes `text` in the file by `instead`. Returns the number. */
static inline size_t
change_file(const char *path, const void *text, const void *instead, size_t n)
{
	int fd = open(path, O_RDWR);
	struct stat st;
	char *data;
	size_t found = 0;

	ck_assert(fd >= 0 && fstat(fd, &st) == 0);
	data = malloc((size_t)st.st_size);
	ck_assert_int_eq(pread(fd, data, (size_t)st.st_size, 0), st.st_size);
	for (off_t at = 0; at + (off_t)n <= st.st_size; at++)
		if (memcmp(data + at, text, n) == 0) {
			ck_assert_int_eq(pwrite(fd, instead, n, at), (ssize_t)n);
			found++;
		}
	free(data);
	close(fd);
	return found;
}

#endif
