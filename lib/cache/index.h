/*
 * Where the addresses and pairs of a cache are: the arrays, with lists of their free places; the
 * hash tables that find an address, and a pair by address and NAME; and the list of the pairs of
 * each address, the latest to be added first. The hash of a pair includes that of its address.
 */
#ifndef INDEX_H
#define INDEX_H

#include "cache/cache_private.h"

/* The bytes of an address, 4 or 16; good until an address is added or removed. */
const void *index_addr_bytes(const struct cache *c, const struct address *a);
void index_get_addr(const struct cache *c, const struct address *a, struct addr *addr);

/* The place of an address or a pair, or NONE. `hash` as in struct cache_key. */
uint32_t index_find_address(const struct cache *c, const struct addr *a, uint64_t hash);
uint32_t index_find_pair(const struct cache *c, const struct addr *addr, struct str name,
    uint32_t hash);

/* Adds an address without pairs; returns its place. Pointers to addresses become invalid. */
uint32_t index_add_address(struct cache *c, const struct addr *a, uint64_t hash);

/* Removes an address without pairs. */
void index_remove_address(struct cache *c, uint32_t i);

/* A place for a pair, which the caller fills in. Pointers to pairs become invalid. */
uint32_t index_new_pair(struct cache *c);

/* Adds the pair at place i, which has its address and text, to the table and to its address. */
void index_add_pair(struct cache *c, uint32_t i, uint32_t hash);

/* Takes a pair out of the table and off its address, but leaves it in its place. */
void index_remove_pair(struct cache *c, uint32_t i, uint32_t hash);

/* Frees the place of a pair that has been removed. */
void index_free_pair(struct cache *c, uint32_t i);

/* Makes the last pair of an address its first. */
void index_turn_pairs(struct cache *c, uint32_t address);

#endif
