/*
 * A unix socket to listen on. It appears under its path with its final mode and group and ready to be
 * connected to, and never otherwise.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include <sys/types.h>

struct listener {
	int fd;			/* non-blocking */
	const char *path;	/* not copied */
	dev_t dev;
	ino_t ino;		/* of the file we made */
};

/*
 * Makes the socket; `group` is a name or a number, or NULL. A socket that nobody listens on any more is
 * replaced, anything else at `path` is not touched. NULL, or the reason why not, good until the next call.
 */
const char *listener_open(struct listener *l, const char *path, mode_t mode, const char *group);

/* A connection, non-blocking, or -1 with errno as accept(2). */
int listener_accept(const struct listener *l);

/* Stops listening, and removes the socket if it is still the one that we made. */
void listener_close(struct listener *l);

#endif
