/*
 * The connected producers: accepted up to a limit, read in turns, closed when their handshake times
 * out, and read to their end when the program stops.
 *
 * At the limit a new connection displaces another so that holders (share.h) approach equal numbers,
 * and a resolver can connect however many connections others hold. Candidates are the connections
 * of the holder with the most, if it has at least two more than the new one's holder; a silent
 * connection, which has sent no data frame, if its holder has one more or is the same. Of the
 * holder with the most, the first to go is a silent connection, unfinished handshakes before others
 * and then the oldest; then the connection that has been idle for longest. A connection with unread
 * bytes is not silent. Without a candidate the new connection is closed.
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
	char *name;		/* owned; for TCP the listener and the peer; or NULL */
	int64_t deadline;	/* of its handshake, monotonic */
	size_t place;		/* its index in the poll set, or PRODUCER_NOWHERE */
	struct share *share;	/* of its holder */
	uint64_t since;		/* the turn of its last data, or of its accept */
	uint64_t unread;	/* the turn in which unread bytes were seen */
	struct backlog backlog;
};

#define PRODUCER_NOWHERE SIZE_MAX

struct producers {
	struct listener *listeners;	/* owned */
	size_t n_listeners;
	size_t first_listener;	/* the index of the first in the poll set; the rest follow */
	bool accepting;		/* the listeners are in the poll set */
	bool asking;		/* the producers are in the poll set */
	uint64_t turn;
	int64_t accept_after;	/* when to accept again after running out of descriptors */
	bool stopping;

	struct producer *connected[PRODUCERS_MAX];
	size_t n;
	struct share shares[PRODUCERS_MAX + 1];	/* one more for a new connection */
	size_t first, heard;	/* the first producer of this turn, and how many were read */
	struct block block;	/* the data of one read */
	struct producer *sender;	/* the producer that sent the block */
	struct backlog orphans;	/* lines of closed connections */

	uint64_t connections, timeouts;
	uint64_t displaced;	/* connections closed at the limit, old or new */
};

/*
 * Once the listeners are open: raises the soft limit of descriptors, within the hard limit, for
 * PRODUCERS_MAX connections. Logs a warning if they do not fit.
 */
void producers_reserve(const struct producers *p);

/*
 * Before waiting: adds the sockets to the poll set and sets the timer. Without `ask` producers are
 * not read, and their handshake timeout is extended.
 */
void producers_begin(struct producers *p, struct loop *l, bool ask);

/* After waiting: one read of the next ready producer into p->block. False when all had a turn. */
bool producers_read(struct producers *p, const struct loop *l);

/* At the end of a turn: closes connections that ended or timed out, and accepts new ones. */
void producers_end(struct producers *p, const struct loop *l);

/*
 * Accepts connections that wait at own sockets, and leaves those at inherited ones to the next
 * process. Stops all sources.
 */
void producers_stop(struct producers *p);

/* There are no connections, and no listener is open. */
bool producers_are_gone(const struct producers *p);

/* Closes all listeners and connections. */
void producers_free(struct producers *p);

#endif
