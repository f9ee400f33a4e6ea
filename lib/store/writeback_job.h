/*
 * A job of the writeback's thread: it writes segments, frees slots, commits, and reads segments
 * that will be cleaned; or it shrinks the file.
 *
 * The thread of the program's loop fills a job and starts the job's thread. Until writeback_job_end
 * returns true, the job's thread owns the store, the fields above `store`, and the segments that
 * these fields point to. Each job has a new thread, so there is at most one. The only
 * synchronization is to join the thread.
 */
#ifndef WRITEBACK_JOB_H
#define WRITEBACK_JOB_H

#include <pthread.h>

#include "store/seglog.h"
#include "store/store.h"

#define WRITEBACK_JOB_SEGMENTS 16	/* the most segments that a job reads */

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
	uint32_t reads[WRITEBACK_JOB_SEGMENTS];	/* the parts to read after the commit */
	uint32_t read_slots[WRITEBACK_JOB_SEGMENTS];
	size_t reads_n;
	uint8_t (*read)[SEGMENT_SIZE];	/* owned; the segments that were read */
	uint32_t *moved;	/* owned; not NULL: the job only shrinks the file (store_shrink) */

	/* The result. */
	const char *why;	/* the reason of a failure (the job may be restarted), or NULL */
	bool not_begun;		/* the file is in doubt, and no new file could be created */
	bool unreadable;	/* a segment of `reads` cannot be read */
	uint32_t slots;		/* the number of slots in the file */
	uint64_t file_bytes;

	struct store *store;	/* not owned */
	pthread_t thread;
	bool running;
	int done[2];		/* a pipe; done[0] is readable when the thread has finished */
};

/* Initializes a job. Returns NULL, or the reason. */
const char *writeback_job_init(struct writeback_job *j, struct store *store);

/* Waits for the thread, then frees the memory and the pipe of the job. */
void writeback_job_free(struct writeback_job *j);

/* Frees the memory of a job whose thread has ended. The job is then empty. */
void writeback_job_clear(struct writeback_job *j);

/* Starts the thread. Returns 0, or an errno. */
int writeback_job_start(struct writeback_job *j);

/* Does not wait. True: the thread has ended, and j->why is the result. */
bool writeback_job_end(struct writeback_job *j);

#endif
