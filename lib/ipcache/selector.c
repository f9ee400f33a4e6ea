/*
 * A set finds names by hash, because a pair may have thousands of names in via, and a command may
 * have thousands of selectors. Prefixes are compared with the address one by one; the caller limits
 * this work by means of the cost that selector_set_match adds up.
 */
#include "ipcache/selector.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"

#define NAME_COST 4	/* cost of finding a name, in comparisons with a prefix */

const char *
selector_parse(struct str word, struct selector *s)
{
	if (word.n > 0 && memchr(word.p, '/', word.n) != NULL)
		return prefix_parse(word, &s->prefix);
	if (addr_parse(word, &s->prefix.addr)) {
		s->prefix.len = addr_bits(s->prefix.addr.family);
		return NULL;
	}
	s->prefix.addr.family = ADDR_NONE;
	return name_parse(word, s->name, &s->name_n);
}

void
selector_format(const struct selector *s, char out[NAME_STRLEN])
{
	if (s->prefix.addr.family == ADDR_NONE)
		memcpy(out, s->name, s->name_n + 1);
	else if (s->prefix.len == addr_bits(s->prefix.addr.family))
		addr_format(&s->prefix.addr, out);
	else
		prefix_format(&s->prefix, out);
}

/* --- Sets --- */

static uint32_t
hash_name(const struct selector_set *s, struct str name)
{
	return (uint32_t)hash_bytes(s->seed, name.p, name.n);
}

static struct selector_entry *
find_name(const struct selector_set *s, uint32_t hash, struct str name)
{
	uint32_t i;

	for (size_t at = table_start(&s->names, hash);
	    (i = table_next(&s->names, hash, &at)) != TABLE_NONE;) {
		const struct selector *other = &s->entries[i].selector;

		if (str_eq(name, (struct str){ other->name, other->name_n }))
			return &s->entries[i];
	}
	return NULL;
}

static void
add_prefix(struct selector_set *s)
{
	s->prefixes = mem_grow(s->prefixes, s->prefixes_n, &s->prefixes_cap, sizeof(*s->prefixes));
	s->prefixes[s->prefixes_n++] = (uint32_t)s->n++;
}

static void
add_name(struct selector_set *s, struct str name)
{
	uint32_t hash;

	if (s->names.used == 0)
		s->seed = hash_seed();
	hash = hash_name(s, name);
	if (find_name(s, hash, name) == NULL)
		table_add(&s->names, hash, (uint32_t)s->n++);
}

const char *
selector_set_add(struct selector_set *s, struct str word)
{
	struct selector_entry *e;
	const char *why;

	s->entries = mem_grow(s->entries, s->n, &s->cap, sizeof(*s->entries));
	e = &s->entries[s->n];
	e->found = false;
	if ((why = selector_parse(word, &e->selector)) != NULL)
		return why;
	if (e->selector.prefix.addr.family != ADDR_NONE)
		add_prefix(s);
	else
		add_name(s, (struct str){ e->selector.name, e->selector.name_n });
	return NULL;
}

static bool
match_name(struct selector_set *s, struct str name, size_t *cost)
{
	struct selector_entry *e = find_name(s, hash_name(s, name), name);

	*cost += NAME_COST;
	if (e != NULL)
		e->found = true;
	return e != NULL;
}

static bool
match_names(struct selector_set *s, const struct answer *a, bool by_via, size_t *cost)
{
	bool matches = match_name(s, a->name, cost);
	struct str via = a->via, name;

	while (by_via && str_split(&via, ',', &name))
		matches |= match_name(s, name, cost);
	return matches;
}

bool
selector_set_match(struct selector_set *s, const struct answer *a, bool by_via, size_t *cost)
{
	bool matches = s->n == 0;

	if (s->names.used > 0)
		matches |= match_names(s, a, by_via, cost);
	for (size_t i = 0; i < s->prefixes_n; i++) {
		struct selector_entry *e = &s->entries[s->prefixes[i]];

		if (prefix_covers(&e->selector.prefix, &a->addr))
			matches = e->found = true;
	}
	*cost += s->prefixes_n;
	return matches;
}

const struct selector *
selector_set_next_missing(struct selector_set *s)
{
	while (s->checked < s->n)
		if (!s->entries[s->checked++].found)
			return &s->entries[s->checked - 1].selector;
	return NULL;
}

void
selector_set_free(struct selector_set *s)
{
	free(s->entries);
	free(s->prefixes);
	table_free(&s->names);
}
