/*
 * A hash table that finds places in somebody else's array: it holds the hash of a key and the index
 * of its member, and the owner compares. Open addressing, at most three quarters full. It grows by
 * a new array of slots, into which each table_add moves some of the old ones: so none of them has
 * to wait for all.
 *
 *	for (at = table_start(&t, hash); (i = table_next(&t, hash, &at)) != TABLE_NONE;)
 *		if (members[i] is the one)
 *			break;
 */
#ifndef TABLE_H
#define TABLE_H

#include <stddef.h>
#include <stdint.h>

#define TABLE_NONE UINT32_MAX

struct table {
	struct table_slot {
		uint32_t hash;
		uint32_t index;		/* one more than the member's index; 0 in an empty slot */
	} *slots;			/* owned; NULL while nothing was added */
	size_t size;			/* 0 or a power of two */
	size_t used;
	/* Owned: the slots before it grew; NULL: all have been moved. */
	struct table_slot *old;
	size_t old_size;
	size_t moved;			/* that many of them have */
};

/* The index in an old slot whose member is in `slots`, or gone. */
#define TABLE_MOVED UINT32_MAX

static inline size_t
table_start(const struct table *t, uint32_t hash)
{
	return t->size == 0 ? 0 : hash & (t->size - 1);
}

/*
 * The next index from *at on that was added under this hash, or TABLE_NONE. Old slots are numbered
 * behind the others.
 */
static inline uint32_t
table_next(const struct table *t, uint32_t hash, size_t *at)
{
	const struct table_slot *slot;

	if (t->size == 0)
		return TABLE_NONE;
	while (*at < t->size) {
		slot = &t->slots[*at];
		if (slot->index == 0) {
			if (t->old == NULL)
				return TABLE_NONE;
			*at = t->size + (hash & (t->old_size - 1));
			break;
		}
		*at = (*at + 1) & (t->size - 1);
		if (slot->hash == hash)
			return slot->index - 1;
	}
	while ((slot = &t->old[*at - t->size])->index != 0) {
		*at = t->size + ((*at - t->size + 1) & (t->old_size - 1));
		if (slot->hash == hash && slot->index != TABLE_MOVED)
			return slot->index - 1;
	}
	return TABLE_NONE;
}

/* Makes room for so many members, so that table_add has not to make it by and by. */
void table_reserve(struct table *t, size_t members);

/* Adds a member that is not in the table. */
void table_add(struct table *t, uint32_t hash, uint32_t index);

/* Removes a member that is. */
void table_remove(struct table *t, uint32_t hash, uint32_t index);

void table_free(struct table *t);

#endif
