/*
 * Routes that follow from pairs. An address is announced while it has pairs, with all their tags.
 */
#ifndef ROUTES_H
#define ROUTES_H

#include "cache/cache_private.h"

/* The pair is now the first of its address. */
void routes_join_tag(struct cache *c, const struct pair *p);

/* A pair with this tag was removed from the address. */
void routes_leave_tag(struct cache *c, uint32_t address, uint32_t tag);

/* The pair had the tag `before`. */
void routes_change_tag(struct cache *c, const struct pair *p, uint32_t before);

/* Reports the routes of dirty addresses that have changed. */
void routes_flush(struct cache *c);

#endif
