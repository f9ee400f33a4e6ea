/*
 * TCP, to a peer or from anybody. No descriptor here blocks.
 */
#ifndef SOCK_H
#define SOCK_H

#include "peer.h"

/*
 * Begins to connect, as the peer's words have it: source, device, link, password, TTL or hop limit;
 * without Nagle's delay, and with the precedence of network control. What is sent and not confirmed
 * for `patience` milliseconds ends the connection. The descriptor, writable when it is done
 * (sock_error tells how); or -1 with errno.
 */
int sock_connect(const struct peer *p, unsigned patience);

/* Listens on this address and port; `backlog` as listen(2). The descriptor, or -1 with errno. */
int sock_listen(const struct addr *a, uint16_t port, int backlog);

/* ADDRESS:PORT, or [ADDRESS]:PORT, and a NUL. */
#define SOCK_PEER_STRLEN (ADDR_STRLEN + 8)

/* The other end of a TCP connection. False when it has none, as on a unix socket, or none now. */
bool sock_peer(int fd, char out[SOCK_PEER_STRLEN]);

/* The error that is pending on the socket, 0 for none. */
int sock_error(int fd);

#endif
