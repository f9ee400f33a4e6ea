#define _GNU_SOURCE
#include "lab/replaced.h"

#include "store/writeback.h"

#include <errno.h>

#include "base/clock.h"
#include "in_store.h"

#define DEADLINE (20 * SECOND)

static int failing_syncs;	/* the number of syncs that will fail from now on */
static bool fail_commits;	/* each sync after a write of a segment fails */
static volatile bool segment_written;
static volatile bool slow_sync, syncing;	/* a sync takes 0.2 s; a sync has begun */
static long fail_writes_at = -1;	/* a full disk: writes beyond this offset fail; -1: none */

/* The next functions replace functions of the C library, also for libtdb. */
int
fdatasync(int fd)
{
	(void)fd;
	syncing = true;
	if (slow_sync)
		usleep(200000);
	if (failing_syncs == 0 && !(fail_commits && segment_written))
		return 0;
	failing_syncs -= failing_syncs > 0;
	segment_written = false;
	errno = EIO;
	return -1;
}

ssize_t
pwrite(int fd, const void *data, size_t n, off_t at)
{
	if (fail_writes_at >= 0 && at + (off_t)n > fail_writes_at) {
		errno = ENOSPC;
		return -1;
	}
	segment_written |= n > 4 && memcmp(data, "ipc1", 4) == 0;
	return replaced_pwrite(fd, data, n, at);
}

#if REPLACED_BOTH
ssize_t
pwrite64(int fd, const void *data, size_t n, off64_t at)
{
	return pwrite(fd, data, n, at);
}
#endif

static struct store *store;
static struct cache *cache;
static struct writeback *writeback;
static int64_t now;

static void
drop_route(const struct route *r)
{
	(void)r;
}

static void
pass_removal(const struct answer *a, uint32_t place, enum cache_end why)
{
	writeback_gone(writeback, a, place, why);
}

static void
start(int64_t interval)
{
	static struct life life;
	uint64_t refused;

	must(life_parse(STR("1h"), &life));
	now = SECOND * 1000;
	store = open_store(STORE_CREATE);
	must(writeback_new(&writeback, store, interval));
	cache = cache_new(1, &life, drop_route, pass_removal);
	must(writeback_load(writeback, cache, &refused));
	ck_assert_uint_eq(refused, 0);
	cache_end_load(cache, now);
}

/* Unsaved changes are lost, as after a crash. */
static void
stop(void)
{
	writeback_free(writeback);
	cache_free(cache);
	store_close(store);
}

static void
merge_range(uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i <= to; i++) {
		struct answer a = pair_of(i);

		a.time = now;
		a.first = -1;
		cache_merge(cache, &a, cache_key(cache, &a), now);
	}
}

/*
 * The number of entries that a crash would leave now. Counts them in a copy, because tdb opens a
 * file only once per process.
 */
static size_t
pairs_on_disk(void)
{
	struct store *reader;
	size_t n;

	copy_file("db", "copy");
	must(store_open(&reader, "copy", STORE_READ));
	n = count_pairs(reader);
	store_close(reader);
	return n;
}

static void
turn_once(void)
{
	static struct loop loop;

	loop_begin(&loop);
	writeback_turn(writeback, &loop);
	loop_wake(&loop, clock_mono() + SECOND / 100);
	loop_wait(&loop);
}

static void
turn_until_counted(const uint64_t *counter_of(struct writeback_counters *), uint64_t wanted)
{
	int64_t end = clock_mono() + DEADLINE;
	struct writeback_counters n;

	for (;;) {
		n = writeback_count(writeback);
		if (*counter_of(&n) >= wanted)
			return;
		ck_assert_int_lt(clock_mono(), end);
		turn_once();
	}
}

static const uint64_t *
commits_of(struct writeback_counters *n)
{
	return &n->commits;
}

static const uint64_t *
failures_of(struct writeback_counters *n)
{
	return &n->failed;
}

START_TEST(a_change_is_written_after_the_interval)
{
	int64_t begin;

	enter_folder();
	start(SECOND / 2);
	turn_once();
	begin = clock_mono();
	merge_range(1, 10);
	turn_until_counted(commits_of, 1);
	ck_assert_int_ge(clock_mono() - begin, SECOND / 2 / 5 * 4);
	ck_assert_uint_eq(pairs_on_disk(), 10);
	ck_assert_uint_eq(writeback_count(writeback).segments, 1);
	stop();
	leave_folder();
}
END_TEST

START_TEST(nothing_is_written_without_a_change)
{
	enter_folder();
	start(SECOND / 100);
	merge_range(1, 10);
	must(writeback_finish(writeback));
	must(writeback_finish(writeback));
	for (int i = 0; i < 10; i++)
		turn_once();
	ck_assert_uint_eq(writeback_count(writeback).commits, 1);
	ck_assert_uint_eq(writeback_count(writeback).written, 1);
	stop();
	leave_folder();
}
END_TEST

START_TEST(finish_saves_everything_and_a_crash_loses_uncommitted_changes)
{
	enter_folder();
	start(3600 * SECOND);
	merge_range(1, 2000);
	must(writeback_finish(writeback));
	merge_range(2001, 3000);
	turn_once();
	stop();
	start(3600 * SECOND);
	ck_assert_uint_eq(cache_pairs(cache), 2000);
	stop();
	leave_folder();
}
END_TEST

/* Changes that are merged while a job runs are in the next commit. */
START_TEST(changes_during_a_job_are_not_lost)
{
	enter_folder();
	start(SECOND / 100);
	for (uint32_t i = 0; i < 40; i++) {
		merge_range(100 * i + 1, 100 * i + 100);
		turn_once();
	}
	must(writeback_finish(writeback));
	stop();
	start(SECOND);
	ck_assert_uint_eq(cache_pairs(cache), 4000);
	stop();
	leave_folder();
}
END_TEST

START_TEST(a_removed_pair_does_not_return_after_a_load)
{
	struct answer a;

	enter_folder();
	start(SECOND);
	merge_range(1, 10);
	must(writeback_finish(writeback));
	a = pair_of(3);
	cache_remove(cache, cache_find(cache, &a.addr, a.name));
	a = pair_of(11);	/* a pair that was never written needs no entry "gone" */
	merge_range(11, 11);
	cache_remove(cache, cache_find(cache, &a.addr, a.name));
	must(writeback_finish(writeback));
	stop();
	ck_assert_uint_eq(pairs_on_disk(), 11);	/* ten, and an entry "gone" */
	start(SECOND);
	ck_assert_uint_eq(cache_pairs(cache), 9);
	a = pair_of(3);
	ck_assert_uint_eq(cache_find(cache, &a.addr, a.name), CACHE_NONE);
	stop();
	leave_folder();
}
END_TEST

START_TEST(on_a_full_disk_the_last_commit_remains_and_the_job_is_repeated)
{
	enter_folder();
	start(SECOND / 100);
	merge_range(1, 10);
	must(writeback_finish(writeback));
	merge_range(11, 20);
	fail_writes_at = 0;
	turn_until_counted(failures_of, 1);
	ck_assert_uint_eq(writeback_count(writeback).commits, 1);
	ck_assert_uint_eq(pairs_on_disk(), 10);
	fail_writes_at = -1;
	turn_until_counted(commits_of, 2);
	stop();
	start(SECOND);
	ck_assert_uint_eq(cache_pairs(cache), 20);
	stop();
	leave_folder();
}
END_TEST

START_TEST(a_failed_sync_leaves_the_last_commit_until_a_new_file_is_complete)
{
	struct stat before, after;

	enter_folder();
	start(SECOND / 100);
	merge_range(1, 10);
	must(writeback_finish(writeback));
	ck_assert_int_eq(stat("db", &before), 0);
	merge_range(11, 20);
	failing_syncs = 1;
	turn_until_counted(failures_of, 1);
	ck_assert_uint_eq(pairs_on_disk(), 10);
	turn_until_counted(commits_of, 2);
	ck_assert_int_eq(stat("db", &after), 0);
	ck_assert_uint_ne(before.st_ino, after.st_ino);
	ck_assert_uint_eq(pairs_on_disk(), 20);
	stop();
	start(SECOND);
	ck_assert_uint_eq(cache_pairs(cache), 20);
	stop();
	leave_folder();
}
END_TEST

/* Pairs must get places in the new file; otherwise segments with live pairs would be dropped. */
START_TEST(cleaning_the_log_of_a_new_file_keeps_all_pairs)
{
	enter_folder();
	start(SECOND);
	merge_range(1, 20000);
	failing_syncs = 1;
	must(writeback_finish(writeback));
	ck_assert_uint_eq(writeback_count(writeback).failed, 1);
	merge_range(20001, 20001);
	must(writeback_finish(writeback));
	stop();
	start(SECOND);
	ck_assert_uint_eq(cache_pairs(cache), 20001);
	stop();
	leave_folder();
}
END_TEST

/* All syncs fail, also the sync of the new file. */
START_TEST(finish_returns_the_reason_when_the_new_file_fails_also)
{
	const char *why;

	enter_folder();
	start(SECOND);
	merge_range(1, 10);
	must(writeback_finish(writeback));
	merge_range(11, 20);
	failing_syncs = 1000;
	why = writeback_finish(writeback);
	ck_assert_ptr_nonnull(why);
	ck_assert_uint_eq(writeback_count(writeback).failed, 2);
	failing_syncs = 0;
	stop();
	ck_assert_uint_eq(pairs_on_disk(), 10);
	leave_folder();
}
END_TEST

START_TEST(finish_attempts_a_new_file_once)
{
	enter_folder();
	start(SECOND);
	merge_range(1, 10);
	must(writeback_finish(writeback));
	merge_range(11, 20);
	fail_commits = true;
	ck_assert_ptr_nonnull(writeback_finish(writeback));
	ck_assert_uint_eq(writeback_count(writeback).failed, 2);
	fail_commits = false;
	stop();
	ck_assert_uint_eq(pairs_on_disk(), 10);
	leave_folder();
}
END_TEST

/* The next call repeats the failed job. */
START_TEST(finish_returns_the_reason_when_the_disk_is_full_and_can_be_repeated)
{
	const char *why;

	enter_folder();
	start(SECOND);
	merge_range(1, 10);
	must(writeback_finish(writeback));
	merge_range(11, 20);
	fail_writes_at = 0;
	why = writeback_finish(writeback);
	ck_assert(why != NULL && strstr(why, "No space left") != NULL);
	ck_assert_uint_eq(writeback_count(writeback).failed, 1);
	why = writeback_finish(writeback);
	ck_assert(why != NULL && strstr(why, "No space left") != NULL);
	ck_assert_uint_eq(pairs_on_disk(), 10);
	fail_writes_at = -1;
	must(writeback_finish(writeback));
	ck_assert_uint_eq(pairs_on_disk(), 20);
	ck_assert_uint_eq(writeback_count(writeback).commits, 2);
	stop();
	leave_folder();
}
END_TEST

/* Only the terms (LIFE and limits) were written, with a failed sync; the cache has not changed. */
START_TEST(finish_replaces_a_file_in_doubt_without_a_change)
{
	struct store_terms terms = { .life = "2h" };
	struct stat before, after;

	enter_folder();
	start(SECOND);
	merge_range(1, 10);
	must(writeback_finish(writeback));
	ck_assert_int_eq(stat("db", &before), 0);
	failing_syncs = 1;
	ck_assert_ptr_nonnull(store_set_terms(store, &terms));
	ck_assert(store_is_doubtful(store));
	must(writeback_finish(writeback));
	ck_assert(!store_is_doubtful(store));
	ck_assert_int_eq(stat("db", &after), 0);
	ck_assert_uint_ne(before.st_ino, after.st_ino);
	ck_assert_uint_eq(pairs_on_disk(), 10);
	stop();
	store = open_store(STORE_READ);
	ck_assert_str_eq(store_terms(store)->life, "2h");
	store_close(store);
	leave_folder();
}
END_TEST

START_TEST(finish_waits_for_a_running_job)
{
	int64_t end = clock_mono() + DEADLINE;

	enter_folder();
	start(SECOND / 1000);
	merge_range(1, 10);
	syncing = false;
	slow_sync = true;
	while (!syncing) {
		ck_assert_int_lt(clock_mono(), end);
		turn_once();
	}
	must(writeback_finish(writeback));
	slow_sync = false;
	ck_assert_uint_eq(writeback_count(writeback).commits, 1);
	ck_assert_uint_eq(pairs_on_disk(), 10);
	stop();
	leave_folder();
}
END_TEST

/* All pairs change in each round. The log stays below twice its live bytes plus 10 segments. */
START_TEST(a_log_with_few_live_pairs_is_cleaned)
{
	struct writeback_counters n;

	enter_folder();
	start(SECOND);
	for (int round = 0; round < 40; round++) {
		now += SECOND;
		merge_range(1, 3000);
		must(writeback_finish(writeback));
	}
	n = writeback_count(writeback);
	ck_assert_uint_ge(n.cleaned, 20);
	ck_assert_uint_le(n.segments, 2 * n.live_bytes / SEGMENT_SIZE + 10);
	stop();
	start(SECOND);
	ck_assert_uint_eq(cache_pairs(cache), 3000);
	stop();
	leave_folder();
}
END_TEST

UNIT_MAIN("writeback", a_change_is_written_after_the_interval, nothing_is_written_without_a_change,
    finish_saves_everything_and_a_crash_loses_uncommitted_changes,
    changes_during_a_job_are_not_lost,
    a_removed_pair_does_not_return_after_a_load,
    on_a_full_disk_the_last_commit_remains_and_the_job_is_repeated,
    a_failed_sync_leaves_the_last_commit_until_a_new_file_is_complete,
    cleaning_the_log_of_a_new_file_keeps_all_pairs,
    finish_returns_the_reason_when_the_new_file_fails_also,
    finish_attempts_a_new_file_once,
    finish_returns_the_reason_when_the_disk_is_full_and_can_be_repeated,
    finish_replaces_a_file_in_doubt_without_a_change, finish_waits_for_a_running_job,
    a_log_with_few_live_pairs_is_cleaned)
