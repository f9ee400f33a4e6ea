/*
 * Version 1 of the cache on disk, which had a tdb record for each pair. It is still read, to be
 * upgraded.
 *
 * The key: a byte that says the family (4 or 6), the address's bytes, the name. The value: last and
 * first (64 bits, microseconds), TTL (32), the lengths of tag, rule and via (16 each), and their
 * texts; absent is empty. All numbers are in network order.
 */
#ifndef STORE_V1_H
#define STORE_V1_H

#include "line/answer.h"

/*
 * Sets time, addr, ttl, name, via, tag, rule and first, whose texts point into key and value.
 * False: it is none.
 */
bool store_v1_decode(struct str key, struct str value, struct answer *a);

#endif
