/*
 * Executes a command for the user of ipcache: passes selectors or the lines of stdin to the
 * command, prints the reply and returns the exit status. The `ipcache run` that has the DB executes
 * the command; if there is none, this process does, on the cache that it has loaded.
 */
#ifndef REMOTE_H
#define REMOTE_H

#include "ipcache/command.h"
#include "ipcache/selector.h"

struct remote {
	struct control_proto request;
	const struct selector *words;	/* selectors of export and delete; not owned */
	size_t words_n;
};

/* Sends the request to the run at `fd`, and closes `fd`. Returns the exit status. */
int remote_run(const struct remote *r, int fd);

/* Executes the request on the cache of `host`. Returns the exit status. */
int remote_cache(const struct remote *r, const struct command_host *host);

#endif
