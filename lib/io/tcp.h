/* TCP sockets, all non-blocking. */
#ifndef TCP_H
#define TCP_H

#include <sys/socket.h>

#include "line/addr.h"

/* Fills *to; returns its size for bind(2) and connect(2). */
socklen_t tcp_address(struct sockaddr_storage *to, const struct addr *a, uint16_t port);

/* A socket of the family of `a`, or -1 with errno. */
int tcp_socket(const struct addr *a);

/* Closes the socket and returns -1; keeps errno. */
int tcp_give_up(int fd);

/* Listens at this address and port; `backlog` as listen(2). The descriptor, or -1 with errno. */
int tcp_listen(const struct addr *a, uint16_t port, int backlog);

/* ADDRESS:PORT or [ADDRESS]:PORT, and a NUL. */
#define TCP_PEER_STRLEN (ADDR_STRLEN + 8)

/* The peer's address as text. False when the socket is not TCP, or no longer connected. */
bool tcp_peer(int fd, char out[TCP_PEER_STRLEN]);

/* The pending error of the socket, or 0. */
int tcp_error(int fd);

#endif
