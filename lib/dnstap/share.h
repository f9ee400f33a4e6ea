/*
 * How many connections each holder has: a user over unix sockets, an address over TCP. One machine
 * has all addresses of an IPv6 /64, so that is one holder; of link-local addresses, which have the
 * same /64 everywhere, the interface identifier and the link are. An IPv4 address is the same
 * holder when it comes mapped into IPv6 (RFC 4291 section 2.5.5.2). All whose peer is not known,
 * since it has gone already, are one holder.
 */
#ifndef SHARE_H
#define SHARE_H

#include <stdint.h>
#include <sys/socket.h>

struct share {
	unsigned n;		/* connections; 0: the entry is free */
	int family;		/* AF_UNIX, AF_INET, AF_INET6; or AF_UNSPEC */
	uint32_t scope;		/* the link of a link-local address, else 0 */
	uint64_t id;		/* the user, the address, or half of it */
};

/* The holder of an IPv4 or IPv6 address, as a share without connections; of another, AF_UNSPEC. */
struct share share_of_address(const struct sockaddr_storage *from);

/* Counts a connection for its holder. One of the `size` entries of the table at least is free. */
struct share *share_take(struct share *table, unsigned size, int fd);

/* A connection has ended. */
void share_leave(struct share *s);

#endif
