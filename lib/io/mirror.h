/*
 * Copies the output of a program to a FIFO while a process reads it. Without a reader it costs ten
 * attempts a second to open the FIFO. A slow reader loses lines; a comment line reports how many. A
 * FIFO has one reader: two would each receive a part.
 */
#ifndef MIRROR_H
#define MIRROR_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct mirror {
	const char *path;	/* NULL: no FIFO; not copied */
	int fd;			/* -1: no reader */
	int64_t next;		/* when to check for a reader again, monotonic */
	uint64_t lost;		/* lines lost since the last report */
	struct buf rest;	/* of a line that was written in part */
};

/*
 * Creates the FIFO with mode 0600 unless it exists; it is not removed. NULL, or the reason: `path`
 * is no FIFO, or cannot be created.
 */
const char *mirror_open(struct mirror *t, const char *path);

/* Copies whole lines, each with its LF, if there is a reader. Never waits. */
void mirror_show(struct mirror *t, const char *lines, size_t n);

void mirror_close(struct mirror *t);

#endif
