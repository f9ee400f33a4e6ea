/*
 * A socket to listen on: a unix socket, a TCP port, or one that whoever started us has opened. A
 * unix socket appears under its path with its final mode and group and ready to be connected to,
 * and never otherwise.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include <stdbool.h>
#include <sys/types.h>

struct listener {
	int fd;			/* non-blocking; -1: closed */
	const char *name;	/* the path, or what it is called else; not copied */
	bool is_ours;		/* a unix socket that we made, and that listener_close removes */
	bool is_inherited;
	dev_t dev;
	ino_t ino;		/* of its file */
};

/*
 * Makes a unix socket; `group` is a name or a number, or NULL. A socket that nobody listens on any
 * more is replaced, anything else at `path` is not touched. NULL, or the reason why not, good until
 * the next call.
 */
const char *listener_open(struct listener *l, const char *path, mode_t mode, const char *group);

/*
 * Whether listener_open could create the socket while nobody listens there: its path, the folder,
 * and whether this process may give it to the group. `path` or `group` may be NULL. Creates
 * nothing. NULL, or the reason as above.
 */
const char *listener_check(const char *path, const char *group);

/*
 * Listens on TCP at `where`: ADDRESS:PORT, an IPv6 address in brackets. NULL, or the reason as
 * above.
 */
const char *listener_open_tcp(struct listener *l, const char *where);

/* Whether `where` names an address and a port. Opens nothing. NULL, or the reason as above. */
const char *listener_check_tcp(const char *where);

/* How many sockets we were started with (sd_listen_fds(3)); children are not to see them. */
int listener_inherited(void);

/* Takes the n-th of them, from 0. NULL, or the reason: it is no listening stream socket. */
const char *listener_inherit(struct listener *l, int n);

/* A connection, non-blocking, or -1 with errno as accept(2). */
int listener_accept(const struct listener *l);

/*
 * Lets nobody new connect. Who has connected is still to be accepted, till there is nobody; only
 * then is it to be closed. On TCP nothing can keep others out meanwhile. An inherited socket goes
 * on without us: it is closed.
 */
void listener_stop(struct listener *l);

/*
 * Stops listening, and removes the unix socket that we made if it is still the same. May be called
 * again.
 */
void listener_close(struct listener *l);

#endif
