/*
 * The addresses and pairs of a cache: arrays with lists of unused members, hash tables that find an
 * address, and a pair by address and NAME, and the list of the pairs of each address, the latest
 * first. Addresses and pairs are identified by their index in the array.
 */
#ifndef INDEX_H
#define INDEX_H

#include "cache/cache_private.h"

/* The bytes of an address, 4 or 16; good until an address is added or removed. */
const void *index_addr_bytes(const struct cache *c, const struct address *a);
void index_get_addr(const struct cache *c, const struct address *a, struct addr *addr);

/* The address or pair, or NONE. `hash` as in struct cache_key. */
uint32_t index_find_address(const struct cache *c, const struct addr *a, uint64_t hash);
uint32_t index_find_pair(const struct cache *c, const struct addr *addr, struct str name,
    uint32_t hash);

/* Adds an address without pairs. Pointers to addresses become invalid. */
uint32_t index_add_address(struct cache *c, const struct addr *a, uint64_t hash);

/* Removes an address without pairs. */
void index_remove_address(struct cache *c, uint32_t i);

/* A new pair, whose members the caller sets. Pointers to pairs become invalid. */
uint32_t index_new_pair(struct cache *c);

/* Adds the pair, which has its address and text, to the table and to its address. */
void index_add_pair(struct cache *c, uint32_t i, uint32_t hash);

/* Removes a pair from the table and its address. The pair stays valid until index_free_pair. */
void index_remove_pair(struct cache *c, uint32_t i, uint32_t hash);

void index_free_pair(struct cache *c, uint32_t i);

/* Moves the last pair of an address to the front of its list. */
void index_turn_pairs(struct cache *c, uint32_t address);

#endif
