/*
 * Opens TCP connections to a peer.
 */
#ifndef CONNECT_H
#define CONNECT_H

#include "bgp/peer_config.h"

/*
 * Starts a connection with the peer's options: source, device, link, password, TTL or hop limit.
 * Returns the descriptor, or -1 and errno. The descriptor becomes writable when the connection is
 * open or has failed (tcp_error). If the peer does not acknowledge data for `patience`
 * milliseconds, the kernel ends the connection.
 */
int connect_start(const struct peer_config *p, unsigned patience);

#endif
