/*
 * The TCP connection of a session: opens and ends it when the session requests so, and transports
 * its bytes. The bytes of one turn are limited, so that no peer delays another.
 */
#ifndef CONN_H
#define CONN_H

#include "bgp/peer_config.h"
#include "bgp/session.h"
#include "io/loop.h"

struct conn {
	struct session *session;	/* not owned */
	const struct peer_config *peer;	/* not owned */
	int fd;				/* -1: none */
	bool connecting;
	bool sent_all;			/* while ending: the end was sent to the peer */
	int64_t end_at;			/* deadline for closing; NEVER: not ending */
	size_t place;			/* in the poll set */
};

void conn_open(struct conn *c, struct session *s, const struct peer_config *p);

/* Before waiting: adds the descriptor and the next timer to the loop. */
void conn_begin(struct conn *c, struct loop *l);

/* After waiting: reads, calls session_turn, connects or ends as it requests, and writes. */
void conn_turn(struct conn *c, const struct loop *l, int64_t now);

/* No connection is open, connecting or ending. */
static inline bool
conn_is_closed(const struct conn *c)
{
	return c->fd < 0;
}

/* Closes the connection immediately. */
void conn_free(struct conn *c);

#endif
