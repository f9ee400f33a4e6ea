/*
 * Counts the connections of each holder: a user for unix sockets, an address for TCP. An IPv6 /64
 * is one holder, since one host can use all its addresses. A link-local address is a holder on its
 * link. An IPv4 address and its IPv4-mapped form (RFC 4291 section 2.5.5.2) are one holder. All
 * connections whose peer is unknown, because it has already closed, belong to one holder.
 */
#ifndef SHARE_H
#define SHARE_H

#include <stdint.h>
#include <sys/socket.h>

struct share {
	unsigned n;		/* connections; 0: the entry is free */
	int family;		/* AF_UNIX, AF_INET, AF_INET6; or AF_UNSPEC */
	uint32_t scope;		/* the link of a link-local address, or 0 */
	uint64_t id;		/* the user ID, the IPv4 address, or 64 bits of the IPv6 address */
};

/* The holder of an IPv4 or IPv6 address, with a count of 0; AF_UNSPEC for other families. */
struct share share_of_address(const struct sockaddr_storage *from);

/* Counts a connection; returns its holder's entry. One of the `size` entries must be free. */
struct share *share_take(struct share *table, unsigned size, int fd);

/* Subtracts an ended connection from the count of its holder. */
static inline void
share_leave(struct share *s)
{
	s->n--;
}

#endif
