/*
 * What a peer would be sent: a session with one that takes everything, played through without a
 * socket, and its UPDATEs read back and put into words.
 */
#ifndef DRYRUN_H
#define DRYRUN_H

#include "bgp/session.h"

/* Brings *s up with this peer, not owned; to be ended by session_free. */
void dryrun_open(struct session *s, const struct speaker *us, const struct peer_config *peer,
    struct ribout *rib);

/*
 * The next UPDATE, which is appended to *out as bgptext_update has it; false when there are no
 * more.
 */
bool dryrun_next(struct session *s, struct buf *out);

#endif
