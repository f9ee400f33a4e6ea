/*
 * A command of ipcache from the side of its user: selectors or lines from stdin go to the command,
 * its reply to stdout, stderr and the exit status. The `run` that has the DB executes it, or this
 * process does on a cache that it has loaded.
 */
#ifndef REMOTE_H
#define REMOTE_H

#include "ipcache/command.h"
#include "ipcache/selector.h"

struct remote {
	struct control_proto request;
	const struct selector *words;	/* of export and delete; not owned */
	size_t words_n;
};

/* Executes it at the other end of the connection, and closes that. Returns the exit status. */
int remote_run(const struct remote *r, int fd);

/* Executes it on the cache of `host`. Returns the exit status. */
int remote_cache(const struct remote *r, const struct command_host *host);

#endif
