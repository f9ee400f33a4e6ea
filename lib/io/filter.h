/*
 * The common part of the filters: reads and writes lines, and decides when to wait and to end.
 *
 *	filter_open(&f, LINE_MAX);
 *	while (filter_begin(&f), loop_wake(&f.loop, ...), filter_wait(&f))
 *		while (filter_line(&f, &line))
 *			... append to f.out.buf ...
 *	return filter_close(&f);
 *
 * pace.h states when output is written, drain.h how a filter ends on SIGTERM or SIGINT. While the
 * reader of stdout does not keep up, the filter reads nothing. When the reader has closed the pipe,
 * the filter ends.
 */
#ifndef FILTER_H
#define FILTER_H

#include "base/log.h"
#include "io/drain.h"
#include "io/kind.h"
#include "io/linereader.h"
#include "io/linewriter.h"
#include "io/loop.h"
#include "io/merge.h"
#include "io/pace.h"

/* The least room in the output buffer for the lines that a program adds between two waits. */
#define FILTER_ROOM (4 * 1024 * 1024)

struct filter {
	struct linereader in;
	struct linewriter out;
	/* Contains stdin and stdout after filter_begin; a program may add descriptors. */
	struct loop loop;
	bool lossy;		/* set by the program: drop output instead of waiting */
	/* Set by the program: continue after the end of stdin, until a signal. */
	bool outlives_input;
	struct merges *merges;	/* set by the program: more lines; or NULL */
	uint64_t lost;		/* lines of output dropped by a lossy filter */
	uint64_t bad_lines;	/* lines too long, cut off, or reported by filter_bad */
	struct log_limit limit;	/* the limit for messages about bad lines */
	const struct kind *kind;	/* the format of stdin, such as gzip; NULL: lines */

	const struct merge *source;	/* the FIFO of the current line; NULL: stdin */
	uint64_t stdin_read;	/* bytes */
	struct pace pace;
	struct drain drain;
	bool more;		/* `in` may hold whole lines */
	bool reading;		/* stdin is in the poll set */
	size_t stdin_at;	/* the index of stdin in the poll set */
};

/* Opens stdin and stdout; `line_max` is the longest line in bytes, without its LF. */
void filter_open(struct filter *f, size_t line_max);

/* Begins a turn of the loop with a new poll set. */
void filter_begin(struct filter *f);

/* Waits for events, reads and writes. False when the filter must end. */
bool filter_wait(struct filter *f);

/*
 * Returns the next line, valid until filter_wait. False when no whole line is left in memory, or
 * the output is full. Lines that are too long or cut off are reported and skipped.
 */
bool filter_line(struct filter *f, struct str *line);

/*
 * Counts the current line as bad and reports the reason. If the first line shows that stdin has
 * another format, only the format is reported, once.
 */
void filter_bad(struct filter *f, const char *why);

/*
 * Ends the line that begins at offset `mark` of f->out.buf. Removes a line that does not fit, and
 * reports the loss.
 */
void filter_end_line(struct filter *f, size_t mark);

/*
 * Waits while too much output is pending. A filter that writes many lines for one event calls this
 * before each line. Replaces the poll set.
 */
void filter_make_room(struct filter *f);

/* Writes all pending output. Returns 0, or 2 if reading or writing failed, which is logged. */
int filter_close(struct filter *f);

#endif
