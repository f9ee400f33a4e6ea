/*
 * Prints the UPDATEs that a peer would receive, for --dry-run: runs a session without a socket,
 * with a simulated peer that supports every capability with an effect on UPDATEs.
 */
#ifndef DRYRUN_H
#define DRYRUN_H

#include "bgp/session.h"
#include "io/filter.h"

/* Establishes a session with this peer (not owned). The caller must call session_free. */
void dryrun_open(struct session *s, const struct update_local *us, const struct peer_config *peer,
    struct ribout *rib);

/*
 * Appends the next UPDATE to *out as text (bgptext_update). Returns false at the end, with NULL in
 * *why; or if an UPDATE does not parse, with a reason in *why.
 */
bool dryrun_next(struct session *s, struct buf *out, const char **why);

/*
 * Writes all UPDATEs to the filter's output, one per line. If `named`, a line begins with the peer.
 * NULL, or a reason.
 */
const char *dryrun_print(struct filter *f, const struct update_local *us,
    const struct peer_config *peer, struct ribout *rib, bool named);

#endif
