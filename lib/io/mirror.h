/*
 * Copies the output of a program to a FIFO while a process reads the FIFO. Without a reader, the
 * program tries to open the FIFO ten times a second. A slow reader loses lines; a comment line
 * reports the number of lost lines. Only one process should read: two would each receive a part.
 */
#ifndef MIRROR_H
#define MIRROR_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct mirror {
	const char *path;	/* the FIFO, not copied; NULL: no FIFO */
	int fd;			/* the open FIFO; -1: no reader */
	int64_t next;		/* time of the next check for a reader, monotonic */
	uint64_t lost;		/* lines lost since the last report */
	struct buf rest;	/* the rest of a line that was written in part */
};

/*
 * Creates the FIFO with mode 0600 unless it exists. The FIFO is never removed. Returns NULL, or the
 * reason: `path` is not a FIFO, or cannot be created.
 */
const char *mirror_open(struct mirror *t, const char *path);

/* Copies whole lines, each with its LF, if there is a reader. Never waits. */
void mirror_show(struct mirror *t, const char *lines, size_t n);

void mirror_close(struct mirror *t);

#endif
