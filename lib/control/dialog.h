/*
 * A client at a control socket: it sends a request with its lines, and passes the answer (reply.h)
 * on to stdout, stderr and the exit status.
 */
#ifndef DIALOG_H
#define DIALOG_H

#include "base/buf.h"

struct dialog {
	struct str opening;	/* the request and the lines that follow it, each with its LF */
	size_t line_max;	/* the longest line of the answer, without its LF */
	bool sends_stdin;	/* the lines of stdin follow */
	bool prints;		/* the answer is of no use once stdout has no reader */
	const char *cut;	/* the message for an answer that ends without a status */
};

/*
 * A connection to the program that listens at this path, or -1 with errno: ENOENT or ECONNREFUSED
 * when there is none.
 */
int dialog_connect(const char *path);

/* Has the dialog over the connection, and closes it. Returns the exit status. */
int dialog_run(const struct dialog *d, int fd);

#endif
