/*
 * A set of addresses, as a sorted array.
 */
#ifndef ADDRSET_H
#define ADDRSET_H

#include "line/addr.h"

struct addrset {
	struct addr *addrs;	/* owned; sorted by addrset_sort */
	size_t n, cap;
};

/* Adds an address; ignores ADDR_NONE. *s must be zeroed before the first call. */
void addrset_add(struct addrset *s, const struct addr *a);

/* Must be called after the last addrset_add and before addrset_meets. */
void addrset_sort(struct addrset *s);

/* Whether the prefix covers an address of the set. */
bool addrset_meets(const struct addrset *s, const struct prefix *p);

/* Frees the addresses and empties the set. */
void addrset_free(struct addrset *s);

#endif
