/*
 * Jobs, which a server executes for the clients of its control socket. The first line of a client,
 * the request, opens a job; more lines may follow. A job handles lines, bytes and the time passed
 * to it, never a descriptor. It appends the lines of a reply (control_reply.h) to `out`; the last
 * one is the status. A job is not moved in memory while it is open.
 */
#ifndef SERVICE_H
#define SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define SERVICE_KINDS 4		/* at most */

/* A kind of jobs, and its limit. */
struct service_kind {
	size_t most;		/* open jobs; 0: only the limit of the socket */
	const char *full;	/* the reason given beyond that */
};

struct service {
	size_t job_size;	/* bytes of a job */
	size_t line_max;	/* the longest line after the request, without its LF */
	size_t step_max;	/* the most bytes that one call appends */
	const void *host;	/* for open */

	/* NULL, or the reason why the request is refused: then there is no job. */
	const char *(*open)(void *job, const void *host, struct str request, struct buf *out);
	void (*close)(void *job);	/* NULL: nothing to free */

	/* The kinds, and the kind of a job that was just opened. NULL: all jobs are alike. */
	const struct service_kind *kinds;
	unsigned (*kind)(const void *job);

	/* Whether the job waits for a line, or for the end of the lines. */
	bool (*takes)(const void *job);
	/*
	 * While it takes: a line without its LF, and its number from 1; a line that could not be
	 * read, and why; the end of the lines. `now` is wall time.
	 */
	void (*line)(void *job, struct str line, uint64_t number, int64_t now, struct buf *out);
	void (*bad_line)(void *job, uint64_t number, const char *why, struct buf *out);
	void (*end)(void *job, struct buf *out);

	/* When step must be called, monotonic: 0 now, NEVER not at all. NULL: without steps. */
	int64_t (*due)(const void *job);
	void (*step)(void *job, int64_t now, struct buf *out);

	/* Whether the program has no room for the effect of the next call. NULL: it always has. */
	bool (*is_held_up)(const void *job);
	/* Whether the job is completed after its client has gone. NULL: no. */
	bool (*outlives_client)(const void *job);
	/* Whether the status has been appended. */
	bool (*is_done)(const void *job);
};

#endif
