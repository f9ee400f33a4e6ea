#include "bgp/changelog.h"

#include <stdlib.h>

#include "base/mem.h"

size_t
changelog_append(struct changelog *l, uint32_t number)
{
	l->places = mem_grow(l->places, l->n, &l->cap, sizeof(*l->places));
	l->places[l->n] = number;
	return l->n++;
}

void
changelog_blank(struct changelog *l, size_t place)
{
	l->places[place] = CHANGELOG_BLANK;
	l->blank++;
}

size_t
changelog_count(const struct changelog *l, size_t end)
{
	size_t n = 0;

	if (end == l->n)
		return l->n - l->blank;
	for (size_t i = 0; i < end; i++)
		n += l->places[i] != CHANGELOG_BLANK;
	return n;
}

void
changelog_free(struct changelog *l)
{
	free(l->places);
}
