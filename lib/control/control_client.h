/*
 * A client at a control socket: it sends a request with its lines, and passes the answer
 * (control_reply.h) on to stdout, stderr and the exit status.
 */
#ifndef CONTROL_CLIENT_H
#define CONTROL_CLIENT_H

#include "base/buf.h"

struct control_client {
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
int control_client_connect(const char *path);

/* Has the dialog over the connection, and closes it. Returns the exit status. */
int control_client_run(const struct control_client *d, int fd);

#endif
