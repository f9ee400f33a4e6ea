/*
 * The TCP connection under a session: opened and ended as the session asks, its bytes carried both
 * ways, so much a turn of the loop that no peer holds up the others.
 */
#ifndef CONN_H
#define CONN_H

#include "bgp/peer_config.h"
#include "bgp/session.h"
#include "io/loop.h"

struct conn {
	struct session *session;	/* not owned, as the next */
	const struct peer_config *peer;
	int fd;				/* -1: none */
	bool connecting;
	bool sent_all;			/* while ending: nothing more will be written */
	int64_t end_at;			/* when ending: to be closed by then; else NEVER */
	size_t place;			/* in the poll set */
};

void conn_open(struct conn *c, struct session *s, const struct peer_config *p);

/* Before waiting: puts the descriptor into the poll set, and names the nearest timer. */
void conn_begin(struct conn *c, struct loop *l);

/*
 * After it: reads, lets the session have its turn, connects or ends what it asks for, and writes.
 */
void conn_turn(struct conn *c, const struct loop *l, int64_t now);

/* There is no connection, also none that is being ended. */
static inline bool
conn_is_closed(const struct conn *c)
{
	return c->fd < 0;
}

/* Closes at once what is open. */
void conn_free(struct conn *c);

#endif
