/*
 * What a peer would be sent: a session with one that takes everything, played through without a
 * socket, and its UPDATEs read back and put into words.
 */
#ifndef DRYRUN_H
#define DRYRUN_H

#include "bgp/session.h"
#include "io/filter.h"

/* Brings *s up with this peer, not owned; to be ended by session_free. */
void dryrun_open(struct session *s, const struct update_local *us, const struct peer_config *peer,
    struct ribout *rib);

/*
 * Appends the next UPDATE to *out as bgptext_update has it. False when there is none, and when it
 * does not parse: then *why is the reason, NULL otherwise.
 */
bool dryrun_next(struct session *s, struct buf *out, const char **why);

/*
 * Writes all UPDATEs to the filter's output, one a line, after the peer's name where `named`. NULL,
 * or a reason.
 */
const char *dryrun_print(struct filter *f, const struct update_local *us,
    const struct peer_config *peer, struct ribout *rib, bool named);

#endif
