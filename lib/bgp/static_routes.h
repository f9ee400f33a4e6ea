/*
 * The routes of files (bgp-announce --routes), sorted by prefix. They are the second origin of
 * routes beside stdin: the Adj-RIB-Out has the route of the file, and `other` remembers the route
 * of stdin with the same prefix.
 *
 * A route takes 28 bytes, and a lookup is a binary search.
 */
#ifndef STATIC_ROUTES_H
#define STATIC_ROUTES_H

#include "line/addr.h"

#define STATIC_ROUTES_NONE UINT32_MAX	/* `other`: stdin does not announce the prefix */

struct static_route {
	struct prefix prefix;
	uint16_t file;		/* index of the file */
	uint32_t set;		/* attributes: policy.h */
	uint32_t other;		/* attributes of the route from stdin, or STATIC_ROUTES_NONE */
};

struct static_routes {
	struct static_route *list;	/* owned */
	size_t n, cap;
};

/* Appends a route. *s must be zeroed before the first call; static_routes_seal must follow. */
void static_routes_add(struct static_routes *s, const struct prefix *p, uint16_t file,
    uint32_t set);

/* Removes the last routes, so that `n` remain, and calls `drop` with the set of each. */
void static_routes_cut(struct static_routes *s, size_t n,
    void (*drop)(void *owner, uint32_t set), void *owner);

/* Sorts the routes. Of routes with the same prefix the first remains; the others are dropped. */
void static_routes_seal(struct static_routes *s, void (*drop)(void *owner, uint32_t set),
    void *owner);

/* The route with this prefix, or NULL. */
struct static_route *static_routes_find(const struct static_routes *s, const struct prefix *p);

/* The route with the longest prefix that contains *p and differs from *p, or NULL. */
const struct static_route *static_routes_above(const struct static_routes *s,
    const struct prefix *p);

/* Removes a route of the array. */
void static_routes_remove(struct static_routes *s, struct static_route *r);

/* <0, 0 or >0: the order of the array. */
int static_routes_compare(const struct static_route *a, const struct static_route *b);

/* Frees the array and empties it. */
void static_routes_free(struct static_routes *s);

#endif
