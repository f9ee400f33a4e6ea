/*
 * Tallies: how many members of an owner have each value; for example, how many pairs of an address
 * have each tag. An owner whose members all have the same value has no tally and needs no memory.
 *
 * An owner stores the number of its tally, TALLY_NONE to begin with, which these functions set and
 * clear. The values of a tally are in the order in which they were added.
 */
#ifndef TALLY_H
#define TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TALLY_NONE UINT32_MAX

struct tally_value {
	uint32_t value, members;
};

struct tally {
	struct tally_value *of;	/* owned */
	size_t n, cap;
};

/* Must be zeroed before use. */
struct tallies {
	struct tally *all;	/* owned; in an unused tally, `n` is 1 + the index of the next */
	size_t n, cap;
	uint32_t free;		/* 1 + the index of the first unused tally, or 0 */
};

/*
 * Adds a member with `value` to an owner that has `before` members. Without a tally, these all have
 * the value `others`. True: no other member has `value`.
 */
bool tally_join(struct tallies *t, uint32_t *tally, uint32_t others, uint32_t before,
    uint32_t value);

/* Removes a member with `value`; `left` members remain. True: none of them has `value`. */
bool tally_leave(struct tallies *t, uint32_t *tally, uint32_t left, uint32_t value);

static inline const struct tally *
tally_at(const struct tallies *t, uint32_t tally)
{
	return &t->all[tally];
}

void tally_free(struct tallies *t);

#endif
