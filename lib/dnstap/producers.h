/*
 * The connected producers: accepted up to a limit, read in turns, closed when their handshake times
 * out, and read to their end when the program stops.
 *
 * A connection belongs to a holder, a user or an address (share.h). At the limit, a new connection
 * displaces another connection, so that a resolver can connect even if other holders have many
 * connections. A connection may be displaced if its holder has at least two connections more than
 * the holder of the new connection. A silent connection, which has sent no data frame and has no
 * unread bytes, may also be displaced if its holder has one connection more, or is the holder of
 * the new connection. The holder with the most connections loses one: first a silent connection
 * (before START, then the oldest), otherwise the connection idle for longest. If no connection may
 * be displaced, the new connection is closed.
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
	char *name;		/* owned: the listener and the TCP peer; NULL for a unix socket */
	int64_t deadline;	/* end of the time for the handshake, monotonic */
	size_t place;		/* index in the poll set, or PRODUCER_NOWHERE */
	struct share *share;	/* the entry of the holder */
	uint64_t since;		/* turn in which data last arrived; at first, turn of accept(2) */
	uint64_t unread;	/* the last turn in which unread bytes were found */
	struct backlog backlog;
};

#define PRODUCER_NOWHERE SIZE_MAX

struct producers {
	struct listener *listeners;	/* owned */
	size_t n_listeners;
	size_t first_listener;	/* the first listener's index in the poll set */
	bool accepting;		/* the listeners are in the poll set */
	bool asking;		/* the producers are in the poll set */
	uint64_t turn;
	int64_t accept_after;	/* end of the pause after running out of descriptors, or 0 */
	bool stopping;

	struct producer *connected[PRODUCERS_MAX];
	size_t n;
	struct share shares[PRODUCERS_MAX + 1];	/* one entry more, for a new connection */
	size_t first, heard;	/* index of the first producer of this turn; producers served */
	struct block block;	/* the data of one read */
	struct producer *sender;	/* the producer that sent the block */
	struct backlog orphans;	/* lines of closed connections */

	uint64_t connections, timeouts;
	uint64_t displaced;	/* connections closed at the limit, old or new */
};

/*
 * Raises the soft limit of descriptors, within the hard limit, for the listeners and PRODUCERS_MAX
 * connections. Logs a warning if the hard limit is too low.
 */
void producers_reserve(const struct producers *p);

/*
 * Call before waiting. Adds the sockets to the poll set and sets the timer. Without `ask`,
 * producers are not read in this turn, and their handshake deadline is extended.
 */
void producers_begin(struct producers *p, struct loop *l, bool ask);

/* Call after waiting. Reads the next ready producer once, into p->block. False if none is left. */
bool producers_read(struct producers *p, const struct loop *l);

/* Ends a turn: frees connections that ended or timed out, and accepts new connections. */
void producers_end(struct producers *p, const struct loop *l);

/*
 * Stops all sources. Connections that wait at sockets of this process are accepted; connections
 * that wait at inherited sockets are left to the next process.
 */
void producers_stop(struct producers *p);

/* Whether no connection and no listener is left. */
bool producers_are_gone(const struct producers *p);

/* Closes all listeners and connections. */
void producers_free(struct producers *p);

#endif
