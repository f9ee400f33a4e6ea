#include "bgp/addrset.h"

#include <stdlib.h>

#include "base/mem.h"

static int
compare_addrs(const void *a, const void *b)
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
		qsort(s->addrs, s->n, sizeof(*s->addrs), compare_addrs);
}

/* If the prefix covers an address of the set, it covers the first address not below p->addr. */
bool
addrset_meets(const struct addrset *s, const struct prefix *p)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_addrs(&s->addrs[middle], &p->addr) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->n && prefix_covers(p, &s->addrs[low]);
}

void
addrset_free(struct addrset *s)
{
	free(s->addrs);
	*s = (struct addrset){ 0 };
}
