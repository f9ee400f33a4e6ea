/*
 * TCP connections to a BGP peer.
 */
#ifndef CONNECT_H
#define CONNECT_H

#include "bgp/peer_config.h"

/*
 * Starts to connect with the peer's options: source, device, link, password, TTL or hop limit;
 * without Nagle's delay, and with the precedence of network control. Data that is not acknowledged
 * for `patience` milliseconds ends the connection. The descriptor, writable once connected or
 * failed (tcp_error), or -1 with errno.
 */
int connect_start(const struct peer_config *p, unsigned patience);

#endif
