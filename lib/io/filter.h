/*
 * What the filters have in common: lines in, lines out, and when to read, write, wait and end.
 *
 *	filter_open(&f, LINE_MAX);
 *	while (filter_begin(&f), loop_wake(&f.loop, ...), filter_wait(&f))
 *		while (filter_line(&f, &line))
 *			... append to f.out.buf ...
 *	return filter_close(&f);
 *
 * pace.h says when output is written, and drain.h how the filter ends on SIGTERM or SIGINT. While
 * the reader of stdout does not keep up, the filter reads nothing. When stdout has lost its reader,
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
#include "io/pace.h"

/* So many bytes of output, at least, are there for what is made of lines between two waits. */
#define FILTER_ROOM (4 * 1024 * 1024)

struct filter {
	struct linereader in;
	struct linewriter out;
	/* filter_begin puts stdin and stdout in it; a program may add its own. */
	struct loop loop;
	bool lossy;		/* set by the program: output is dropped rather than waited for */
	/* Set by the program: it goes on after the end of stdin, until a signal. */
	bool outlives_input;
	uint64_t lost;		/* lines of output dropped by a lossy filter */
	uint64_t bad_lines;	/* left out: too long, cut off, or handed to filter_bad */
	struct log_limit limit;	/* of the messages about them */
	const struct kind *kind;	/* of stdin, where it cannot be lines */

	struct pace pace;
	struct drain drain;
	bool more;		/* whole lines may be left in `in` */
	bool reading;		/* stdin is in the poll set */
	size_t stdin_at;	/* its place there */
};

/* From stdin to stdout; the longest line in bytes, without its LF. */
void filter_open(struct filter *f, size_t line_max);

/* Starts a turn: a new poll set. */
void filter_begin(struct filter *f);

/*
 * Waits for the turn's events, and reads and writes what is due. False when the filter is to end.
 */
bool filter_wait(struct filter *f);

/*
 * The next line; false when there is none now, or the output is full. Lines that are too long or
 * cut off at the end are reported and left out. The line is good till filter_wait is called.
 */
bool filter_line(struct filter *f, struct str *line);

/*
 * Reports the line that was taken last, and counts it. When the first line of the input shows that
 * stdin is something else, this is reported instead, once.
 */
void filter_bad(struct filter *f, const char *why);

/*
 * Ends what was appended to f->out.buf from `mark` on; a line that does not fit is reported and
 * left out.
 */
void filter_end_line(struct filter *f, size_t mark);

/*
 * For a filter that makes many lines out of one event: before each, waits while too much is waiting
 * to be written. The poll set of the turn is gone after it.
 */
void filter_make_room(struct filter *f);

/* Writes what is left. 0, or 2 with a message when reading or writing had failed. */
int filter_close(struct filter *f);

#endif
