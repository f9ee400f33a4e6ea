/*
 * What the writeback's thread does with the store: segments are written, slots freed, all of it
 * committed, and segments read that will be cleaned; or the file is made smaller.
 *
 * Ownership: the loop's thread fills a job and starts it. From then on until writeback_job_end
 * returns true, the job's thread owns the store, the fields above `store`, and the segments that
 * they point to. All else of the writeback always belongs to the loop's thread. A thread ends with
 * its job, so there is at most one, and joining it is the only synchronization.
 */
#ifndef WRITEBACK_JOB_H
#define WRITEBACK_JOB_H

#include <pthread.h>

#include "store/seglog.h"
#include "store/store.h"

#define WRITEBACK_JOB_SEGMENTS 16	/* read in a job */

/* A segment, and where it is written. */
struct writeback_write {
	uint32_t part, slot;
	uint64_t seq;
	struct segment *segment;	/* owned */
};

struct writeback_job {
	struct writeback_write *writes;	/* owned */
	size_t writes_n, writes_cap;
	struct seglog_slots frees;	/* owned */
	uint64_t first;		/* the number of the log's first segment */
	bool commit;
	uint32_t reads[WRITEBACK_JOB_SEGMENTS];	/* parts, after the commit */
	uint32_t read_slots[WRITEBACK_JOB_SEGMENTS];
	size_t reads_n;
	uint8_t (*read)[SEGMENT_SIZE];	/* owned: the segments that were read */
	uint32_t *moved;	/* owned; not NULL: only shrink the file (store_shrink) */

	/* The result. */
	const char *why;	/* it failed; it may be started again */
	bool not_begun;		/* there was no new file instead of one in doubt */
	bool unreadable;	/* a slot of `reads` */
	uint32_t slots;		/* of the file */
	uint64_t file_bytes;

	struct store *store;	/* not owned */
	pthread_t thread;
	bool running;
	int done[2];		/* a pipe: done[0] is readable when the thread has finished */
};

/* NULL, or the reason. */
const char *writeback_job_init(struct writeback_job *j, struct store *store);

/* Waits for the thread, and frees all that the job owns. */
void writeback_job_free(struct writeback_job *j);

/* Frees what the job of a thread that has ended owns; then it has nothing to do. */
void writeback_job_clear(struct writeback_job *j);

/* Starts the thread. 0, or an errno: there is no thread. */
int writeback_job_start(struct writeback_job *j);

/* True when the thread has finished, and is joined; then j->why says how it went. Does not wait. */
bool writeback_job_end(struct writeback_job *j);

#endif
