/*
 * Lines from a descriptor, in large blocks.
 */
#ifndef IN_H
#define IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define IN_BLOCK (256 * 1024)

struct in {
	int fd;
	char *data;		/* owned, IN_BLOCK bytes */
	size_t head, tail;	/* what was read and not yet taken */
	size_t line_max;	/* the longest line, without LF; at most IN_BLOCK / 2 */
	uint64_t line;		/* the number of the line taken last, from 1 */
	bool eof;		/* the end, or an error that ends it */
	int error;		/* errno of that error, or 0 */
	bool skipping;		/* within a line that is too long */
};

enum in_result {
	IN_LINE,	/* *line is the next line, without its LF, till the next in_read */
	IN_NONE,	/* no whole line is left: read again, or eof */
	IN_TOO_LONG,	/* a line longer than line_max was left out */
	/* At the end: *line is a last line without an LF, which may be the half of one. */
	IN_CUT_OFF,
};

void in_open(struct in *in, int fd, size_t line_max);

/* One read(2). Returns whether something came; otherwise eof may be set. */
bool in_read(struct in *in);

/* The next line of what was read. `in->line` is the number of the line spoken of. */
enum in_result in_line(struct in *in, struct str *line);

/*
 * What was read and not yet taken, from the beginning of a line on; nothing within one that is left
 * out.
 */
static inline struct str
in_ahead(const struct in *in)
{
	return (struct str){ in->data + in->head, in->skipping ? 0 : in->tail - in->head };
}

/* Takes lines that are ahead, of n bytes with the LF of each, which the caller has seen there. */
static inline void
in_take(struct in *in, size_t n, size_t lines)
{
	in->head += n;
	in->line += lines;
}

void in_free(struct in *in);

#endif
