/*
 * At a limit, the largest group (group.h) loses the member that it has not seen for longest. So
 * random names below one entry of a list evict each other, and not the pairs of other entries. The
 * size of a group is the number of its pairs at the limit of pairs, of the addresses charged to it
 * at the limit of addresses, and of its pairs of the address at the limit of names.
 *
 * - A newcomer counts as a member of its group. If that group is then the largest, it loses. Of two
 *   largest groups, the one with the older member loses.
 * - A newcomer older than the member that its group, or one as large, would lose is refused.
 * - Groups of imported pairs lose before all others, and imported pairs replace only imported ones.
 */
#include "cache/cache_private.h"

#define SHARED_MAX 100	/* addresses that lose pairs for one newcomer */
#define COMPARE_MAX 64	/* pairs of a group at an address, compared for the oldest */
#define PASS_MAX 1000	/* pairs of an address passed when one of the group is found */

/* A pair that needs room. */
struct newcomer {
	uint32_t group;
	size_t size;		/* of its group, including it */
	int64_t time;
};

/* The group loses, whatever the sightings of its members are. */
static bool
must_yield(const struct newcomer *n, uint32_t group, size_t size)
{
	if (group_is_imported(group) != group_is_imported(n->group))
		return group_is_imported(group);
	return n->size < size;
}

/*
 * The group that loses where `group` need not yield, or GROUP_NONE: the newcomer is refused. `own`
 * and `other` are the oldest sightings of the newcomer's group (NEVER: no members) and of `group`.
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

/* The oldest sighting of a member; NEVER: the group has no members. */
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

/* Removes the group's pairs of its oldest address, which may also have pairs of other groups. */
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

/* Whether a pair of the address was seen here. */
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
 * An address with pairs of several groups is not freed: after SHARED_MAX such addresses, the
 * newcomer is refused. An imported one is refused before it costs a pair of an address that was
 * seen here.
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

/* The number of the group's pairs of an address. */
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

/* The group of an address that loses a name first. */
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
 * The oldest pair of a group at an address. The search starts with the pair that was added first
 * and moves each pair that it passes to the end, so that a search over a part is enough.
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
