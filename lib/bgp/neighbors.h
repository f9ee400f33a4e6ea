/*
 * Our peers with their sessions and connections: named on the command line, or in a file that may
 * change while we run.
 */
#ifndef NEIGHBORS_H
#define NEIGHBORS_H

#include "bgp/addrset.h"
#include "bgp/conn.h"
#include "bgp/policy.h"

struct neighbor {
	const struct neighbors *all;	/* not owned: the set that it is in */
	struct peer_config peer;
	struct session session;
	struct conn conn;
	/* The failure that was logged last; empty: none since the session was up. */
	char said[64];
	/* Why there is no session: of several failures the one that explains most. */
	char cause[256];
	unsigned cause_rank;
	bool from_file;
	bool is_open;			/* session and connection are */
	bool leaving;			/* to be closed, and then to be gone, or to become */
	bool has_next;
	struct peer_config next;
};

struct neighbors {
	struct update_local *us;	/* not owned, as the next two */
	struct ribout *rib;
	struct policy *policy;		/* which knows the tags */
	int64_t retry_max;		/* of peers that do not say theirs; 0: session.h's */
	const bool *ports; /* not owned; neighbors_read allows ports[PORT]; NULL: all */
	/* Called with each event of a session; NULL: nothing to do. */
	void (*on_event)(void *owner, struct neighbor *n, const struct session_event *event);
	void *owner;			/* for on_event */
	struct neighbor **list;		/* owned */
	size_t n, cap;
	bool is_running;
};

/* Adds a peer of the command line; not to be called after neighbors_open. NULL, or a reason. */
const char *neighbors_add(struct neighbors *all, struct str text);

/*
 * Reads the peers of a file. When sessions are open, those of peers that were added, removed or
 * changed are touched, and no others; when a line is wrong, none. NULL, or a reason, with the line
 * in *line where it is one's, else 0.
 */
const char *neighbors_read(struct neighbors *all, const char *path, unsigned long *line);

/* Lets all peers be tried now that are not connected. */
void neighbors_retry(struct neighbors *all);

/* Starts all sessions. */
void neighbors_open(struct neighbors *all);

/* Every turn of the loop: before waiting, and after. */
void neighbors_begin(struct neighbors *all, struct loop *loop);
void neighbors_turn(struct neighbors *all, const struct loop *loop);

/*
 * Ends all sessions, so that the routes go, or (`retain`) so that graceful restart keeps them.
 * Turns are still due.
 */
void neighbors_stop(struct neighbors *all, bool retain, struct str words);

bool neighbors_are_closed(const struct neighbors *all);

/* Whether every peer has everything. */
bool neighbors_are_settled(const struct neighbors *all);

/* Adds the addresses of the peers, and ours where they are said. */
void neighbors_addresses(const struct neighbors *all, struct addrset *to);

void neighbors_free(struct neighbors *all);

#endif
