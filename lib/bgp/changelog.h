/*
 * A log of the numbers of changed routes. A place whose change was replaced is blank, until the
 * owner compacts the log.
 */
#ifndef CHANGELOG_H
#define CHANGELOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHANGELOG_BLANK UINT32_MAX

struct changelog {
	uint32_t *places;		/* owned; a number or CHANGELOG_BLANK */
	size_t n, cap, blank;		/* blank: the number of blank places */
};

/* Appends a number and returns its place. */
size_t changelog_append(struct changelog *l, uint32_t number);

void changelog_blank(struct changelog *l, size_t place);

/* Whether compaction is due: the log is long, and more than half of it is blank. */
static inline bool
changelog_is_sparse(const struct changelog *l)
{
	return l->n >= 1024 && l->blank > l->n / 2;
}

/* The number of places before `end` that are not blank. */
size_t changelog_count(const struct changelog *l, size_t end);

void changelog_free(struct changelog *l);

#endif
