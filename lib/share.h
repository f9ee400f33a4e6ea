/*
 * How many connections each holder has: a user over unix sockets, an address over TCP (of IPv6 its
 * /64, since one machine has all of that).
 */
#ifndef SHARE_H
#define SHARE_H

#include <stdint.h>

struct share {
	unsigned n;		/* connections; 0: the entry is free */
	int family;		/* AF_UNIX, AF_INET or AF_INET6 */
	uint64_t id;		/* the user, the address, or its first half */
};

/* Counts a connection for its holder. One of the `size` entries of the table at least is free. */
struct share *share_take(struct share *table, unsigned size, int fd);

/* A connection has ended. */
void share_leave(struct share *s);

#endif
