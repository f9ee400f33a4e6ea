/*
 * When a pair is added at a limit, the largest group (group.h) loses its oldest member: the member
 * seen longest ago. So random names below one entry of a list evict each other, and not the pairs
 * of other entries. The size of a group depends on the limit. It is the number of its pairs (limit
 * of pairs), of the addresses charged to it (limit of addresses), or of its pairs at the address
 * (limit of names).
 *
 * - The pair to add, the newcomer, is counted in its own group, which loses a member if it is then
 *   the largest. Of two groups of the same size, the group with the older oldest member loses.
 * - A newcomer that is older than the member to remove is refused, unless this member is in a group
 *   that is larger than the newcomer's.
 * - Groups of imported pairs lose members before local groups. Imported pairs replace only imported
 *   pairs.
 */
#include "cache/cache_private.h"

#define SHARED_MAX 100	/* addresses that may lose pairs for one newcomer */
#define COMPARE_MAX 64	/* pairs of the group that oldest_name compares */
#define PASS_MAX 1000	/* pairs that oldest_name passes, once it has found a pair of the group */

/* The pair to add. */
struct newcomer {
	uint32_t group;
	size_t size;		/* size of the group, including the newcomer */
	int64_t time;
};

/*
 * True: `group`, which has this size, loses a member, even if all its members are newer than the
 * newcomer.
 */
static bool
must_yield(const struct newcomer *n, uint32_t group, size_t size)
{
	if (group_is_imported(group) != group_is_imported(n->group))
		return group_is_imported(group);
	return n->size < size;
}

/*
 * Returns the group that loses a member if must_yield is false; GROUP_NONE: the newcomer is
 * refused. `own` and `other` are the results of oldest_time for the newcomer's group and `group`.
 */
static uint32_t
loser_of(const struct newcomer *n, uint32_t group, size_t size, int64_t own, int64_t other)
{
	bool own_loses = n->size > size || own < other;

	if ((group_is_imported(n->group) && !group_is_imported(group)) ||
	    (own_loses ? own : other) > n->time)
		return GROUP_NONE;
	return own_loses ? n->group : group;
}

/* The last sighting of the oldest member; NEVER: the group has no members. */
static int64_t
oldest_time(struct cache *c, uint32_t group, enum group_measure m)
{
	return group_size(c, group, m) == 0 ? NEVER : group_seen(c, m, group_oldest(c, group, m));
}

/* The group that loses a member to the newcomer, or GROUP_NONE. */
static uint32_t
choose_loser(struct cache *c, enum group_measure m, const struct newcomer *n)
{
	uint32_t group = group_first(c, m);
	size_t size = group_size(c, group, m);

	if (must_yield(n, group, size))
		return group;
	return loser_of(n, group, size, oldest_time(c, n->group, m), oldest_time(c, group, m));
}

/* --- Pairs and addresses --- */

static void
evict_pair(struct cache *c, uint32_t group)
{
	cache_remove_pair(c, group_oldest(c, group, GROUP_PAIRS), CACHE_EVICTED);
}

/* Removes the group's pairs at its oldest address, which may also have pairs of other groups. */
static void
evict_address(struct cache *c, uint32_t group)
{
	uint32_t address = group_oldest(c, group, GROUP_ADDRESSES), next;

	for (uint32_t i = c->addresses[address].pairs; i != NONE; i = next) {
		next = c->pairs[i].next;
		if (group_of(c, i) == group)
			cache_remove_pair(c, i, CACHE_EVICTED);
	}
}

/* Whether a pair of the address is local (group.h). */
static bool
has_local(const struct cache *c, const struct address *a)
{
	struct tally_value only;
	struct tally t = group_tally(c, a, &only);

	for (size_t i = 0; i < t.n; i++)
		if (!group_is_imported(t.of[i].value))
			return true;
	return false;
}

static bool
make_room_for_pair(struct cache *c, uint32_t group, int64_t time)
{
	struct newcomer n = { group, group_size(c, group, GROUP_PAIRS) + 1, time };
	uint32_t loser;

	if (c->limits.pairs == 0 || c->pairs_used < c->limits.pairs)
		return true;
	if ((loser = choose_loser(c, GROUP_PAIRS, &n)) == GROUP_NONE)
		return false;
	evict_pair(c, loser);
	return true;
}

/*
 * Makes room for a new address with a pair of `group`, last seen at `time`. False: the pair is
 * refused.
 *
 * An address that also has pairs of other groups remains after evict_address. After SHARED_MAX such
 * addresses, the newcomer is refused. An imported newcomer never removes pairs of an address with a
 * local pair: it is refused instead.
 */
static bool
make_room_for_address(struct cache *c, uint32_t group, int64_t time)
{
	for (int tries = 0; c->limits.addresses > 0 &&
	    c->addresses_used >= c->limits.addresses; tries++) {
		struct newcomer n = { group, group_size(c, group, GROUP_ADDRESSES) + 1, time };
		uint32_t loser = choose_loser(c, GROUP_ADDRESSES, &n);
		const struct address *oldest;

		if (loser == GROUP_NONE || tries == SHARED_MAX)
			return false;
		oldest = &c->addresses[group_oldest(c, loser, GROUP_ADDRESSES)];
		if (group_is_imported(group) && has_local(c, oldest))
			return false;
		evict_address(c, loser);
	}
	return true;
}

/* --- Names of an address --- */

/* How many pairs of the address are in this group. */
static size_t
names_of(const struct cache *c, const struct address *a, uint32_t group)
{
	struct tally_value only;
	struct tally t = group_tally(c, a, &only);

	for (size_t i = 0; i < t.n; i++)
		if (t.of[i].value == group)
			return t.of[i].members;
	return 0;
}

/* The group that is the first to lose a name of the address. */
static uint32_t
first_at(const struct cache *c, const struct address *a)
{
	struct tally_value only;
	struct tally t = group_tally(c, a, &only);
	const struct tally_value *first = t.of;

	for (const struct tally_value *v = t.of + 1; v < t.of + t.n; v++)
		if (group_is_imported(v->value) != group_is_imported(first->value) ?
		    group_is_imported(v->value) : v->members > first->members)
			first = v;
	return first->value;
}

/*
 * Finds the oldest pair of a group at an address, or nearly the oldest. The search starts at the
 * end of the list of the address's pairs, and moves each pair that it passes to the front, so that
 * the next search continues with the other pairs.
 */
static uint32_t
oldest_name(struct cache *c, uint32_t address, uint32_t group)
{
	const struct address *a = &c->addresses[address];
	uint32_t found = NONE, n = a->n;

	for (uint32_t passed = 0, compared = 0; passed < n && compared < COMPARE_MAX &&
	    (found == NONE || passed < PASS_MAX); passed++) {
		uint32_t i = c->pairs[a->pairs].prev;

		if (group_of(c, i) == group) {
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
	uint32_t loser;

	if (!must_yield(&n, first, size)) {
		if (group != first)
			own = n.size > 1 ? oldest_name(c, address, group) : NONE;
		loser = loser_of(&n, first, size, own != NONE ? c->pairs[own].last : NEVER,
		    c->pairs[oldest].last);
		if (loser == GROUP_NONE)
			return false;
		oldest = loser == group ? own : oldest;
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
		evict_address(c, group_first(c, GROUP_ADDRESSES));
	while (most->pairs > 0 && c->pairs_used > most->pairs)
		evict_pair(c, group_first(c, GROUP_PAIRS));
}
