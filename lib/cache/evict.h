/*
 * Eviction: which pairs are removed when a limit is reached.
 */
#ifndef EVICT_H
#define EVICT_H

#include <stdbool.h>
#include <stdint.h>

struct cache;

/*
 * Makes room for a pair of the group (group.h), last seen at `time`, of an address, NONE for a new
 * one. False: the pair is refused. routes_flush reports the routes.
 */
bool evict_make_room(struct cache *c, uint32_t address, uint32_t group, int64_t time);

/* Removes pairs beyond the limits. routes_flush reports the routes. */
void evict_trim(struct cache *c);

#endif
