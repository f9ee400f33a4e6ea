/*
 * What a control socket does for a client: a job. The client's first line, the request, begins it;
 * more lines, and their end, may follow. A job deals with lines, bytes and the time passed to it,
 * never with a descriptor. What it appends to `out` are the lines of an answer (control_reply.h),
 * of which the last is the status.
 *
 * Between open and close the job stays where it is.
 */
#ifndef SERVICE_H
#define SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define SERVICE_KINDS 4		/* at most */

/* A kind of jobs, which may have a part of the slots of the control socket only. */
struct service_kind {
	size_t most;		/* jobs at once; 0: as many as there are slots */
	const char *full;	/* the reason for which one more is refused */
};

struct service {
	size_t job_size;	/* bytes of a job */
	size_t line_max;	/* the longest line after the request, without its LF */
	size_t step_max;	/* the most bytes that one call appends */
	const void *host;	/* for open */

	/* Begins a job. NULL, or the reason why the line is no request: then there is no job. */
	const char *(*open)(void *job, const void *host, struct str request, struct buf *out);
	void (*close)(void *job);	/* NULL: nothing is to be freed */

	/* The kinds, and that of a job that was just opened. NULL: all jobs are alike. */
	const struct service_kind *kinds;
	unsigned (*kind)(const void *job);

	/* The job waits for the next line, or for the end of the lines. */
	bool (*takes)(const void *job);
	/*
	 * While it takes: a line, without its LF, with its number from 1; a line that could not be
	 * read, and why; the end of the lines. `now` is wall time.
	 */
	void (*line)(void *job, struct str line, uint64_t number, int64_t now, struct buf *out);
	void (*bad_line)(void *job, uint64_t number, const char *why, struct buf *out);
	void (*end)(void *job, struct buf *out);

	/*
	 * When step must be called next, monotonic: 0 at once, NEVER not at all. NULL: all of the
	 * work is done as lines are given.
	 */
	int64_t (*due)(const void *job);
	void (*step)(void *job, int64_t now, struct buf *out);

	/* The program has no room for what the job would do next. NULL: it always has. */
	bool (*is_held_up)(const void *job);
	/* The job is carried through although the client has gone. NULL: no. */
	bool (*outlives_client)(const void *job);
	/* The status has been appended. */
	bool (*is_done)(const void *job);
};

#endif
