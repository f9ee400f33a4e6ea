/*
 * TCP, to a peer or from anybody. No descriptor here blocks.
 */
#ifndef SOCK_H
#define SOCK_H

#include "peer.h"

/*
 * Begins to connect: from the peer's source address, if it has one, with a TTL or hop limit of `hops` (0: the
 * system's), without Nagle's delay. The descriptor, writable when it is done (sock_error tells how); or
 * -1 with errno.
 */
int sock_connect(const struct peer *p, uint8_t hops);

/* Listens on this address and port; `backlog` as listen(2). The descriptor, or -1 with errno. */
int sock_listen(const struct addr *a, uint16_t port, int backlog);

/* The error that is pending on the socket, 0 for none. */
int sock_error(int fd);

#endif
