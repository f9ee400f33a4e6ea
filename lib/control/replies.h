/*
 * Where the lines of an answer (reply.h) go: to stdout, to stderr, and to the exit status.
 */
#ifndef REPLIES_H
#define REPLIES_H

#include "io/out.h"
#include "base/str.h"

/* With so much waiting for the reader of stdout, no more is to be taken. */
#define REPLIES_HIGH (256 * 1024)

struct replies {
	struct out out;
	int status;	/* -1 till it has been said */
};

void replies_open(struct replies *r);

/* Takes a line, without its LF. What it brings for stdout waits to be written. */
void replies_take(struct replies *r, struct str line);

/* Writes to stdout, waiting for its reader, till no more than `level` bytes are left. */
void replies_drain(struct replies *r, size_t level);

/*
 * Writes what is left. The exit status: 2 when there is none, `cut` being the words for that, or
 * when stdout failed; a reader of stdout that has gone away is no failure.
 */
int replies_close(struct replies *r, const char *cut);

#endif
