#include "addrset.h"

#include <stdlib.h>

#include "mem.h"

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct addr));
}

void
addrset_add(struct addrset *s, const struct addr *a)
{
	if (a->family == ADDR_NONE)
		return;
	s->addrs = mem_grow(s->addrs, s->n, &s->cap, sizeof(*s->addrs));
	s->addrs[s->n++] = *a;
}

void
addrset_sort(struct addrset *s)
{
	if (s->n > 1)
		qsort(s->addrs, s->n, sizeof(*s->addrs), compare);
}

bool
addrset_has(const struct addrset *s, const struct addr *a)
{
	return s->n > 0 && bsearch(a, s->addrs, s->n, sizeof(*s->addrs), compare) != NULL;
}

void
addrset_free(struct addrset *s)
{
	free(s->addrs);
	*s = (struct addrset){ 0 };
}
