/*
 * The two sandboxes of bgp-announce. Ports and password files are known only after PEERS has been
 * parsed, which happens in the first one.
 */
#ifndef CONFINE_H
#define CONFINE_H

#include "bgp/speaker.h"

/* From now on any file may be read and, unless `dry_run`, any port be connected to. */
void confine_reading(const struct speaker *s, bool dry_run);

/*
 * From now on only the files and ports of the peers, and the port of BGP, are allowed. Peers that
 * are read later can use no others: s->neighbors.ports then has the ports that remain.
 */
void confine_to_peers(struct speaker *s, bool dry_run);

#endif
