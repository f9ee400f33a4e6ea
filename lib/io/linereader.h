/* Lines from a descriptor, in large blocks. */
#ifndef LINEREADER_H
#define LINEREADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define LINEREADER_BLOCK (256 * 1024)

struct linereader {
	int fd;
	char *data;		/* owned, LINEREADER_BLOCK bytes */
	size_t head, tail;	/* offsets of the first byte not yet returned, and after the last */
	size_t line_max;	/* the longest line, without LF; at most LINEREADER_BLOCK / 2 */
	uint64_t line;		/* the number of the line returned last, from 1 */
	bool eof;		/* the input has ended, perhaps with an error */
	int error;		/* the errno of the read error, or 0 */
	bool skipping;		/* the line is too long: skip to the next LF */
};

enum linereader_result {
	LINEREADER_LINE, /* *line is the next line, without its LF; valid until linereader_read */
	LINEREADER_NONE, /* no whole line is in memory: read again unless eof is set */
	LINEREADER_TOO_LONG, /* a line longer than line_max was skipped */
	/* *line is the last line of the input, without an LF, perhaps incomplete. */
	LINEREADER_CUT_OFF,
};

void linereader_open(struct linereader *in, int fd, size_t line_max);

/* Calls read(2) once. True if data arrived; otherwise eof may be set. */
bool linereader_read(struct linereader *in);

/* Returns the next line of the data read; in->line is the number of the line. */
enum linereader_result linereader_line(struct linereader *in, struct str *line);

void linereader_free(struct linereader *in);

#endif
