/*
 * Jobs, which a server executes for the clients of its control socket. The first line of a client,
 * the request, opens a job; more lines may follow. A job uses no descriptor: the server passes
 * lines and the time to it. The job appends the lines of a reply (control_reply.h) to `out`; the
 * last line is the status. A job is not moved in memory while it is open.
 */
#ifndef SERVICE_H
#define SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define SERVICE_KINDS 4		/* the most kinds of jobs of a service */

/* A kind of job, and its limit. */
struct service_kind {
	size_t most;		/* the most open jobs of this kind; 0: no own limit */
	const char *full;	/* the reason for refusing a job beyond the limit */
};

struct service {
	size_t job_size;	/* bytes of a job */
	size_t line_max;	/* the longest line after the request, without its LF */
	size_t step_max;	/* the most bytes that one call appends */
	const void *host;	/* passed to open */

	/* Opens a job. Returns NULL, or why the request is refused: then the job is not open. */
	const char *(*open)(void *job, const void *host, struct str request, struct buf *out);
	void (*close)(void *job);	/* NULL: nothing to free */

	/* The kinds of jobs, and the index of an open job's kind. NULL: one kind, no limit. */
	const struct service_kind *kinds;
	unsigned (*kind)(const void *job);

	/* Whether the job waits for a line, or for the end of the lines. */
	bool (*takes)(const void *job);
	/*
	 * Called only while `takes` is true: `line` for a line without its LF, `bad_line` for a
	 * line that could not be read, `end` after the last line. `number` counts lines from 1;
	 * `now` is wall time.
	 */
	void (*line)(void *job, struct str line, uint64_t number, int64_t now, struct buf *out);
	void (*bad_line)(void *job, uint64_t number, const char *why, struct buf *out);
	void (*end)(void *job, struct buf *out);

	/* The monotonic time of the next step; 0: now; NEVER: none. NULL: jobs have no steps. */
	int64_t (*due)(const void *job);
	void (*step)(void *job, int64_t now, struct buf *out);

	/* Whether the program has no room for the result of the next call. NULL: always room. */
	bool (*is_held_up)(const void *job);
	/* Whether the job is completed even if its client disconnects. NULL: no. */
	bool (*outlives_client)(const void *job);
	/* Whether the job has appended the status. */
	bool (*is_done)(const void *job);
};

#endif
