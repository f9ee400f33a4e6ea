/*
 * The control socket of a long-running program: each connection asks for one job (service.h). A
 * slow, silent or hostile client occupies one of CONTROL_CLIENTS slots and buffers, but cannot
 * block the program: a turn of the loop serves clients for about a millisecond.
 *
 * When all slots are taken, a new client replaces a client without a request, or a client that has
 * been idle for a minute; otherwise the new client is refused. A service may also limit the slots
 * of each kind of job.
 */
#ifndef CONTROL_H
#define CONTROL_H

#include <sys/un.h>

#include "control/control_conn.h"
#include "io/listener.h"

#define CONTROL_CLIENTS 64

typedef char control_path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];

struct control {
	struct listener listener;
	const struct service *service;	/* not owned */
	struct control_conn *conns[CONTROL_CLIENTS];	/* owned */
	size_t n, polled;	/* clients in `conns`; the first `polled` are in the poll set */
	struct control_conn_slots slots;
	size_t first;		/* index of the client to serve first */
	int64_t accept_at;	/* monotonic time before which no client is accepted */
	uint64_t taken, refused;	/* counters: clients accepted; refused or replaced */
	size_t place;		/* index of the listener in the poll set */
};

/* Sets `path` to DB.sock, the socket of the DB at path `db`. False if too long for a socket. */
bool control_path_of(const char *db, control_path path);

/*
 * Listens on a socket at `path` with mode 0600; the path is not copied. Returns NULL, or the
 * reason, valid until the next call.
 */
const char *control_open(struct control *c, const char *path, const struct service *service);

/* Adds descriptors and timers to the loop. Call before the loop waits. */
void control_begin(struct control *c, struct loop *l);

/* Accepts and serves clients. Call after the loop has waited. */
void control_turn(struct control *c, const struct loop *l);

/* Closes the socket and all connections. */
void control_close(struct control *c);

/* The number of clients that were refused, or replaced by others. */
uint64_t control_refused(const struct control *c);

#endif
