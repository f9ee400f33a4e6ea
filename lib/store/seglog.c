#include "store/seglog.h"

#include <stdlib.h>

#include "base/mem.h"
#include "store/segment.h"

#define NONE SEGLOG_NONE

void
seglog_init(struct seglog *l, uint64_t seq)
{
	*l = (struct seglog){ .unused = NONE, .first = NONE, .last = NONE, .open = NONE,
	    .seq = seq };
}

void
seglog_free(struct seglog *l)
{
	free(l->parts);
	free(l->free.list);
	free(l->outdated.list);
}

/* --- Parts --- */

uint32_t
seglog_add(struct seglog *l)
{
	uint32_t i = l->unused;

	if (i != NONE) {
		l->unused = l->parts[i].next;
	} else {
		l->parts = mem_grow(l->parts, l->parts_n, &l->parts_cap, sizeof(*l->parts));
		i = (uint32_t)l->parts_n++;
	}
	l->parts[i] = (struct seglog_part){ .next = NONE, .slot = NONE };
	if (l->last == NONE)
		l->first = i;
	else
		l->parts[l->last].next = i;
	l->last = i;
	l->n++;
	return i;
}

void
seglog_leave(struct seglog *l, uint32_t place)
{
	struct seglog_part *p;

	if (place == 0)
		return;
	p = &l->parts[place - 1];
	p->live--;
	l->live_bytes -= p->entry_bytes;
}

void
seglog_complete(struct seglog *l, uint32_t part, uint32_t used, uint32_t entries)
{
	struct seglog_part *p = &l->parts[part];

	p->entry_bytes = used / entries;
	l->live_bytes += (uint64_t)p->live * p->entry_bytes;
}

static void
drop_first(struct seglog *l)
{
	uint32_t i = l->first;

	seglog_add_slots(&l->outdated, &l->parts[i].slot, 1);
	l->first = l->parts[i].next;
	if (l->first == NONE)
		l->last = NONE;
	l->parts[i].next = l->unused;
	l->unused = i;
	l->n--;
}

size_t
seglog_drop_dead(struct seglog *l)
{
	size_t before = l->n;

	while (l->first != NONE && l->parts[l->first].stored && l->parts[l->first].live == 0 &&
	    l->first != l->open)
		drop_first(l);
	return before - l->n;
}

/* Too much of the log would be out of date if it had `n` parts. */
static bool
is_stale(const struct seglog *l, size_t n)
{
	return n * 10 > l->live_bytes / SEGMENT_SIZE * 14 + 80;
}

size_t
seglog_choose(const struct seglog *l, uint32_t *parts, uint32_t *slots, size_t most)
{
	uint64_t moved = 0;
	size_t left = l->n, n = 0;

	for (uint32_t i = l->first; i != NONE && n < most; i = l->parts[i].next, left--) {
		const struct seglog_part *p = &l->parts[i];

		if (!p->stored || i == l->open || !is_stale(l, left + (size_t)(moved /
		    SEGMENT_SIZE)))
			break;
		if (p->live == 0)
			continue;
		moved += (uint64_t)p->live * p->entry_bytes;
		slots[n] = p->slot;
		parts[n++] = i;
	}
	return n;
}

/* --- Slots --- */

void
seglog_add_slots(struct seglog_slots *to, const uint32_t *slots, size_t slots_n)
{
	for (size_t i = 0; i < slots_n; i++) {
		to->list = mem_grow(to->list, to->n, &to->cap, sizeof(*to->list));
		to->list[to->n++] = slots[i];
	}
}

void
seglog_assign(struct seglog *l, uint32_t part)
{
	struct seglog_part *p = &l->parts[part];

	if (p->slot != NONE)
		seglog_add_slots(&l->outdated, &p->slot, 1);
	p->slot = l->free.n > 0 ? l->free.list[--l->free.n] : l->slots_n++;
	p->stored = false;
	p->seq = ++l->seq;
}

bool
seglog_is_loose(const struct seglog *l)
{
	return l->slots_n > l->n + l->n / 2 + 128;
}

/* The used slots come first. */
void
seglog_move(struct seglog *l, const uint32_t *moved, uint32_t slots)
{
	uint32_t used = 0;

	for (uint32_t i = l->first; i != NONE; i = l->parts[i].next) {
		if (l->parts[i].slot == NONE)
			continue;
		l->parts[i].slot = moved[l->parts[i].slot];
		used++;
	}
	l->free.n = 0;
	l->slots_n = slots;
	for (uint32_t i = slots; i-- > used;)
		seglog_add_slots(&l->free, &i, 1);
}
