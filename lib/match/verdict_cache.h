/*
 * What was said of a text before, for when it comes again: a map of texts in bounded memory that
 * forgets what is oldest.
 *
 * Entries lie one after the other in a ring, the newest over the oldest; a text has two places, by
 * its hash, which say where its entry is. Of the texts that want the same two, those have them that
 * came last.
 */
#ifndef VERDICT_CACHE_H
#define VERDICT_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Bytes of an entry: four, the text and what is said of it; larger ones are not kept. */
#define VERDICT_CACHE_MAX 192

struct verdict_cache {
	uint64_t seed;
	char *ring;		/* owned */
	/* Owned; where in the ring, counted from the first byte ever, and 16 bits of the hash. */
	uint64_t *places;
	uint64_t end;		/* of the newest entry, likewise counted */
};

/* An empty one; `seed` is random, so that nobody can choose texts that push out others. */
void verdict_cache_open(struct verdict_cache *m, uint64_t seed);
void verdict_cache_close(struct verdict_cache *m);

/* Forgets all. */
void verdict_cache_clear(struct verdict_cache *m);

/*
 * The hash by which the text is known. Memory is far: this, and then verdict_cache_fetch, have what
 * is asked for brought near, and serve best when other work lies between them and
 * verdict_cache_find.
 */
uint64_t verdict_cache_hash(const struct verdict_cache *m, struct str text);
void verdict_cache_fetch(const struct verdict_cache *m, uint64_t hash);

/*
 * Whether something was said of the text and is kept yet; *said is good until the next
 * verdict_cache_keep.
 */
bool verdict_cache_find(
    const struct verdict_cache *m, uint64_t hash, struct str text, struct str *said);

/* Keeps what is said of a text that verdict_cache_find does not find. */
void verdict_cache_keep(struct verdict_cache *m, uint64_t hash, struct str text, struct str said);

#endif
