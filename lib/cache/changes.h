/*
 * The order of change: a list of all pairs, the latest change last. A reader (cache_attach,
 * cache_read) is a cursor in it. A change moves its pair to the end, unless the pair already
 * changed in the current epoch. An epoch ends when a reader reads its first pair, so a reader finds
 * each changed pair once. A change costs O(readers).
 */
#ifndef CHANGES_H
#define CHANGES_H

#include "cache/cache_private.h"

void changes_append(struct cache *c, uint32_t i);

/* Records that a pair has changed. */
void changes_note(struct cache *c, uint32_t i);

void changes_remove(struct cache *c, uint32_t i);

#endif
