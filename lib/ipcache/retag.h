/*
 * Retag applies changed lists to the pairs of a cache. A line with a tag sets tag and rule of its
 * pair. A line without a tag marks its pair. The marked pairs are deleted after the last line,
 * unless they are too many: a list that was truncated, or is in the syntax of another program, must
 * not withdraw most routes.
 *
 * The marks take one bit for each pair of the cache. A marked pair that changes after retag_open,
 * for example by an import, is not deleted.
 */
#ifndef RETAG_H
#define RETAG_H

#include "cache/cache.h"

#define RETAG_LOSS_MIN 1000	/* fewer marked pairs are always deleted */

struct retag {
	struct cache *cache;	/* not owned */
	bool force;		/* delete any number of pairs */
	uint64_t since;		/* pairs that changed after this epoch are not deleted */
	uint8_t *marks;		/* owned; a bit for each pair number: the pair is marked */
	size_t size;		/* bytes of `marks` */
	uint64_t marked;	/* number of marked pairs */
	/* Counters of pairs (retagged, deleted), and of lines without effect. */
	uint64_t retagged, deleted, unknown, outdated, too_long;
};

void retag_open(struct retag *r, struct cache *cache, bool force);
void retag_close(struct retag *r);

/* Applies a line: sets tag and rule of its pair or, if the line has no tag, marks the pair. */
void retag_line(struct retag *r, const struct answer *a);

/*
 * Whether the marked pairs must not be deleted: they are more than half of all pairs, at least
 * RETAG_LOSS_MIN, and `force` is not set.
 */
bool retag_is_refused(const struct retag *r);

/*
 * Deletes the pair if it is marked and has not changed since retag_open. Returns whether it was
 * deleted.
 */
bool retag_delete(struct retag *r, uint32_t pair);

#endif
