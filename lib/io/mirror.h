/*
 * A look at what passes: the lines that a program writes are given to whoever reads a FIFO, too.
 * While nobody does, it costs a try to open the FIFO ten times a second at most; a reader that
 * stalls loses lines, and is told how many by a comment line. A FIFO has one reader: two would each
 * get a part.
 */
#ifndef MIRROR_H
#define MIRROR_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct mirror {
	const char *path;	/* NULL: there is none; not copied */
	int fd;			/* -1: nobody looks */
	int64_t next;		/* when to see again whether somebody does, monotonic */
	uint64_t lost;		/* lines that the reader was not told of yet */
	struct buf rest;	/* of a line that the reader has got the beginning of */
};

/*
 * Creates the FIFO, for its owner alone, unless one is there; it stays at the end. NULL, or the
 * reason: what is at `path` is no FIFO, or none can be created.
 */
const char *mirror_open(struct mirror *t, const char *path);

/* Shows whole lines, each with its LF, if somebody looks. Never waits. */
void mirror_show(struct mirror *t, const char *lines, size_t n);

void mirror_close(struct mirror *t);

#endif
