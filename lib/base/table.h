/*
 * A hash table of indexes into the owner's array. A slot has the hash of a key and the index of the
 * member; the owner compares keys. Open addressing, at most three quarters full. Growth allocates
 * new slots, and each table_add moves some of the old slots, so no call takes long.
 *
 *	for (at = table_start(&t, hash); (i = table_next(&t, hash, &at)) != TABLE_NONE;)
 *		if (members[i] has the key)
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
		uint32_t index;		/* the member's index plus one; 0 in an empty slot */
	} *slots;			/* owned; NULL while the table is empty */
	size_t size;			/* 0 or a power of two */
	size_t used;
	/* The slots that the table had before it last grew, owned; NULL when all are moved. */
	struct table_slot *old;
	size_t old_size;
	size_t moved;			/* old slots moved so far */
};

/* The value of `index` in an old slot whose member has been moved or removed. */
#define TABLE_MOVED UINT32_MAX

static inline size_t
table_start(const struct table *t, uint32_t hash)
{
	return t->size == 0 ? 0 : hash & (t->size - 1);
}

/*
 * Returns the next index with this hash, starting at slot *at, or TABLE_NONE. Slot numbers from
 * t->size on are old slots.
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

/* Grows the table for `members` members, so that table_add need not grow it. */
void table_reserve(struct table *t, size_t members);

/* Adds a member that is not in the table. */
void table_add(struct table *t, uint32_t hash, uint32_t index);

/* Removes a member that is in the table. */
void table_remove(struct table *t, uint32_t hash, uint32_t index);

void table_free(struct table *t);

#endif
