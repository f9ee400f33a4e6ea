/*
 * Version 1 of the store, of release 0.1.0: reading and upgrading it.
 */
#ifndef STORE_V1_H
#define STORE_V1_H

#include "store/store.h"
#include "store/store_file.h"

/*
 * Decodes a record: time, addr, ttl, name, via, tag, rule and first. The texts point into key and
 * value. False: it is no valid record of a pair.
 */
bool store_v1_decode(struct str key, struct str value, struct answer *a);

/* As store_each. */
const char *store_v1_each(const struct store_file *f, store_entries_fn *each, void *context);

/* Replaces the file of s, which has version 1, by one of the current version. */
const char *store_v1_upgrade(struct store *s);

#endif
