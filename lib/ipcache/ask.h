/*
 * A command of ipcache as the one who gave it sees it: lines from stdin or words go to it, and what
 * it says to stdout, stderr and the exit status. Either the `run` that holds the DB does it, or we
 * do, on a cache that we have loaded.
 */
#ifndef ASK_H
#define ASK_H

#include "ipcache/command.h"
#include "ipcache/target.h"

struct ask {
	struct request request;
	const struct target *words;	/* of export and delete; not owned */
	size_t words_n;
};

/* Has it done at the other end of the connection, which is closed. Returns the exit status. */
int ask_run(const struct ask *a, int fd);

/*
 * Has it done on our own cache. Returns the exit status; what that did to the cache is to be saved
 * if it is below 2.
 */
int ask_cache(const struct ask *a, const struct command_host *host);

#endif
