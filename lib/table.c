#include "table.h"

#include <stdlib.h>

#include "mem.h"

static void
place(struct table *t, struct table_slot slot)
{
	size_t at = table_start(t, slot.hash);

	while (t->slots[at].index != 0)
		at = (at + 1) & (t->size - 1);
	t->slots[at] = slot;
}

#define SIZE_MIN 64

static void
resize(struct table *t, size_t to)
{
	struct table_slot *old = t->slots;
	size_t size = t->size;

	t->size = to;
	t->slots = mem_zero(t->size, sizeof(*t->slots));
	mem_prefer_large_pages(t->slots, t->size * sizeof(*t->slots));
	for (size_t i = 0; i < size; i++)
		if (old[i].index != 0)
			place(t, old[i]);
	free(old);
}

void
table_reserve(struct table *t, size_t members)
{
	size_t size = t->size > 0 ? t->size : SIZE_MIN;

	while (members > size / 4 * 3)
		size *= 2;
	if (size > t->size)
		resize(t, size);
}

void
table_add(struct table *t, uint32_t hash, uint32_t index)
{
	if (t->used >= t->size / 4 * 3)
		resize(t, t->size > 0 ? t->size * 2 : SIZE_MIN);
	place(t, (struct table_slot){ hash, index + 1 });
	t->used++;
}

/* Closes the gap: members behind it that would not be found across it move up. */
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

void
table_remove(struct table *t, uint32_t hash, uint32_t index)
{
	size_t at = table_start(t, hash);

	while (t->slots[at].hash != hash || t->slots[at].index != index + 1)
		at = (at + 1) & (t->size - 1);
	close_gap(t, at);
	t->used--;
}

void
table_free(struct table *t)
{
	free(t->slots);
	*t = (struct table){ 0 };
}
