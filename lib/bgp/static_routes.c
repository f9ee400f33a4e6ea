/*
 * Before static_routes_seal, `other` stores the position of a route in the order of addition: of
 * routes with the same prefix the first one remains, and qsort(3) is not stable.
 */
#include "bgp/static_routes.h"

#include <stdlib.h>

#include "base/mem.h"

void
static_routes_add(struct static_routes *s, const struct prefix *p, uint16_t file, uint32_t set)
{
	s->list = mem_grow(s->list, s->n, &s->cap, sizeof(*s->list));
	s->list[s->n] = (struct static_route){ .prefix = *p, .file = file, .set = set,
	    .other = (uint32_t)s->n };
	s->n++;
}

void
static_routes_cut(struct static_routes *s, size_t n, void (*drop)(void *owner, uint32_t set),
    void *owner)
{
	while (s->n > n)
		drop(owner, s->list[--s->n].set);
}

int
static_routes_compare(const struct static_route *a, const struct static_route *b)
{
	return memcmp(&a->prefix, &b->prefix, sizeof(a->prefix));
}

static int
compare_added(const void *a, const void *b)
{
	const struct static_route *x = a, *y = b;
	int d = static_routes_compare(x, y);

	return d != 0 ? d : (x->other > y->other) - (x->other < y->other);
}

void
static_routes_seal(struct static_routes *s, void (*drop)(void *owner, uint32_t set), void *owner)
{
	size_t n = 0;

	if (s->n > 1)
		qsort(s->list, s->n, sizeof(*s->list), compare_added);
	for (size_t i = 0; i < s->n; i++) {
		if (n > 0 && static_routes_compare(&s->list[n - 1], &s->list[i]) == 0) {
			drop(owner, s->list[i].set);
			continue;
		}
		s->list[n] = s->list[i];
		s->list[n++].other = STATIC_ROUTES_NONE;
	}
	s->n = n;
}

static int
compare_prefix(const void *key, const void *member)
{
	return memcmp(key, &((const struct static_route *)member)->prefix, sizeof(struct prefix));
}

struct static_route *
static_routes_find(const struct static_routes *s, const struct prefix *p)
{
	return s->n == 0 ? NULL : bsearch(p, s->list, s->n, sizeof(*s->list), compare_prefix);
}

const struct static_route *
static_routes_above(const struct static_routes *s, const struct prefix *p)
{
	const struct static_route *r = NULL;

	for (uint8_t len = p->len; len > 0 && r == NULL; len--) {
		struct prefix above = prefix_of(&p->addr, (uint8_t)(len - 1));

		r = static_routes_find(s, &above);
	}
	return r;
}

void
static_routes_remove(struct static_routes *s, struct static_route *r)
{
	size_t after = s->n - (size_t)(r - s->list) - 1;

	memmove(r, r + 1, after * sizeof(*r));
	s->n--;
}

void
static_routes_free(struct static_routes *s)
{
	free(s->list);
	*s = (struct static_routes){ 0 };
}
