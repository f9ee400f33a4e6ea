/*
 * The order of change: a list of all pairs, the one that changed last at its end. A reader
 * (cache_attach, cache_read) is a cursor in the list. A change moves its pair to the end only if
 * the pair changed last in an earlier epoch; an epoch ends when a reader takes a pair of it, so
 * every reader finds each changed pair once. The cost of a change does not depend on the number of
 * pairs.
 */
#ifndef CHANGES_H
#define CHANGES_H

#include "cache/cache_private.h"

/* Adds a new pair at the end. */
void changes_append(struct cache *c, uint32_t i);

/* Records that a pair has changed. */
void changes_note(struct cache *c, uint32_t i);

/* Removes a pair from the order. */
void changes_remove(struct cache *c, uint32_t i);

#endif
