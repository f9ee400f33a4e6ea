/*
 * Version 1 of the cache on disk, which had a tdb record for each pair. It is still read, and
 * upgraded.
 *
 * The key: a byte that says the family (4 or 6), the address's bytes, the name. The value: last and
 * first (64 bits, microseconds), TTL (32), the lengths of tag, rule and via (16 each), and their
 * texts; absent is empty. All numbers are in network order.
 */
#ifndef STORE_V1_H
#define STORE_V1_H

#include "store/store.h"
#include "store/store_file.h"

/*
 * Sets time, addr, ttl, name, via, tag, rule and first, whose texts point into key and value.
 * False: it is none.
 */
bool store_v1_decode(struct str key, struct str value, struct answer *a);

/* Calls `each` for each pair, as store_each does. NULL, or the reason. */
const char *store_v1_each(const struct store_file *f, store_entries_fn *each, void *context);

/* Replaces the file of s, which has version 1, by one of the present version. */
const char *store_v1_upgrade(struct store *s);

#endif
