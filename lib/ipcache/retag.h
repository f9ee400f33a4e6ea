/*
 * Retag applies changed lists to the pairs of a cache. Each line sets tag and rule of its pair. The
 * pair of a line without a tag is marked, and deleted after the last line: a list that was cut off,
 * or is in the syntax of another program, must not withdraw most routes.
 *
 * Marks take one bit for each pair of the cache. A pair that changes after retag_open, for example
 * by an import, is not deleted.
 */
#ifndef RETAG_H
#define RETAG_H

#include "cache/cache.h"

#define RETAG_LOSS_MIN 1000	/* a loss of fewer pairs is never refused */

struct retag {
	struct cache *cache;	/* not owned */
	bool force;		/* delete any number of pairs */
	uint64_t since;		/* pairs that changed after this epoch are not deleted */
	uint8_t *marks;		/* owned: a bit for each number of a pair */
	size_t size;		/* bytes of `marks` */
	uint64_t marked;	/* pairs with a mark */
	uint64_t retagged, deleted, unknown, outdated, too_long;	/* counters */
};

void retag_open(struct retag *r, struct cache *cache, bool force);
void retag_close(struct retag *r);

/* Sets the tag of the pair, or marks the pair. */
void retag_line(struct retag *r, const struct answer *a);

/*
 * Whether the marked pairs must not be deleted: they are more than half of all pairs, at least
 * RETAG_LOSS_MIN, and `force` is not set.
 */
bool retag_is_refused(const struct retag *r);

/* Deletes the pair if it is marked. Returns whether it was deleted. */
bool retag_delete(struct retag *r, uint32_t pair);

#endif
