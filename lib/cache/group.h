/*
 * Groups of pairs, the units of eviction (evict.c). A rule has two groups: the pairs that were seen
 * here, and the pairs that were only imported. An address is charged to the group which has had
 * pairs of it for longest. So names that point to the address of another group do not enlarge the
 * group that they are in.
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

/* All zero to begin with. */
struct groups {
	struct group_heaps {
		struct heap of[GROUP_MEASURES];	/* its pairs, and the addresses charged to it */
	} *all;			/* owned; by number: twice the rule, plus 1 if imported */
	size_t n, cap;
	struct heap order[GROUP_MEASURES];	/* groups with members, the first to lose first */
	struct heap_places places[GROUP_MEASURES], order_places[GROUP_MEASURES];
	struct tallies counts;	/* of groups, of addresses with pairs of several groups */
};

#define GROUP_NONE UINT32_MAX

/* The group of a rule, which is interned. */
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

/* The number of its members. */
size_t group_size(const struct cache *c, uint32_t group, enum group_measure m);

/* The groups of an address that has pairs, with the number of pairs; *only is used as storage. */
struct tally group_tally(const struct cache *c, const struct address *a, struct tally_value *only);

/* When a member was last seen. */
int64_t group_seen(const struct cache *c, enum group_measure m, uint32_t member);

/* The member that was seen longest ago, in most cases; the group must have members. */
uint32_t group_oldest(struct cache *c, uint32_t group, enum group_measure m);

/*
 * The first group in the order of eviction: imported before seen here, then the largest, then the
 * one with the oldest member. One must exist.
 */
uint32_t group_first(struct cache *c, enum group_measure m);

/* The pair was added to its address. */
void group_join(struct cache *c, uint32_t pair);

/* The pair was removed from its address, but still has its address and text. */
void group_leave(struct cache *c, uint32_t pair);

/* The pair was in the group `before`, and may be in another one now. */
void group_change(struct cache *c, uint32_t pair, uint32_t before);

/* The last sighting of the pair is now earlier than before. */
void group_turn_back(struct cache *c, uint32_t pair);

void group_free(struct groups *g);

#endif
