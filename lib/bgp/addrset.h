/*
 * A set of addresses: built once, asked often.
 */
#ifndef ADDRSET_H
#define ADDRSET_H

#include "line/addr.h"

struct addrset {
	struct addr *addrs;	/* owned; sorted by addrset_sort */
	size_t n, cap;
};

/* Zero a struct addrset to begin with. ADDR_NONE is not added. */
void addrset_add(struct addrset *s, const struct addr *a);

/* After the last one was added, before the set is asked. */
void addrset_sort(struct addrset *s);

/* Whether one of them lies in the prefix. */
bool addrset_meets(const struct addrset *s, const struct prefix *p);

/* Leaves it empty. */
void addrset_free(struct addrset *s);

#endif
