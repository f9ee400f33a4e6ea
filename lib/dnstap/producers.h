/*
 * The producers that are connected to our sockets: accepted up to a limit, read in turns, closed
 * when they do not finish their handshake, and read to their end when the program stops.
 *
 * At the limit a new connection displaces another, so that holders (share.h) come to have equally
 * many. It displaces one of the holder with the most, if that has at least two more than the holder
 * of the new one; a silent one, which has sent no data frame, if that has one more, or is the same
 * holder. Of the holder with the most, a silent one goes first: one whose handshake is not finished
 * before others, and the oldest before others; then the one that has been idle for longest. A
 * connection with bytes that are not read yet does not count as silent. Where none may be displaced
 * the new one is closed. So a resolver connects however many connections others hold, and keeps its
 * connection, idle or not, as long as another holder has more.
 */
#ifndef PRODUCERS_H
#define PRODUCERS_H

#include "dnstap/backlog.h"
#include "dnstap/share.h"
#include "dnstap/source.h"
#include "io/listener.h"
#include "io/loop.h"

#define PRODUCERS_MAX 1024

struct producer {
	struct source source;
	char *name;		/* owned; of TCP, the socket's name and the other end; or NULL */
	int64_t deadline;	/* for its handshake, monotonic */
	size_t place;		/* in the poll set; PRODUCER_NOWHERE when it is not asked */
	struct share *share;	/* its holder's */
	uint64_t since;		/* the turn of its last data; of a silent one that of its accept */
	uint64_t unread;	/* the turn in which bytes that were not read have been seen */
	struct backlog backlog;
};

#define PRODUCER_NOWHERE SIZE_MAX

struct producers {
	struct listener *listeners;	/* owned */
	size_t n_listeners;
	size_t first_listener;	/* the place of the first in the poll set; the others follow */
	bool accepting;		/* the listeners are in the poll set */
	bool asking;		/* the producers are */
	uint64_t turn;
	int64_t accept_after;	/* no descriptor was left: try again then */
	bool stopping;

	struct producer *connected[PRODUCERS_MAX];
	size_t n;
	struct share shares[PRODUCERS_MAX + 1];	/* one for a connection that displaces another */
	size_t first, heard;	/* who is heard first in this turn, and how many have been */
	struct block block;	/* what one of them has sent */
	struct producer *sender;	/* the producer that sent the block */
	struct backlog orphans;	/* lines of closed connections */

	uint64_t connections, timeouts;
	uint64_t displaced;	/* connections closed at the limit: old ones, and new ones */
};

/*
 * After the listeners are open: raises the soft limit of descriptors, as far as the hard limit
 * allows, so that PRODUCERS_MAX connections fit. Logs a warning when they do not.
 */
void producers_reserve(const struct producers *p);

/*
 * Before waiting: puts the sockets into the poll set, and names the nearest timer. Without `ask`
 * the producers are left alone, and have as much more time for their handshake.
 */
void producers_begin(struct producers *p, struct loop *l, bool ask);

/*
 * After it: one read of the next producer that has something to say, into p->block, which is to be
 * used up before. False when each has had its turn.
 */
bool producers_read(struct producers *p, const struct loop *l);

/* At the end of the turn: takes those who want to connect, and drops those who are over or late. */
void producers_end(struct producers *p, const struct loop *l);

/*
 * Nobody new: those who had connected to sockets of our own are taken still; those at inherited
 * ones are left to whoever listens there next. Everybody's source is stopped.
 */
void producers_stop(struct producers *p);

/* Nobody is connected, and nobody can connect. */
bool producers_are_gone(const struct producers *p);

/* Stops listening, and closes every connection. */
void producers_free(struct producers *p);

#endif
