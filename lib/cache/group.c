/*
 * A group has two heaps by last sighting: its pairs, and the addresses charged to it. Two more
 * heaps, for pairs and addresses, contain all groups with members, in the order of eviction.
 *
 * Invariant: the key of a member may be older than its last sighting, never newer. A member that is
 * seen again keeps its key until it is first in its heap, so a sighting does not change a heap.
 */
#include "cache/group.h"

#include <stdlib.h>

#include "base/mem.h"
#include "cache/cache_private.h"

#define REORDER_MAX 1000	/* the most keys that one search in a heap updates */

/* A key in the order of groups: imported first, then the larger size, then the older member. */
#define SIZE_BITS 29
#define SIZE_LIMIT ((INT64_C(1) << SIZE_BITS) - 1)

uint32_t
group_of(const struct cache *c, uint32_t pair)
{
	const struct pair *p = &c->pairs[pair];

	return group_number(text_at(c, p->text)->rule, p->imported);
}

static struct heap *
members_of(const struct cache *c, uint32_t group, enum group_measure m)
{
	return &c->groups.all[group].of[m];
}

size_t
group_size(const struct cache *c, uint32_t group, enum group_measure m)
{
	return group < c->groups.n ? members_of(c, group, m)->n : 0;
}

struct tally
group_tally(const struct cache *c, const struct address *a, struct tally_value *only)
{
	if (a->groups != TALLY_NONE)
		return *tally_at(&c->groups.counts, a->groups);
	*only = (struct tally_value){ group_of(c, a->pairs), a->n };
	return (struct tally){ only, 1, 1 };
}

int64_t
group_seen(const struct cache *c, enum group_measure m, uint32_t member)
{
	return m == GROUP_PAIRS ? c->pairs[member].last : c->addresses[member].seen * SECOND;
}

/* --- The order of groups --- */

static int64_t
order_key(const struct cache *c, uint32_t group, enum group_measure m)
{
	const struct heap *h = members_of(c, group, m);
	int64_t size = h->n < SIZE_LIMIT ? (int64_t)h->n : SIZE_LIMIT;

	return (int64_t)!group_is_imported(group) << (SIZE_BITS + 32) | (SIZE_LIMIT - size) << 32 |
	    cache_seconds(heap_next(h));
}

static void
update_order(struct cache *c, uint32_t group, enum group_measure m)
{
	struct groups *g = &c->groups;

	heap_move(&g->order[m], &g->order_places[m], group, order_key(c, group, m));
}

uint32_t
group_oldest(struct cache *c, uint32_t group, enum group_measure m)
{
	struct heap *h = members_of(c, group, m);
	uint32_t oldest = heap_first(h);

	for (int n = 0; n < REORDER_MAX; n++) {
		uint32_t id = heap_first(h);

		if (group_seen(c, m, id) < group_seen(c, m, oldest))
			oldest = id;
		if (group_seen(c, m, id) <= heap_next(h))
			return id;
		heap_move(h, &c->groups.places[m], id, group_seen(c, m, id));
	}
	return oldest;
}

uint32_t
group_first(struct cache *c, enum group_measure m)
{
	struct heap *order = &c->groups.order[m];

	for (int n = 0; n < REORDER_MAX; n++) {
		uint32_t group = heap_first(order);

		group_oldest(c, group, m);
		if (order_key(c, group, m) <= heap_next(order))
			break;
		update_order(c, group, m);
	}
	return heap_first(order);
}

/* --- Members --- */

static void
make_group(struct groups *g, uint32_t group)
{
	while (g->n <= group) {
		g->all = mem_grow(g->all, g->n, &g->cap, sizeof(*g->all));
		g->all[g->n++] = (struct group_heaps){ 0 };
	}
}

static void
add_member(struct cache *c, uint32_t group, enum group_measure m, uint32_t member)
{
	struct groups *g = &c->groups;
	struct heap *h;

	make_group(g, group);
	h = members_of(c, group, m);
	heap_add(h, &g->places[m], member, group_seen(c, m, member));
	if (h->n == 1)
		heap_add(&g->order[m], &g->order_places[m], group, order_key(c, group, m));
	else
		update_order(c, group, m);
}

static void
remove_member(struct cache *c, uint32_t group, enum group_measure m, uint32_t member)
{
	struct groups *g = &c->groups;
	struct heap *h = members_of(c, group, m);

	heap_remove(h, &g->places[m], member);
	if (h->n > 0) {
		update_order(c, group, m);
		return;
	}
	heap_remove(&g->order[m], &g->order_places[m], group);
	heap_free(h);
}

/*
 * The group to which an address is charged. `agreed` is the group of all its pairs, if they have
 * the same group.
 */
static uint32_t
owner_of(const struct cache *c, const struct address *a, uint32_t agreed)
{
	return a->groups == TALLY_NONE ? agreed :
	    tally_at(&c->groups.counts, a->groups)->of[0].value;
}

/* Charges an address to its present owner instead of the group `before`. */
static void
charge(struct cache *c, uint32_t address, uint32_t before)
{
	const struct address *a = &c->addresses[address];
	uint32_t now = a->n == 0 ? GROUP_NONE : owner_of(c, a, group_of(c, a->pairs));

	if (now == before)
		return;
	if (before != GROUP_NONE)
		remove_member(c, before, GROUP_ADDRESSES, address);
	if (now != GROUP_NONE)
		add_member(c, now, GROUP_ADDRESSES, address);
}

void
group_join(struct cache *c, uint32_t pair)
{
	const struct pair *p = &c->pairs[pair];
	struct address *a = &c->addresses[p->address];
	uint32_t group = group_of(c, pair), others = p->next != NONE ? group_of(c, p->next) : group,
	    owner = a->n == 1 ? GROUP_NONE : owner_of(c, a, others);

	tally_join(&c->groups.counts, &a->groups, others, a->n - 1, group);
	add_member(c, group, GROUP_PAIRS, pair);
	charge(c, p->address, owner);
}

void
group_leave(struct cache *c, uint32_t pair)
{
	uint32_t address = c->pairs[pair].address, group = group_of(c, pair);
	struct address *a = &c->addresses[address];
	uint32_t owner = owner_of(c, a, group);

	tally_leave(&c->groups.counts, &a->groups, a->n, group);
	remove_member(c, group, GROUP_PAIRS, pair);
	charge(c, address, owner);
}

void
group_change(struct cache *c, uint32_t pair, uint32_t before)
{
	uint32_t address = c->pairs[pair].address, now = group_of(c, pair);
	struct address *a = &c->addresses[address];
	uint32_t owner = owner_of(c, a, before);

	if (now == before)
		return;
	tally_join(&c->groups.counts, &a->groups, before, a->n, now);
	tally_leave(&c->groups.counts, &a->groups, a->n, before);
	remove_member(c, before, GROUP_PAIRS, pair);
	add_member(c, now, GROUP_PAIRS, pair);
	charge(c, address, owner);
}

static void
turn_back(struct cache *c, uint32_t group, enum group_measure m, uint32_t member)
{
	heap_move(members_of(c, group, m), &c->groups.places[m], member, group_seen(c, m, member));
	update_order(c, group, m);
}

void
group_turn_back(struct cache *c, uint32_t pair)
{
	uint32_t address = c->pairs[pair].address, group = group_of(c, pair);

	turn_back(c, group, GROUP_PAIRS, pair);
	turn_back(c, owner_of(c, &c->addresses[address], group), GROUP_ADDRESSES, address);
}

void
group_free(struct groups *g)
{
	for (size_t i = 0; i < g->n; i++)
		for (int m = 0; m < GROUP_MEASURES; m++)
			heap_free(&g->all[i].of[m]);
	for (int m = 0; m < GROUP_MEASURES; m++) {
		heap_free(&g->order[m]);
		heap_free_places(&g->places[m]);
		heap_free_places(&g->order_places[m]);
	}
	free(g->all);
	tally_free(&g->counts);
}
