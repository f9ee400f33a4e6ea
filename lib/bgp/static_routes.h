/*
 * The routes of files (bgp-announce --routes), sorted by prefix. If stdin announces the same
 * prefix, the Adj-RIB-Out has the route of the file, and `other` stores the route of stdin.
 *
 * A route takes 28 bytes, and a lookup is a binary search.
 */
#ifndef STATIC_ROUTES_H
#define STATIC_ROUTES_H

#include "line/addr.h"

#define STATIC_ROUTES_NONE UINT32_MAX	/* `other`: stdin does not announce the prefix */

struct static_route {
	struct prefix prefix;
	uint16_t file;		/* index of the file (route_files.h) */
	uint32_t set;		/* number of a set of attributes: policy.h */
	uint32_t other;		/* the set of the route from stdin, or STATIC_ROUTES_NONE */
};

struct static_routes {
	struct static_route *list;	/* owned */
	size_t n, cap;
};

/* Appends a route. *s must be zeroed before the first call; static_routes_seal must follow. */
void static_routes_add(struct static_routes *s, const struct prefix *p, uint16_t file,
    uint32_t set);

/* Removes routes from the end until `n` remain. Calls `drop` with the set of each removed route. */
void static_routes_cut(struct static_routes *s, size_t n,
    void (*drop)(void *owner, uint32_t set), void *owner);

/*
 * Sorts the routes by prefix. Of routes with the same prefix, only the one added first remains;
 * `drop` is called with the sets of the others.
 */
void static_routes_seal(struct static_routes *s, void (*drop)(void *owner, uint32_t set),
    void *owner);

/* The route with this prefix, or NULL. */
struct static_route *static_routes_find(const struct static_routes *s, const struct prefix *p);

/* The route with the longest prefix that contains *p and differs from *p, or NULL. */
const struct static_route *static_routes_above(const struct static_routes *s,
    const struct prefix *p);

/* Removes *r, an element of the array. */
void static_routes_remove(struct static_routes *s, struct static_route *r);

/* Compares two routes in the order of the array. Returns <0, 0 or >0. */
int static_routes_compare(const struct static_route *a, const struct static_route *b);

/* Frees the array. *s is then empty. */
void static_routes_free(struct static_routes *s);

#endif
