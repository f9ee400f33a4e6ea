/*
 * The common part of the filters: lines in, lines out, and when to read, write, wait and end.
 *
 *	filter_open(&f, LINE_MAX);
 *	while (filter_begin(&f), loop_wake(&f.loop, ...), filter_wait(&f))
 *		while (filter_line(&f, &line))
 *			... append to f.out.buf ...
 *	return filter_close(&f);
 *
 * pace.h states when output is written, drain.h how a filter ends on SIGTERM or SIGINT. While the
 * reader of stdout does not keep up, the filter reads nothing. When it is gone, the filter ends.
 */
#ifndef FILTER_H
#define FILTER_H

#include "base/log.h"
#include "io/drain.h"
#include "io/kind.h"
#include "io/linereader.h"
#include "io/linewriter.h"
#include "io/loop.h"
#include "io/pace.h"

/* The least room in the output buffer for lines that are made between two waits. */
#define FILTER_ROOM (4 * 1024 * 1024)

struct filter {
	struct linereader in;
	struct linewriter out;
	/* Has stdin and stdout after filter_begin; a program may add descriptors. */
	struct loop loop;
	bool lossy;		/* set by the program: drop output instead of waiting */
	/* Set by the program: continue after the end of stdin, until a signal. */
	bool outlives_input;
	uint64_t lost;		/* lines of output dropped by a lossy filter */
	uint64_t bad_lines;	/* too long, cut off, or reported by filter_bad */
	struct log_limit limit;	/* for messages about them */
	const struct kind *kind;	/* of stdin, if it is not lines; else NULL */

	struct pace pace;
	struct drain drain;
	bool more;		/* `in` may hold whole lines */
	bool reading;		/* stdin is in the poll set */
	size_t stdin_at;	/* its index in the poll set */
};

/* Opens stdin and stdout; `line_max` is the longest line in bytes, without its LF. */
void filter_open(struct filter *f, size_t line_max);

/* Begins a turn with a new poll set. */
void filter_begin(struct filter *f);

/* Waits for events; reads and writes. False when the filter must end. */
bool filter_wait(struct filter *f);

/*
 * The next line, valid until filter_wait. False when there is none now, or the output is full.
 * Lines that are too long or cut off are reported and skipped.
 */
bool filter_line(struct filter *f, struct str *line);

/*
 * Reports and counts the current line. If the first line shows that stdin is not lines, this is
 * reported instead, once.
 */
void filter_bad(struct filter *f, const char *why);

/* Ends the line that begins at `mark` in f->out.buf; reports and removes it if it does not fit. */
void filter_end_line(struct filter *f, size_t mark);

/*
 * For a filter that makes many lines from one event, before each line: waits while too much output
 * is pending. Replaces the poll set.
 */
void filter_make_room(struct filter *f);

/* Writes the rest. 0, or 2 with a message after an error in reading or writing. */
int filter_close(struct filter *f);

#endif
