/*
 * Pairs are appended at the end of the log. When too much of the log is out of date, its first
 * parts are cleaned: the pairs that live there are appended again, and the parts are dropped.
 *
 * - Parts are dropped only from the front. So an entry "gone" (the pair was removed) in the first
 *   part is not needed: all earlier entries of the pair were dropped.
 * - A slot that the last commit names is not overwritten. If the next commit removes the slot from
 *   the log, the slot is outdated until that commit is done.
 */
#include "store/seglog.h"

#include <stdlib.h>

#include "base/mem.h"

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
	for (size_t i = 0; i < l->full_n; i++)
		free(l->full[i].segment);
	free(l->full);
	free(l->filling);
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

static void
complete_open(struct seglog *l)
{
	struct seglog_part *p = &l->parts[l->open];

	p->entry_bytes = l->filling->used / l->filling->entries;
	l->live_bytes += (uint64_t)p->live * p->entry_bytes;
	l->full = mem_grow(l->full, l->full_n, &l->full_cap, sizeof(*l->full));
	l->full[l->full_n++] = (struct seglog_full){ l->open, l->filling };
	l->filling = NULL;
}

void
seglog_put(struct seglog *l, const struct answer *a,
    bool (*put)(struct segment *to, const struct answer *a))
{
	l->changed = true;
	if (l->filling != NULL && put(l->filling, a))
		return;
	if (l->filling != NULL)
		complete_open(l);
	l->filling = mem_alloc(sizeof(*l->filling));
	segment_begin(l->filling);
	l->open = seglog_add(l);
	put(l->filling, a);
}

struct segment *
seglog_copy_open(struct seglog *l)
{
	bool changed = l->changed;

	l->changed = false;
	return changed ? mem_dup(l->filling, sizeof(*l->filling)) : NULL;
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

static void
drop_first(struct seglog *l)
{
	uint32_t i = l->first;

	seglog_add_slot(&l->outdated, l->parts[i].slot);
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

/* Whether too much of the log would be out of date if the log had `n` parts. */
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
seglog_add_slot(struct seglog_slots *to, uint32_t slot)
{
	to->list = mem_grow(to->list, to->n, &to->cap, sizeof(*to->list));
	to->list[to->n++] = slot;
}

void
seglog_assign(struct seglog *l, uint32_t part)
{
	struct seglog_part *p = &l->parts[part];

	if (p->slot != NONE)
		seglog_add_slot(&l->outdated, p->slot);
	p->slot = l->free.n > 0 ? l->free.list[--l->free.n] : l->slots_n++;
	p->stored = false;
	p->seq = ++l->seq;
}

bool
seglog_is_loose(const struct seglog *l)
{
	return l->slots_n > l->n + l->n / 2 + 128;
}

/* After shrinking, the used slots are the first slots of the file. */
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
		seglog_add_slot(&l->free, i);
}
