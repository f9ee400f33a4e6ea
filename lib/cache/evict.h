/*
 * Eviction: what is removed from a cache when a limit is reached.
 *
 * Pairs belong to groups: one of all pairs with the same `rule`, and for each rule a second one of
 * those that came by import and were never seen here. At a limit, the largest group loses what it
 * has not seen for longest: so random names below one entry of a list push out each other, and not
 * the rest. Groups of imported pairs lose before all others. The size of a group is, at the limit
 * of pairs, its pairs; at the limit of names, its pairs of that address; at the limit of addresses,
 * the addresses that are charged to it. An address is charged to the group that has had pairs of it
 * for longest: so names that point to the address of another group do not make that group larger.
 *
 * A newcomer counts as a member of its group. Where that makes its group the largest, its own group
 * loses; where two groups are as large as each other, the one that was not seen for longest loses.
 * A newcomer that was itself seen earlier than what would be removed then is refused. Imported
 * pairs never replace others than imported ones.
 *
 * Each group has its pairs, and its addresses, in a heap by their last sighting; one that was seen
 * again stays in its old place, and is moved when it comes first. So a sighting costs nothing here.
 */
#ifndef EVICT_H
#define EVICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/heap.h"
#include "cache/tally.h"

struct answer;
struct cache;

enum evict_measure { EVICT_PAIRS, EVICT_ADDRESSES, EVICT_MEASURES };

struct evict_group {
	struct heap of[EVICT_MEASURES];	/* its pairs, and the addresses charged to it */
};

/* All zero to begin with. */
struct evict {
	struct evict_group *groups;	/* owned; by number: twice the rule, plus 1 if imported */
	size_t n, cap;
	struct heap order[EVICT_MEASURES];	/* groups that have members: who loses first */
	struct heap_places places[EVICT_MEASURES], order_places[EVICT_MEASURES];
	struct tallies counts;		/* of groups, of addresses whose pairs differ in them */
};

#define EVICT_NO_GROUP UINT32_MAX

/* The group of a rule, which is interned. */
uint32_t evict_group_number(uint32_t rule, bool imported);

/* The group of a pair. */
uint32_t evict_group_of(const struct cache *c, uint32_t pair);

/* The group that an address is charged to; EVICT_NO_GROUP if it has no pairs. */
uint32_t evict_owner(const struct cache *c, uint32_t address);

/*
 * The pair has been added to its address; `owner` is what evict_owner said before.
 */
void evict_join(struct cache *c, uint32_t pair, uint32_t owner);

/* The pair, which was in `group`, has been taken out of its address. */
void evict_leave(struct cache *c, uint32_t pair, uint32_t group, uint32_t owner);

/* The pair, which was in `group`, has another rule, or counts as seen here now. */
void evict_regroup(struct cache *c, uint32_t pair, uint32_t group, uint32_t owner);

/* The pair counts as seen earlier than before. */
void evict_turn_back(struct cache *c, uint32_t pair);

/*
 * Makes room for a pair of `group` that was seen at `time`, at the address, which may be NONE: a
 * new one. False when it is refused. Routes are told later.
 */
bool evict_make_room(struct cache *c, uint32_t address, uint32_t group, int64_t time);

/* Removes what is beyond the limits. Routes are told later. */
void evict_trim(struct cache *c);

void evict_free(struct evict *e);

#endif
