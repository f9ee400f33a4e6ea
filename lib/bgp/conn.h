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
	bool watched;			/* acknowledgements cause a turn of the loop */
	bool counts_acks;		/* the kernel counts acknowledged bytes */
	uint64_t acks_before;		/* its count before the session's first byte */
};

/* `watched`: the caller uses conn_acked, so that its loop must wake up when the number changes. */
void conn_open(struct conn *c, struct session *s, const struct peer_config *p, bool watched);

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

/*
 * The number of bytes of this connection that the peer's system has acknowledged; or the number of
 * written bytes if the kernel does not count them.
 */
uint64_t conn_acked(const struct conn *c);

/* Closes the connection immediately. */
void conn_free(struct conn *c);

#endif
