#include "ipcache/selectors.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"

#define NAME_COST 4	/* of a name that is looked up, in comparisons with a prefix */

static struct str
name_of(const struct selector *t)
{
	return (struct str){ t->name, t->name_n };
}

static uint32_t
hash_name(const struct selectors *s, struct str name)
{
	return (uint32_t)hash_bytes(s->seed, name.p, name.n);
}

/* The word that is this name, or NULL. */
static struct selectors_word *
find_name(const struct selectors *s, uint32_t hash, struct str name)
{
	uint32_t i;

	for (size_t at = table_start(&s->names, hash);
	    (i = table_next(&s->names, hash, &at)) != TABLE_NONE;)
		if (str_eq(name, name_of(&s->words[i].target)))
			return &s->words[i];
	return NULL;
}

static void
add_prefix(struct selectors *s)
{
	s->prefixes = mem_grow(s->prefixes, s->prefixes_n, &s->prefixes_cap, sizeof(*s->prefixes));
	s->prefixes[s->prefixes_n++] = (uint32_t)s->n++;
}

static void
add_name(struct selectors *s, struct str name)
{
	uint32_t hash;

	if (s->names.used == 0)
		s->seed = hash_seed();
	hash = hash_name(s, name);
	if (find_name(s, hash, name) == NULL)
		table_add(&s->names, hash, (uint32_t)s->n++);
}

const char *
selectors_add(struct selectors *s, struct str word)
{
	struct selectors_word *w;
	const char *why;

	s->words = mem_grow(s->words, s->n, &s->cap, sizeof(*s->words));
	w = &s->words[s->n];
	w->found = false;
	if ((why = selector_parse(word, &w->target)) != NULL)
		return why;
	if (w->target.prefix.addr.family != ADDR_NONE)
		add_prefix(s);
	else
		add_name(s, name_of(&w->target));
	return NULL;
}

static bool
mark_name(struct selectors *s, struct str name, size_t *cost)
{
	struct selectors_word *w = find_name(s, hash_name(s, name), name);

	*cost += NAME_COST;
	if (w != NULL)
		w->found = true;
	return w != NULL;
}

static bool
mark_names(struct selectors *s, const struct answer *a, bool by_via, size_t *cost)
{
	bool wanted = mark_name(s, a->name, cost);
	struct str via = a->via, name;

	while (by_via && str_split(&via, ',', &name))
		wanted |= mark_name(s, name, cost);
	return wanted;
}

bool
selectors_match(struct selectors *s, const struct answer *a, bool by_via, size_t *cost)
{
	bool wanted = s->n == 0;

	if (s->names.used > 0)
		wanted |= mark_names(s, a, by_via, cost);
	for (size_t i = 0; i < s->prefixes_n; i++) {
		struct selectors_word *w = &s->words[s->prefixes[i]];

		if (prefix_covers(&w->target.prefix, &a->addr))
			wanted = w->found = true;
	}
	*cost += s->prefixes_n;
	return wanted;
}

const struct selector *
selectors_next_missing(struct selectors *s)
{
	while (s->checked < s->n)
		if (!s->words[s->checked++].found)
			return &s->words[s->checked - 1].target;
	return NULL;
}

void
selectors_free(struct selectors *s)
{
	free(s->words);
	free(s->prefixes);
	table_free(&s->names);
}
