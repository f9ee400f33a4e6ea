/*
 * The TCP connection of a session: connects and disconnects when the session requests it, and
 * transfers the session's bytes, a limited number in a turn, so that no peer delays another.
 */
#ifndef CONN_H
#define CONN_H

#include "bgp/peer_config.h"
#include "bgp/session.h"
#include "io/loop.h"

struct conn {
	struct session *session;	/* not owned */
	const struct peer_config *peer;	/* not owned */
	int fd;				/* -1: no connection */
	bool connecting;
	bool sent_all;			/* while ending: the sending side is shut down */
	int64_t end_at;			/* deadline for closing; NEVER: not ending */
	size_t place;			/* index in the poll set */
};

void conn_open(struct conn *c, struct session *s, const struct peer_config *p);

/* Adds the descriptor and the next timer to the loop. Must be called before the loop waits. */
void conn_begin(struct conn *c, struct loop *l);

/*
 * Reads, calls session_turn, writes, and connects or disconnects as the session requests. Must be
 * called after the loop has waited.
 */
void conn_turn(struct conn *c, const struct loop *l, int64_t now);

/* Whether no connection is open, connecting or ending. */
static inline bool
conn_is_closed(const struct conn *c)
{
	return c->fd < 0;
}

/* Closes the connection immediately. */
void conn_free(struct conn *c);

#endif
