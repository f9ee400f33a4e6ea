/*
 * Opens TCP connections to a peer.
 */
#ifndef CONNECT_H
#define CONNECT_H

#include "bgp/peer_config.h"

/*
 * Starts a connection with the peer's options: source, device, link, password, TTL or hop limit.
 * Returns the descriptor, which becomes writable once the connection is open or has failed
 * (tcp_error); or -1 and errno. Data that is not acknowledged for `patience` milliseconds ends the
 * connection.
 */
int connect_start(const struct peer_config *p, unsigned patience);

#endif
