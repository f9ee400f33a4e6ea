#include "cache/evict.h"

#include <stdlib.h>

#include "base/mem.h"
#include "cache/cache_private.h"
#include "cache/index.h"
#include "cache/text.h"

#define LOOK 1000	/* members, or groups, moved in their heap in search of the oldest */
#define SHARED_MAX 100	/* addresses that lose pairs for one newcomer */
#define NAMES_LOOK 64	/* pairs of a group at an address, compared for the oldest */
#define WALK_MAX 1000	/* pairs of an address passed when one of the group is found */

/*
 * The order of groups: imported ones, then large ones, then those with the oldest member come
 * first.
 */
#define SIZE_BITS 29
#define SIZE_MAX_KEPT ((INT64_C(1) << SIZE_BITS) - 1)

static bool
is_imported(uint32_t group)
{
	return (group & 1) != 0;
}

uint32_t
evict_group_number(uint32_t rule, bool imported)
{
	return 2 * rule + imported;
}

uint32_t
evict_group_of(const struct cache *c, uint32_t pair)
{
	const struct pair *p = &c->pairs[pair];

	return evict_group_number(text_at(c, p->text)->rule, p->imported);
}

uint32_t
evict_owner(const struct cache *c, uint32_t address)
{
	const struct address *a = &c->addresses[address];

	if (a->n == 0)
		return EVICT_NO_GROUP;
	if (a->groups != TALLY_NONE)
		return tally_at(&c->evict.counts, a->groups)->of[0].value;
	return evict_group_of(c, a->pairs);
}

/* --- Members of groups --- */

static struct heap *
members_of(const struct cache *c, uint32_t group, enum evict_measure m)
{
	return &c->evict.groups[group].of[m];
}

static size_t
size_of(const struct cache *c, uint32_t group, enum evict_measure m)
{
	return group < c->evict.n ? members_of(c, group, m)->n : 0;
}

static int64_t
seen_of(const struct cache *c, enum evict_measure m, uint32_t member)
{
	return m == EVICT_PAIRS ? c->pairs[member].last : c->addresses[member].seen * SECOND;
}

static int64_t
order_of(const struct cache *c, uint32_t group, enum evict_measure m)
{
	const struct heap *h = members_of(c, group, m);
	int64_t size = h->n < SIZE_MAX_KEPT ? (int64_t)h->n : SIZE_MAX_KEPT;

	return (int64_t)!is_imported(group) << (SIZE_BITS + 32) | (SIZE_MAX_KEPT - size) << 32 |
	    cache_seconds(heap_next(h));
}

static void
make_group(struct evict *e, uint32_t group)
{
	if (group < e->n)
		return;
	if (group >= e->cap) {
		size_t cap = e->cap > 0 ? e->cap : 16;

		while (group >= cap)
			cap *= 2;
		e->groups = mem_resize(e->groups, cap, sizeof(*e->groups));
		e->cap = cap;
	}
	while (e->n <= group)
		e->groups[e->n++] = (struct evict_group){ 0 };
}

static void
add_member(struct cache *c, uint32_t group, enum evict_measure m, uint32_t member)
{
	struct evict *e = &c->evict;
	struct heap *h;

	make_group(e, group);
	h = members_of(c, group, m);
	heap_add(h, &e->places[m], member, seen_of(c, m, member));
	if (h->n == 1)
		heap_add(&e->order[m], &e->order_places[m], group, order_of(c, group, m));
	else
		heap_move(&e->order[m], &e->order_places[m], group, order_of(c, group, m));
}

static void
remove_member(struct cache *c, uint32_t group, enum evict_measure m, uint32_t member)
{
	struct evict *e = &c->evict;
	struct heap *h = members_of(c, group, m);

	heap_remove(h, &e->places[m], member);
	if (h->n > 0) {
		heap_move(&e->order[m], &e->order_places[m], group, order_of(c, group, m));
		return;
	}
	heap_remove(&e->order[m], &e->order_places[m], group);
	heap_free(h);
}

/* Charges an address to the group that owns it now. */
static void
charge(struct cache *c, uint32_t address, uint32_t before)
{
	uint32_t now = evict_owner(c, address);

	if (now == before)
		return;
	if (before != EVICT_NO_GROUP)
		remove_member(c, before, EVICT_ADDRESSES, address);
	if (now != EVICT_NO_GROUP)
		add_member(c, now, EVICT_ADDRESSES, address);
}

void
evict_join(struct cache *c, uint32_t pair, uint32_t owner)
{
	const struct pair *p = &c->pairs[pair];
	struct address *a = &c->addresses[p->address];
	uint32_t group = evict_group_of(c, pair),
	    others = p->next != NONE ? evict_group_of(c, p->next) : group;

	tally_join(&c->evict.counts, &a->groups, others, a->n - 1, group);
	add_member(c, group, EVICT_PAIRS, pair);
	charge(c, p->address, owner);
}

void
evict_leave(struct cache *c, uint32_t pair, uint32_t group, uint32_t owner)
{
	uint32_t address = c->pairs[pair].address;
	struct address *a = &c->addresses[address];

	tally_leave(&c->evict.counts, &a->groups, a->n, group);
	remove_member(c, group, EVICT_PAIRS, pair);
	charge(c, address, owner);
}

void
evict_regroup(struct cache *c, uint32_t pair, uint32_t group, uint32_t owner)
{
	uint32_t address = c->pairs[pair].address, now = evict_group_of(c, pair);
	struct address *a = &c->addresses[address];

	if (now == group)
		return;
	tally_join(&c->evict.counts, &a->groups, group, a->n, now);
	tally_leave(&c->evict.counts, &a->groups, a->n, group);
	remove_member(c, group, EVICT_PAIRS, pair);
	add_member(c, now, EVICT_PAIRS, pair);
	charge(c, address, owner);
}

static void
turn_back(struct cache *c, uint32_t group, enum evict_measure m, uint32_t member)
{
	struct evict *e = &c->evict;

	heap_move(members_of(c, group, m), &e->places[m], member, seen_of(c, m, member));
	heap_move(&e->order[m], &e->order_places[m], group, order_of(c, group, m));
}

void
evict_turn_back(struct cache *c, uint32_t pair)
{
	uint32_t address = c->pairs[pair].address;

	turn_back(c, evict_group_of(c, pair), EVICT_PAIRS, pair);
	turn_back(c, evict_owner(c, address), EVICT_ADDRESSES, address);
}

/* --- Who loses --- */

/* The member that was not seen for longest: of those looked at, where more were seen again. */
static uint32_t
oldest_of(struct cache *c, uint32_t group, enum evict_measure m)
{
	struct heap *h = members_of(c, group, m);
	uint32_t oldest = heap_first(h);

	for (int n = 0; n < LOOK; n++) {
		uint32_t id = heap_first(h);

		if (seen_of(c, m, id) < seen_of(c, m, oldest))
			oldest = id;
		if (seen_of(c, m, id) <= heap_next(h))
			return id;
		heap_move(h, &c->evict.places[m], id, seen_of(c, m, id));
	}
	return oldest;
}

/* The group that loses first, where nothing speaks for another; there must be one. */
static uint32_t
first_to_lose(struct cache *c, enum evict_measure m)
{
	struct heap *order = &c->evict.order[m];

	for (int n = 0; n < LOOK; n++) {
		uint32_t group = heap_first(order);
		int64_t when;

		oldest_of(c, group, m);
		when = order_of(c, group, m);
		if (when <= heap_next(order))
			break;
		heap_move(order, &c->evict.order_places[m], group, when);
	}
	return heap_first(order);
}

/* Someone who wants room. */
struct newcomer {
	uint32_t group;
	size_t size;		/* of its group, with it */
	int64_t time;
};

/* Whether `group` has to make room, whenever its members were seen. */
static bool
must_yield(const struct newcomer *n, uint32_t group, size_t size)
{
	if (is_imported(group) != is_imported(n->group))
		return is_imported(group);
	return n->size < size;
}

/*
 * The group of the two that loses, if either does: the larger one, or of two that are as large, the
 * one that was not seen for longest. `own` and `other` are the oldest sightings of the newcomer's
 * group, NEVER if it has no member yet, and of `group`.
 */
static uint32_t
loser_of(const struct newcomer *n, uint32_t group, size_t size, int64_t own, int64_t other)
{
	if (is_imported(group) != is_imported(n->group))
		return group;
	return n->size > size || (n->size == size && own < other) ? n->group : group;
}

static bool
is_refused(const struct newcomer *n, uint32_t loser, int64_t oldest)
{
	return (is_imported(n->group) && !is_imported(loser)) || oldest > n->time;
}

/* When the oldest member of a group was seen; NEVER: it has no members. */
static int64_t
oldest_time(struct cache *c, uint32_t group, enum evict_measure m)
{
	if (size_of(c, group, m) == 0)
		return NEVER;
	return seen_of(c, m, oldest_of(c, group, m));
}

/* The group that loses a member to the newcomer, or EVICT_NO_GROUP: the newcomer is refused. */
static uint32_t
choose(struct cache *c, enum evict_measure m, const struct newcomer *n)
{
	uint32_t group = first_to_lose(c, m), loser;
	size_t size = size_of(c, group, m);
	int64_t own, other;

	if (must_yield(n, group, size))
		return group;
	own = oldest_time(c, n->group, m);
	other = oldest_time(c, group, m);
	loser = loser_of(n, group, size, own, other);
	return is_refused(n, loser, loser == group ? other : own) ? EVICT_NO_GROUP : loser;
}

/* --- Removing --- */

static void
lose_pair(struct cache *c, uint32_t group)
{
	cache_remove_pair(c, oldest_of(c, group, EVICT_PAIRS), CACHE_EVICTED);
}

/* Removes the pairs of the group at its oldest address, which others may have pairs of. */
static void
lose_address(struct cache *c, uint32_t group)
{
	uint32_t address = oldest_of(c, group, EVICT_ADDRESSES), next;

	for (uint32_t i = c->addresses[address].pairs; i != NONE; i = next) {
		next = c->pairs[i].next;
		if (evict_group_of(c, i) == group)
			cache_remove_pair(c, i, CACHE_EVICTED);
	}
}

/* Whether a pair of the address was seen here. */
static bool
has_local(const struct cache *c, const struct address *a)
{
	const struct tally *t;

	if (a->groups == TALLY_NONE)
		return !is_imported(evict_group_of(c, a->pairs));
	t = tally_at(&c->evict.counts, a->groups);
	for (size_t i = 0; i < t->n; i++)
		if (!is_imported(t->of[i].value))
			return true;
	return false;
}

static bool
make_room_for_pair(struct cache *c, uint32_t group, int64_t time)
{
	struct newcomer n = { group, size_of(c, group, EVICT_PAIRS) + 1, time };
	uint32_t loser;

	if (c->limits.pairs == 0 || c->pairs_used < c->limits.pairs)
		return true;
	if ((loser = choose(c, EVICT_PAIRS, &n)) == EVICT_NO_GROUP)
		return false;
	lose_pair(c, loser);
	return true;
}

/*
 * An address that other groups have also is not freed: after SHARED_MAX of those, the newcomer is
 * refused. An imported one is refused before it costs a pair of an address that stays in any case.
 */
static bool
make_room_for_address(struct cache *c, uint32_t group, int64_t time)
{
	for (int tries = 0; c->limits.addresses > 0 &&
	    c->addresses_used >= c->limits.addresses; tries++) {
		struct newcomer n = { group, size_of(c, group, EVICT_ADDRESSES) + 1, time };
		uint32_t loser = choose(c, EVICT_ADDRESSES, &n);
		const struct address *oldest;

		if (loser == EVICT_NO_GROUP || tries == SHARED_MAX)
			return false;
		oldest = &c->addresses[oldest_of(c, loser, EVICT_ADDRESSES)];
		if (is_imported(group) && has_local(c, oldest))
			return false;
		lose_address(c, loser);
	}
	return true;
}

/* --- Names of an address --- */

static size_t
names_of(const struct cache *c, const struct address *a, uint32_t group)
{
	const struct tally *t;

	if (a->groups == TALLY_NONE)
		return evict_group_of(c, a->pairs) == group ? a->n : 0;
	t = tally_at(&c->evict.counts, a->groups);
	for (size_t i = 0; i < t->n; i++)
		if (t->of[i].value == group)
			return t->of[i].members;
	return 0;
}

/* The group of an address that loses a name first. */
static uint32_t
first_at(const struct cache *c, const struct address *a)
{
	const struct tally_value *first, *v;
	const struct tally *t;

	if (a->groups == TALLY_NONE)
		return evict_group_of(c, a->pairs);
	t = tally_at(&c->evict.counts, a->groups);
	first = t->of;
	for (v = t->of + 1; v < t->of + t->n; v++)
		if (is_imported(v->value) != is_imported(first->value) ?
		    is_imported(v->value) : v->members > first->members)
			first = v;
	return first->value;
}

/*
 * The oldest pair of a group at an address. Pairs stand in the order in which they came, and the
 * search begins with the first to come; what it passes stands last for the next search. So only a
 * part is looked at.
 */
static uint32_t
oldest_name(struct cache *c, uint32_t address, uint32_t group)
{
	const struct address *a = &c->addresses[address];
	uint32_t found = NONE, n = a->n;

	for (uint32_t passed = 0, compared = 0; passed < n && compared < NAMES_LOOK &&
	    (found == NONE || passed < WALK_MAX); passed++) {
		uint32_t i = c->pairs[a->pairs].prev;

		if (evict_group_of(c, i) == group) {
			compared++;
			if (found == NONE || c->pairs[i].last < c->pairs[found].last)
				found = i;
		}
		index_turn_pairs(c, address);
	}
	return found;
}

static bool
make_room_for_name(struct cache *c, uint32_t address, uint32_t group, int64_t time)
{
	const struct address *a = &c->addresses[address];
	struct newcomer n = { group, names_of(c, a, group) + 1, time };
	uint32_t first = first_at(c, a), oldest = oldest_name(c, address, first), own = oldest;
	size_t size = names_of(c, a, first);
	int64_t own_time;

	if (!must_yield(&n, first, size)) {
		if (group != first)
			own = n.size > 1 ? oldest_name(c, address, group) : NONE;
		own_time = own != NONE ? c->pairs[own].last : NEVER;
		if (loser_of(&n, first, size, own_time, c->pairs[oldest].last) == group)
			oldest = own;
		if (is_refused(&n, evict_group_of(c, oldest), c->pairs[oldest].last))
			return false;
	}
	cache_remove_pair(c, oldest, CACHE_EVICTED);
	return true;
}

bool
evict_make_room(struct cache *c, uint32_t address, uint32_t group, int64_t time)
{
	uint32_t names = address == NONE ? 0 : c->addresses[address].n;

	if (c->limits.names > 0 && names >= c->limits.names)
		return make_room_for_name(c, address, group, time);
	return (names > 0 || make_room_for_address(c, group, time)) &&
	    make_room_for_pair(c, group, time);
}

void
evict_trim(struct cache *c)
{
	const struct cache_limits *most = &c->limits;

	for (uint32_t i = 0; most->names > 0 && i < c->addresses_n; i++) {
		struct address *a = &c->addresses[i];

		while (a->n > most->names)
			cache_remove_pair(c, oldest_name(c, i, first_at(c, a)), CACHE_EVICTED);
	}
	while (most->addresses > 0 && c->addresses_used > most->addresses)
		lose_address(c, first_to_lose(c, EVICT_ADDRESSES));
	while (most->pairs > 0 && c->pairs_used > most->pairs)
		lose_pair(c, first_to_lose(c, EVICT_PAIRS));
}

void
evict_free(struct evict *e)
{
	for (size_t g = 0; g < e->n; g++)
		for (int m = 0; m < EVICT_MEASURES; m++)
			heap_free(&e->groups[g].of[m]);
	for (int m = 0; m < EVICT_MEASURES; m++) {
		heap_free(&e->order[m]);
		heap_free_places(&e->places[m]);
		heap_free_places(&e->order_places[m]);
	}
	free(e->groups);
	tally_free(&e->counts);
}
