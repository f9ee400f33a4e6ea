/*
 * Where the lines of an answer (control_reply.h) go: to stdout, to stderr, and to the exit status.
 */
#ifndef CONTROL_OUTPUT_H
#define CONTROL_OUTPUT_H

#include "base/str.h"
#include "io/linewriter.h"

/* With so much waiting for the reader of stdout, no more is to be taken. */
#define CONTROL_OUTPUT_HIGH (256 * 1024)

struct control_output {
	struct linewriter out;
	int status;	/* -1 till it has been said */
};

void control_output_open(struct control_output *r);

/* Takes a line, without its LF. What it brings for stdout waits to be written. */
void control_output_take(struct control_output *r, struct str line);

/* Writes to stdout, waiting for its reader, till no more than `level` bytes are left. */
void control_output_drain(struct control_output *r, size_t level);

/*
 * Writes what is left. The exit status: 2 when there is none, `cut` being the words for that, or
 * when stdout failed; a reader of stdout that has gone away is no failure.
 */
int control_output_close(struct control_output *r, const char *cut);

#endif
