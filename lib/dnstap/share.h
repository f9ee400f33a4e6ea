/*
 * Counts the connections of each holder: a user for unix sockets, an address for TCP. An IPv6 /64
 * is one holder, since one host can use all its addresses; for link-local addresses the interface
 * identifier and the link are. An IPv4 address mapped into IPv6 (RFC 4291 section 2.5.5.2) is the
 * same holder. All connections without a known peer, which has closed already, are one holder.
 */
#ifndef SHARE_H
#define SHARE_H

#include <stdint.h>
#include <sys/socket.h>

struct share {
	unsigned n;		/* connections; 0: the entry is free */
	int family;		/* AF_UNIX, AF_INET, AF_INET6; or AF_UNSPEC */
	uint32_t scope;		/* the link of a link-local address, or 0 */
	uint64_t id;		/* the user, the address, or half of the address */
};

/* The holder of an IPv4 or IPv6 address, with a count of 0; of another, AF_UNSPEC. */
struct share share_of_address(const struct sockaddr_storage *from);

/* Counts a connection for its holder. At least one of the `size` entries must be free. */
struct share *share_take(struct share *table, unsigned size, int fd);

/* A connection has ended. */
static inline void
share_leave(struct share *s)
{
	s->n--;
}

#endif
