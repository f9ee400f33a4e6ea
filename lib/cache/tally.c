#include "cache/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void
append_value(struct tally *t, uint32_t value, uint32_t members)
{
	t->of = mem_grow(t->of, t->n, &t->cap, sizeof(*t->of));
	t->of[t->n++] = (struct tally_value){ value, members };
}

static uint32_t
new_tally(struct tallies *t)
{
	uint32_t i = t->free;

	if (i != 0) {
		t->free = (uint32_t)t->all[i - 1].n;
	} else {
		t->all = mem_grow(t->all, t->n, &t->cap, sizeof(*t->all));
		i = (uint32_t)++t->n;
	}
	t->all[i - 1] = (struct tally){ 0 };
	return i - 1;
}

static void
free_tally(struct tallies *t, uint32_t tally)
{
	free(t->all[tally].of);
	t->all[tally] = (struct tally){ .n = t->free };
	t->free = tally + 1;
}

static struct tally_value *
find_value(const struct tally *t, uint32_t value)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->of[i].value == value)
			return &t->of[i];
	return NULL;
}

bool
tally_join(struct tallies *t, uint32_t *tally, uint32_t others, uint32_t before, uint32_t value)
{
	struct tally_value *known;

	if (*tally == TALLY_NONE && (before == 0 || others == value))
		return before == 0;
	if (*tally == TALLY_NONE) {
		*tally = new_tally(t);
		append_value(&t->all[*tally], others, before);
	}
	known = find_value(&t->all[*tally], value);
	if (known != NULL) {
		known->members++;
		return false;
	}
	append_value(&t->all[*tally], value, 1);
	return true;
}

bool
tally_leave(struct tallies *t, uint32_t *tally, uint32_t left, uint32_t value)
{
	struct tally *of;
	struct tally_value *known;

	if (*tally == TALLY_NONE)
		return left == 0;
	of = &t->all[*tally];
	known = find_value(of, value);
	if (--known->members > 0)
		return false;
	of->n--;
	memmove(known, known + 1, (size_t)(of->of + of->n - known) * sizeof(*known));
	if (of->n < 2) {
		free_tally(t, *tally);
		*tally = TALLY_NONE;
	}
	return true;
}

void
tally_free(struct tallies *t)
{
	for (uint32_t i = t->free; i != 0; i = (uint32_t)t->all[i - 1].n)
		t->all[i - 1].of = NULL;
	for (size_t i = 0; i < t->n; i++)
		free(t->all[i].of);
	free(t->all);
	*t = (struct tallies){ 0 };
}
