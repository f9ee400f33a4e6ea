/*
 * --dry-run: the UPDATEs that a peer would receive. Runs a session without a socket, with a peer
 * that accepts every capability, and prints its UPDATEs.
 */
#ifndef DRYRUN_H
#define DRYRUN_H

#include "bgp/session.h"
#include "io/filter.h"

/* Establishes a session with this peer (not owned), for session_free. */
void dryrun_open(struct session *s, const struct update_local *us, const struct peer_config *peer,
    struct ribout *rib);

/*
 * Appends the next UPDATE to *out as bgptext_update prints it. False at the end (*why is NULL), and
 * if an UPDATE does not parse (*why is a reason).
 */
bool dryrun_next(struct session *s, struct buf *out, const char **why);

/*
 * Writes all UPDATEs to the filter's output, one per line; `named`: after the name of the peer.
 * NULL, or a reason.
 */
const char *dryrun_print(struct filter *f, const struct update_local *us,
    const struct peer_config *peer, struct ribout *rib, bool named);

#endif
