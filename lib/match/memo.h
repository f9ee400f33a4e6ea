/*
 * What was said of a text before, for when it comes again: a map of texts in bounded memory that
 * forgets what is oldest.
 *
 * Entries lie one after the other in a ring, the newest over the oldest; a text has two places, by
 * its hash, which say where its entry is. Of the texts that want the same two, those have them that
 * came last.
 */
#ifndef MEMO_H
#define MEMO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Bytes of an entry: four, the text and what is said of it; larger ones are not kept. */
#define MEMO_MAX 192

struct memo {
	uint64_t seed;
	char *ring;		/* owned */
	/* Owned; where in the ring, counted from the first byte ever, and 16 bits of the hash. */
	uint64_t *places;
	uint64_t end;		/* of the newest entry, likewise counted */
};

/* An empty one; `seed` is random, so that nobody can choose texts that push out others. */
void memo_open(struct memo *m, uint64_t seed);
void memo_close(struct memo *m);

/* Forgets all. */
void memo_clear(struct memo *m);

/*
 * The hash by which the text is known. Memory is far: this, and then memo_fetch, have what is asked
 * for brought near, and serve best when other work lies between them and memo_find.
 */
uint64_t memo_hash(const struct memo *m, struct str text);
void memo_fetch(const struct memo *m, uint64_t hash);

/*
 * Whether something was said of the text and is kept yet; *said is good until the next memo_keep.
 */
bool memo_find(const struct memo *m, uint64_t hash, struct str text, struct str *said);

/* Keeps what is said of a text that memo_find does not find. */
void memo_keep(struct memo *m, uint64_t hash, struct str text, struct str said);

#endif
