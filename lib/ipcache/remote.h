/*
 * A command of ipcache as the one who gave it sees it: lines from stdin or words go to it, and what
 * it says to stdout, stderr and the exit status. Either the `run` that holds the DB does it, or we
 * do, on a cache that we have loaded.
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

/* Has it done at the other end of the connection, which is closed. Returns the exit status. */
int remote_run(const struct remote *a, int fd);

/*
 * Has it done on our own cache. Returns the exit status; what that did to the cache is to be saved
 * if it is below 2.
 */
int remote_cache(const struct remote *a, const struct command_host *host);

#endif
