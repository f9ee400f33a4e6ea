/*
 * The control socket of a program that runs for long: its clients ask here for what it has in
 * memory, each connection for one job (service.h). A client that is slow, silent or hostile costs a
 * slot and its buffers, never time: a turn takes about a millisecond, whatever there is to do.
 *
 * When all slots are taken, a newcomer gets that of a client which has not said what it wants, or
 * has stood still for a minute; where there is none, it is refused. A service may limit the slots
 * of a kind of jobs: a client whose kind has none left is refused, although others are free.
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
	size_t n, polled;		/* of them; of those, in the poll set */
	struct control_conn_slots slots;
	size_t first;			/* whose turn it is */
	int64_t accept_at;		/* no newcomer is taken before, monotonic */
	uint64_t taken, refused;	/* clients; clients refused, or put out for others */
	size_t place;			/* of the listener in the poll set */
};

/* The socket of a DB: `db`.sock. False: that is too long for one. */
bool control_path_of(const char *db, control_path path);

/*
 * Listens at `path`, mode 0600; the path is not copied. NULL, or the reason why not, good until the
 * next call.
 */
const char *control_open(struct control *c, const char *path, const struct service *service);

/* Before waiting: puts all descriptors into the poll set, and names the nearest timer. */
void control_begin(struct control *c, struct loop *l);

/* After it: takes newcomers, and gives each client a turn as far as time allows. */
void control_turn(struct control *c, const struct loop *l);

/* Stops listening, and cuts off whoever is left. */
void control_close(struct control *c);

/* Clients that were refused, or closed to make room for others. */
uint64_t control_refused(const struct control *c);

#endif
