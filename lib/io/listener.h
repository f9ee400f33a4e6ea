/*
 * A listening socket: a unix socket, a TCP port, or a socket inherited from the service manager. A
 * unix socket appears at its path only when its mode and group are set and it accepts connections.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include <stdbool.h>
#include <sys/types.h>

struct listener {
	int fd;			/* non-blocking; -1: closed */
	const char *name;	/* the path, or another name for messages; not copied */
	bool is_ours;		/* a unix socket that listener_open created and _close removes */
	bool is_inherited;
	dev_t dev;
	ino_t ino;		/* of its file */
};

/*
 * Creates a unix socket; `group` is a name or a number, or NULL. Replaces a socket without a
 * listening process, and nothing else. NULL, or the reason of a failure, valid until the next call.
 */
const char *listener_open(struct listener *l, const char *path, mode_t mode, const char *group);

/*
 * Whether listener_open could create the socket: checks the path, the folder, and whether this
 * process may assign the group. `path` or `group` may be NULL. Creates nothing. NULL, or the reason
 * as above.
 */
const char *listener_check(const char *path, const char *group);

/* Listens on TCP at ADDRESS:PORT, an IPv6 address in brackets. NULL, or the reason as above. */
const char *listener_open_tcp(struct listener *l, const char *where);

/* Whether `where` is an address and a port. Opens nothing. NULL, or the reason as above. */
const char *listener_check_tcp(const char *where);

/* The number of inherited sockets (sd_listen_fds(3)), which is hidden from child processes. */
int listener_inherited(void);

/* Uses the n-th inherited socket, from 0. NULL, or the reason of a failure. */
const char *listener_inherit(struct listener *l, int n);

/* Accepts a connection, non-blocking. -1 with errno as accept(2). */
int listener_accept(const struct listener *l);

/*
 * Refuses new connections. Accept the waiting ones, then close it. TCP cannot refuse any until
 * then. An inherited socket stays open in the service manager and is closed here.
 */
void listener_stop(struct listener *l);

/* Stops listening, and removes the unix socket unless it was replaced. May be called again. */
void listener_close(struct listener *l);

#endif
