/*
 * The peers with their sessions and connections. Peers come from the command line, and from a file
 * that may be read again.
 */
#ifndef NEIGHBORS_H
#define NEIGHBORS_H

#include "bgp/addrset.h"
#include "bgp/conn.h"
#include "bgp/gate.h"
#include "bgp/policy.h"

struct neighbor {
	const struct neighbors *all;	/* all neighbors; not owned */
	struct peer_config peer;
	struct session session;
	struct conn conn;
	struct gate gate;
	char logged[64];		/* last failure that was logged since the session was up */
	char cause[256];		/* failure that explains best why there is no session */
	unsigned cause_rank;		/* how well `cause` explains (status.c); 0: no failure */
	bool from_file;
	bool is_open;			/* session and connection are open */
	bool leaving;			/* being closed, before it is removed or replaced */
	bool has_next;			/* `next` replaces `peer` after the session is closed */
	struct peer_config next;
};

struct neighbors {
	struct update_local *us;	/* not owned */
	struct ribout *rib;		/* not owned */
	struct policy *policy;		/* not owned; has the tags */
	int64_t retry_max;		/* default of a peer's retry_max; 0: SESSION_RETRY_MAX */
	bool watches_acks;		/* conn_acked is used for all neighbors */
	const bool *ports;		/* not owned; allowed ports of peers in a file; NULL: all */
	/* Called with each event of a session. May be NULL. */
	void (*on_event)(void *owner, struct neighbor *n, const struct session_event *event);
	void *owner;			/* passed to on_event */
	struct neighbor **list;		/* owned */
	size_t n, cap;
	bool is_running;
};

/* Adds a peer of the command line. Must precede neighbors_open. NULL, or a reason. */
const char *neighbors_add(struct neighbors *all, struct str text);

/*
 * Reads the peers of a file. Only the sessions of peers that were added, removed or changed are
 * opened or closed. NULL, or a reason, with the number of the bad line in *line (0: the file cannot
 * be read); after a failure, no session has changed.
 */
const char *neighbors_read(struct neighbors *all, const char *path, unsigned long *line);

/* Tries to connect now to all peers that are not connected. */
void neighbors_retry(struct neighbors *all);

/* Starts all sessions. */
void neighbors_open(struct neighbors *all);

/*
 * Must be called in every turn of the loop: neighbors_begin before waiting, neighbors_turn after.
 */
void neighbors_begin(struct neighbors *all, struct loop *loop);
void neighbors_turn(struct neighbors *all, const struct loop *loop);

/*
 * Ends all sessions, so that the peers remove the routes or, if `retain`, retain them (graceful
 * restart). `words` is the shutdown communication (RFC 9003). The loop must run until
 * neighbors_are_closed.
 */
void neighbors_stop(struct neighbors *all, bool retain, struct str words);

bool neighbors_are_closed(const struct neighbors *all);

/* Whether session_is_settled is true for every peer. */
bool neighbors_are_settled(const struct neighbors *all);

/* Adds the addresses of the peers and the configured source addresses to a set. */
void neighbors_addresses(const struct neighbors *all, struct addrset *to);

void neighbors_free(struct neighbors *all);

#endif
