#include "store/writeback_job.h"

#include <poll.h>

#include "base/mem.h"
#include "in_store.h"
#include "store/store_private.h"

static struct writeback_job job;
static struct store *store;

static void
start_jobs(void)
{
	enter_folder();
	store = store_of_three();
	must(writeback_job_init(&job, store));
}

static void
end_jobs(void)
{
	writeback_job_free(&job);
	store_close(store);
	leave_folder();
}

static void
add_write(uint32_t slot, uint64_t seq, uint32_t from, uint32_t to)
{
	struct segment *segment = mem_alloc(sizeof(*segment));

	segment_begin(segment);
	for (uint32_t i = from; i <= to; i++) {
		struct answer a = pair_of(i);

		ck_assert(segment_put(segment, &a));
	}
	job.writes = mem_grow(job.writes, job.writes_n, &job.writes_cap, sizeof(*job.writes));
	job.writes[job.writes_n++] = (struct writeback_write){ 0, slot, seq, segment };
}

static void
run_job(void)
{
	struct pollfd fd = { .fd = job.done[0], .events = POLLIN };

	ck_assert(!writeback_job_end(&job));	/* the job has not started */
	ck_assert_int_eq(writeback_job_start(&job), 0);
	ck_assert_int_eq(poll(&fd, 1, 20000), 1);
	ck_assert(writeback_job_end(&job));
	ck_assert(!writeback_job_end(&job) && !job.running);
	ck_assert_int_eq(poll(&fd, 1, 0), 0);
}

START_TEST(a_job_writes_frees_and_commits)
{
	start_jobs();
	add_write(3, 4, 31, 40);
	add_write(4, 5, 41, 45);
	seglog_add_slot(&job.frees, 0);
	job.first = 2;
	job.commit = true;
	run_job();
	must(job.why);
	ck_assert_uint_eq(job.slots, store_slots(store));
	ck_assert_uint_eq(job.file_bytes, store_size(store));
	ck_assert_uint_eq(count_pairs(store), 35);
	end_jobs();
}
END_TEST

START_TEST(a_job_without_a_commit_leaves_the_log_on_disk)
{
	struct store *reader;

	start_jobs();
	add_write(3, 4, 31, 40);
	job.first = 1;
	run_job();
	must(job.why);
	copy_file("db", "copy");
	must(store_open(&reader, "copy", STORE_READ));
	ck_assert_uint_eq(count_pairs(reader), 30);
	store_close(reader);
	end_jobs();
}
END_TEST

START_TEST(a_job_reads_segments_or_reports_an_unreadable_one)
{
	start_jobs();
	job.read_slots[0] = 2;
	job.reads_n = 1;
	run_job();
	must(job.why);
	ck_assert(!job.unreadable);
	ck_assert_mem_eq(job.read[0], segment_of(3, 1, 21, 30), SEGMENT_SIZE);
	writeback_job_clear(&job);
	ck_assert(job.read == NULL && job.reads_n == 0 && job.store == store);
	job.read_slots[0] = 99999;
	job.reads_n = 1;
	run_job();
	must(job.why);
	ck_assert(job.unreadable);
	end_jobs();
}
END_TEST

/* The job fails because a directory has the name of the new file. */
START_TEST(a_failed_job_can_be_restarted)
{
	start_jobs();
	store_file_doubt(&store->file, NULL);
	add_write(0, 4, 31, 40);
	job.first = 4;
	job.commit = true;
	ck_assert_int_eq(mkdir("db.new", 0700), 0);
	run_job();
	ck_assert_str_eq(job.why, "cannot be created: File exists");
	ck_assert(job.not_begun && job.writes_n == 1);
	ck_assert_int_eq(rmdir("db.new"), 0);
	run_job();
	must(job.why);
	ck_assert(!job.not_begun);
	ck_assert_uint_eq(count_pairs(store), 10);
	end_jobs();
}
END_TEST

START_TEST(a_job_shrinks_the_file)
{
	start_jobs();
	store_free(store, 0);
	must(store_commit(store));
	job.moved = mem_alloc(store_slots(store) * sizeof(*job.moved));
	run_job();
	must(job.why);
	ck_assert(job.moved[0] == STORE_SLOT_NONE && job.moved[1] == 0 && job.moved[2] == 1);
	ck_assert_uint_eq(count_pairs(store), 20);
	end_jobs();
}
END_TEST

UNIT_MAIN("writeback_job", a_job_writes_frees_and_commits,
    a_job_without_a_commit_leaves_the_log_on_disk,
    a_job_reads_segments_or_reports_an_unreadable_one, a_failed_job_can_be_restarted,
    a_job_shrinks_the_file)
