/*
 * Groups of pairs, the units of eviction (evict.c). Each rule (the entry of a list that matched)
 * has two groups: imported pairs, which only other caches have seen, and local pairs. An address is
 * charged to one group: of all groups with pairs at the address, the one whose pair was added
 * first. So a further group at the address is not charged for it.
 */
#ifndef GROUP_H
#define GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/heap.h"
#include "cache/tally.h"

struct address;
struct cache;

enum group_measure { GROUP_PAIRS, GROUP_ADDRESSES, GROUP_MEASURES };

/* Must be zeroed before use. */
struct groups {
	struct group_heaps {
		struct heap of[GROUP_MEASURES];	/* the pairs, and the charged addresses */
	} *all;			/* owned; the index is group_number() */
	size_t n, cap;
	/* Groups with members; at the front, the group to lose a member next. */
	struct heap order[GROUP_MEASURES];
	struct heap_places places[GROUP_MEASURES], order_places[GROUP_MEASURES];
	struct tallies counts;	/* pairs per group, for addresses with pairs of several groups */
};

#define GROUP_NONE UINT32_MAX

/* The group of a rule. `rule` is the number of its interned text. */
static inline uint32_t
group_number(uint32_t rule, bool imported)
{
	return 2 * rule + imported;
}

static inline bool
group_is_imported(uint32_t group)
{
	return (group & 1) != 0;
}

uint32_t group_of(const struct cache *c, uint32_t pair);

/* The number of members of a group: its pairs, or the addresses charged to it. */
size_t group_size(const struct cache *c, uint32_t group, enum group_measure m);

/*
 * Counts the pairs of an address by group. The address must have a pair. The result may point to
 * *only.
 */
struct tally group_tally(const struct cache *c, const struct address *a, struct tally_value *only);

/* The time when a member, a pair or an address, was last seen. */
int64_t group_seen(const struct cache *c, enum group_measure m, uint32_t member);

/* The member seen longest ago; approximate in a large group. The group must have a member. */
uint32_t group_oldest(struct cache *c, uint32_t group, enum group_measure m);

/*
 * The first group in the order of eviction: imported groups before local groups, then larger
 * groups, then groups whose oldest member is older. A group with members must exist.
 */
uint32_t group_first(struct cache *c, enum group_measure m);

/* Must be called after a pair was added to its address. */
void group_join(struct cache *c, uint32_t pair);

/* Must be called after a pair was removed from its address. The pair must still have its text. */
void group_leave(struct cache *c, uint32_t pair);

/* Must be called after the group of a pair may have changed. `before` is the old group. */
void group_change(struct cache *c, uint32_t pair, uint32_t before);

/* Must be called after the last sighting of a pair has become earlier. */
void group_turn_back(struct cache *c, uint32_t pair);

void group_free(struct groups *g);

#endif
