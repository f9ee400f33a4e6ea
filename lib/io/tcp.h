/* TCP sockets, all non-blocking. */
#ifndef TCP_H
#define TCP_H

#include <sys/socket.h>

#include "line/addr.h"

/* Fills *to and returns the size of the address, for bind(2) and connect(2). */
socklen_t tcp_address(struct sockaddr_storage *to, const struct addr *a, uint16_t port);

/* Returns a new socket of the family of `a`, or -1 with errno. */
int tcp_socket(const struct addr *a);

/* Closes the socket and returns -1; preserves errno. */
int tcp_give_up(int fd);

/* Listens at this address and port; `backlog` as in listen(2). Returns the socket, or -1. */
int tcp_listen(const struct addr *a, uint16_t port, int backlog);

/* The longest ADDRESS:PORT or [ADDRESS]:PORT, and a NUL. */
#define TCP_PEER_STRLEN (ADDR_STRLEN + 8)

/* Writes the peer's address as text. False if the socket is not TCP, or no longer connected. */
bool tcp_peer(int fd, char out[TCP_PEER_STRLEN]);

/* Returns the pending error of the socket, or 0. */
int tcp_error(int fd);

#endif
