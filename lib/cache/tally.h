/*
 * Counts of values, for owners whose members do not all have the same one: how many members of an
 * owner have each value. An owner whose members agree has no tally, and costs nothing.
 *
 * An owner holds the number of its tally, TALLY_NONE to begin with, which these functions set and
 * clear. The first value of a tally is the one that has been there longest without a break.
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

/* All zero to begin with. */
struct tallies {
	struct tally *all;	/* owned; a free one has 1 + the next free one in `n` */
	size_t n, cap;
	uint32_t free;		/* 1 + the first free one, or 0 */
};

/*
 * One more member of the owner has `value`. Before it came, the owner had `before` members, which,
 * while it has no tally, all have the value `others`. True when `value` is new to the owner.
 */
bool tally_join(struct tallies *t, uint32_t *tally, uint32_t others, uint32_t before,
    uint32_t value);

/*
 * One member fewer has `value`; `left` members are left. True when none of them has `value`.
 */
bool tally_leave(struct tallies *t, uint32_t *tally, uint32_t left, uint32_t value);

/* The values of a tally, and how many there are. */
static inline const struct tally *
tally_at(const struct tallies *t, uint32_t tally)
{
	return &t->all[tally];
}

void tally_free(struct tallies *t);

#endif
