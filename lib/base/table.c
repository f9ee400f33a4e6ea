#include "base/table.h"

#include <stdlib.h>

#include "base/pages.h"

static void
place(struct table *t, struct table_slot slot)
{
	size_t at = table_start(t, slot.hash);

	while (t->slots[at].index != 0)
		at = (at + 1) & (t->size - 1);
	t->slots[at] = slot;
}

#define SIZE_MIN 64
#define MOVES 16	/* old slots that an addition moves: all are moved before the next growth */

static void
move_some(struct table *t, size_t n)
{
	for (; n > 0 && t->moved < t->old_size; n--, t->moved++) {
		struct table_slot *slot = &t->old[t->moved];

		if (slot->index == 0 || slot->index == TABLE_MOVED)
			continue;
		place(t, *slot);
		slot->index = TABLE_MOVED;
	}
	if (t->moved < t->old_size)
		return;
	pages_free(t->old, t->old_size, sizeof(*t->old));
	t->old = NULL;
	t->old_size = 0;
}

static void
grow(struct table *t, size_t size)
{
	if (t->old != NULL)
		move_some(t, t->old_size);
	t->old = t->slots;
	t->old_size = t->size;
	t->moved = 0;
	t->size = size;
	t->slots = pages_zero(size, sizeof(*t->slots));
}

void
table_reserve(struct table *t, size_t members)
{
	size_t size = t->size > 0 ? t->size : SIZE_MIN;

	while (members > size / 4 * 3)
		size *= 2;
	if (size > t->size)
		grow(t, size);
}

void
table_add(struct table *t, uint32_t hash, uint32_t index)
{
	if (t->used >= t->size / 4 * 3)
		grow(t, t->size > 0 ? t->size * 2 : SIZE_MIN);
	if (t->old != NULL)
		move_some(t, MOVES);
	place(t, (struct table_slot){ hash, index + 1 });
	t->used++;
}

/* Closes the gap of a removed member: moves later members forward, so that lookups find them. */
static void
close_gap(struct table *t, size_t gap)
{
	size_t mask = t->size - 1;

	for (size_t at = (gap + 1) & mask; t->slots[at].index != 0; at = (at + 1) & mask) {
		size_t home = t->slots[at].hash & mask;

		if (((at - home) & mask) < ((at - gap) & mask))
			continue;
		t->slots[gap] = t->slots[at];
		gap = at;
	}
	t->slots[gap].index = 0;
}

/* Returns the slot of a member, or the empty slot that ends the search. */
static size_t
find(const struct table_slot *slots, size_t size, uint32_t hash, uint32_t index)
{
	size_t at = hash & (size - 1);

	while (slots[at].index != 0 && (slots[at].hash != hash || slots[at].index != index + 1))
		at = (at + 1) & (size - 1);
	return at;
}

void
table_remove(struct table *t, uint32_t hash, uint32_t index)
{
	size_t at = find(t->slots, t->size, hash, index);

	if (t->slots[at].index != 0)
		close_gap(t, at);
	else
		t->old[find(t->old, t->old_size, hash, index)].index = TABLE_MOVED;
	t->used--;
}

void
table_free(struct table *t)
{
	pages_free(t->slots, t->size, sizeof(*t->slots));
	pages_free(t->old, t->old_size, sizeof(*t->old));
	*t = (struct table){ 0 };
}
