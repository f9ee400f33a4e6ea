/*
 * A client of a control socket: sends a request with its lines, and prints the reply.
 */
#ifndef CONTROL_CLIENT_H
#define CONTROL_CLIENT_H

#include "base/buf.h"

struct control_client {
	struct str opening;	/* the request and the first lines after it, each with its LF */
	size_t line_max;	/* the longest line of the reply, without its LF */
	bool sends_stdin;	/* send the lines of stdin after `opening` */
	bool prints;		/* stop when stdout has no reader */
	const char *cut;	/* the error message for a reply that has no status */
};

/*
 * Connects to the program that listens at `path`. Returns the descriptor, or -1 with errno: ENOENT
 * or ECONNREFUSED when no program listens.
 */
int control_client_connect(const char *path);

/* Sends the request, prints the reply, and closes the connection. Returns the exit status. */
int control_client_run(const struct control_client *c, int fd);

#endif
