/*
 * A listening socket: a unix socket, a TCP port, or a socket inherited from the service manager. A
 * unix socket appears at its path after its mode and group are set and listen(2) has been called.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include <stdbool.h>
#include <sys/types.h>

struct listener {
	int fd;			/* the non-blocking socket; -1: closed */
	const char *name;	/* the path, or another name for messages; not copied */
	bool is_ours;		/* a unix socket that this process created and must remove */
	bool is_inherited;
	dev_t dev;
	ino_t ino;		/* `dev` and `ino` of the unix socket's file */
};

/*
 * Creates a unix socket; `group` is a name or a number, or NULL. An existing file at `path` is
 * replaced only if it is a socket at which no process listens. Returns NULL, or the reason of a
 * failure, valid until the next call.
 */
const char *listener_open(struct listener *l, const char *path, mode_t mode, const char *group);

/*
 * Checks whether listener_open could create the socket: the path, the folder, and the right to set
 * the group. `path` or `group` may be NULL. Returns NULL, or the reason as above.
 */
const char *listener_check(const char *path, const char *group);

/* Listens on TCP at ADDRESS:PORT or [ADDRESS]:PORT (IPv6). Returns NULL, or the reason as above. */
const char *listener_open_tcp(struct listener *l, const char *where);

/* Checks that `where` is an address and a port. Returns NULL, or the reason as above. */
const char *listener_check_tcp(const char *where);

/* Returns the number of inherited sockets (sd_listen_fds(3)), and hides it from child processes. */
int listener_inherited(void);

/* Uses the inherited socket `n`, counted from 0. Returns NULL, or the reason of a failure. */
const char *listener_inherit(struct listener *l, int n);

/* Returns a new connection, non-blocking, or -1 with the errno of accept(2). */
int listener_accept(const struct listener *l);

/*
 * Stops listening. A unix socket refuses new connections; the caller accepts the queued connections
 * and then calls listener_close. A TCP socket accepts connections until listener_close. An
 * inherited socket is closed, but stays open in the service manager.
 */
void listener_stop(struct listener *l);

/* Closes the socket; removes a unix socket unless another file replaced it. May be repeated. */
void listener_close(struct listener *l);

#endif
