/*
 * Merging, loading and removing pairs. The functions here report each change to the files that
 * maintain dependent data: index (finding pairs), text (names and tags), expire (ends of lives),
 * routes (tags of addresses), group (eviction) and changes (readers). These files also implement
 * the functions of cache.h for their data.
 */
#include "cache/cache.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/pages.h"
#include "cache/cache_private.h"

struct cache *
cache_new(uint64_t seed, const struct life *life, cache_route_fn *route, cache_gone_fn *gone)
{
	struct cache *c = mem_zero(1, sizeof(*c));

	c->seed = seed;
	c->tags.seed = c->rules.seed = seed;
	c->life = *life;
	c->route = route;
	c->gone = gone;
	c->epoch = 1;
	c->clamp_to = NEVER;
	c->pairs_free = c->addresses_free = c->oldest = c->newest = NONE;
	return c;
}

void
cache_free(struct cache *c)
{
	group_free(&c->groups);
	tally_free(&c->tag_counts);
	pages_free(c->addresses, c->addresses_cap, sizeof(*c->addresses));
	pages_free(c->pairs, c->pairs_cap, sizeof(*c->pairs));
	free(c->readers);
	free(c->dirty);
	table_free(&c->by_addr);
	table_free(&c->by_pair);
	heap_free(&c->due);
	heap_free_places(&c->due_places);
	intern_free(&c->tags);
	intern_free(&c->rules);
	slab_free(&c->texts);
	free(c);
}

void
cache_set_guard(struct cache *c, const struct martians *guard)
{
	c->guard = guard;
}

void
cache_set_limits(struct cache *c, const struct cache_limits *limits)
{
	c->limits = *limits;
}

size_t
cache_pairs(const struct cache *c)
{
	return c->pairs_used;
}

size_t
cache_addresses(const struct cache *c)
{
	return c->addresses_used;
}

static int64_t
ttl_end(int64_t time, uint32_t ttl)
{
	return time / SECOND + ttl;
}

/*
 * Sets tag, rule and via of a pair to those of the line `a` (NULL: no change), and sets `imported`.
 */
static void
set_texts(struct cache *c, uint32_t i, const struct answer *a, bool imported)
{
	struct pair *p = &c->pairs[i];
	uint32_t old = p->text, tag = text_tag(c, p), group = group_of(c, i);

	p->text = text_take_for(c, p, a);
	p->imported = imported;
	routes_change_tag(c, p, tag);
	group_change(c, i, group);
	text_drop(c, old);
}

static int64_t
first_of(const struct answer *a)
{
	return a->first >= 0 && a->first < a->time ? a->first : a->time;
}

static uint32_t
add_pair(struct cache *c, uint32_t address, uint32_t hash, const struct answer *a)
{
	uint32_t i = index_new_pair(c);
	struct pair *p = &c->pairs[i];

	*p = (struct pair){ .address = address, .text = text_take(c, a), .ttl = a->ttl,
	    .imported = a->imported, .last = a->time, .first = first_of(a) };
	index_add_pair(c, i, hash);
	expire_add(c, i);
	routes_join_tag(c, p);
	group_join(c, i);
	changes_append(c, i);
	return i;
}

static enum cache_result
merge_into(struct cache *c, uint32_t i, const struct answer *a, int64_t now)
{
	struct pair *p = &c->pairs[i];
	int64_t first = first_of(a) < p->first ? first_of(a) : p->first;
	bool future = p->last > now + CACHE_AHEAD;	/* the clock was set back */
	int64_t last = future || a->time > p->last ? a->time : p->last;
	int64_t furthest = future ? 0 : ttl_end(p->last, p->ttl);
	uint32_t ttl;
	bool imported = p->imported && a->imported;
	bool newer = future || a->time > p->last ||
	    (a->time == p->last && text_compare(c, a, text_at(c, p->text)) > 0);

	if (ttl_end(a->time, a->ttl) > furthest)
		furthest = ttl_end(a->time, a->ttl);
	ttl = (uint32_t)(furthest - last / SECOND);
	if (!newer && first == p->first && ttl == p->ttl && imported == p->imported)
		return CACHE_SAME;
	set_texts(c, i, newer ? a : NULL, imported);
	p->first = first;
	expire_set_seen(c, i, last, ttl);
	return CACHE_MERGED;
}

void
cache_remove_pair(struct cache *c, uint32_t i, enum cache_end why)
{
	struct pair *p = &c->pairs[i];
	struct answer a;

	cache_get(c, i, &a);
	c->gone(&a, p->place, why);
	heap_remove(&c->due, &c->due_places, i);
	changes_remove(c, i);
	index_remove_pair(c, i, cache_key(c, &a).pair);
	routes_leave_tag(c, p->address, text_tag(c, p));
	group_leave(c, i);
	text_drop(c, p->text);
	index_free_pair(c, i);
}

void
cache_remove(struct cache *c, uint32_t pair)
{
	cache_remove_pair(c, pair, CACHE_REMOVED);
	routes_flush(c);
}

static bool
evict_for(struct cache *c, uint32_t address, const struct answer *a)
{
	uint32_t rule = intern_take(&c->rules, a->rule);
	bool made = evict_make_room(c, address, group_number(rule, a->imported), a->time);

	intern_drop(&c->rules, rule);
	return made;
}

/*
 * Adds the pair of a line and sets *i to the pair, or refuses the line. `loading`: without limits.
 */
static enum cache_result
admit_pair(struct cache *c, const struct answer *a, struct cache_key key, bool loading,
    uint32_t *i)
{
	uint32_t address = index_find_address(c, &a->addr, key.address);

	if (address == NONE && c->guard != NULL && martians_denies(c->guard, &a->addr))
		return CACHE_DENIED;
	if (!loading && !evict_for(c, address, a))
		return CACHE_FULL;
	if (address == NONE)
		address = index_add_address(c, &a->addr, key.address);
	*i = add_pair(c, address, key.pair, a);
	return CACHE_NEW;
}

enum cache_result
cache_merge(struct cache *c, const struct answer *a, struct cache_key key, int64_t now)
{
	enum cache_result result;
	uint32_t i;

	if (a->time > now + CACHE_AHEAD)
		return CACHE_AHEAD_OF_CLOCK;
	if (expire_end(c, a->time, a->ttl) <= now)
		return CACHE_DEAD;
	i = index_find_pair(c, &a->addr, a->name, key.pair);
	/*
	 * Otherwise merge_into would replace the future time by an older time of an imported line.
	 */
	if (i != NONE && a->imported && !c->pairs[i].imported &&
	    c->pairs[i].last > now + CACHE_AHEAD)
		expire_clamp_time(c, i, now);
	result = i != NONE ? merge_into(c, i, a, now) : admit_pair(c, a, key, false, &i);
	if (result == CACHE_MERGED)
		changes_note(c, i);
	routes_flush(c);
	return result;
}

uint32_t
cache_load(struct cache *c, const struct answer *a, struct cache_key key, uint32_t place,
    uint32_t *before)
{
	uint32_t i = index_find_pair(c, &a->addr, a->name, key.pair);

	*before = 0;
	if (i == NONE) {
		if (admit_pair(c, a, key, true, &i) != CACHE_NEW)
			return NONE;
	} else {
		*before = c->pairs[i].place;
		set_texts(c, i, a, a->imported);
		c->pairs[i].first = first_of(a);
		expire_set_seen(c, i, a->time, a->ttl);
		changes_note(c, i);
	}
	c->pairs[i].place = place;
	return i;
}

void
cache_unload(struct cache *c, uint32_t pair)
{
	cache_remove_pair(c, pair, CACHE_REMOVED);
}

bool
cache_retag(struct cache *c, const struct answer *a)
{
	uint32_t i = cache_find(c, &a->addr, a->name);
	struct answer now;

	if (i == NONE)
		return false;
	cache_get(c, i, &now);
	if (str_eq(a->tag, now.tag) && str_eq(a->rule, now.rule))
		return true;
	now.tag = a->tag;
	now.rule = a->rule;
	changes_note(c, i);
	set_texts(c, i, &now, now.imported);
	routes_flush(c);
	return true;
}

uint32_t
cache_top(const struct cache *c)
{
	return (uint32_t)c->pairs_n;
}

bool
cache_is_pair(const struct cache *c, uint32_t number)
{
	return c->pairs[number].text != SLAB_NONE;
}

void
cache_get(const struct cache *c, uint32_t pair, struct answer *a)
{
	const struct pair *p = &c->pairs[pair];
	const struct text *t = text_at(c, p->text);

	a->time = p->last;
	index_get_addr(c, &c->addresses[p->address], &a->addr);
	a->ttl = p->ttl;
	a->name = text_name(t);
	a->via = text_via(t);
	a->tag = intern_text(&c->tags, t->tag);
	a->rule = text_rule(c, t);
	a->first = p->first;
	a->imported = p->imported;
	/* Assigned one by one: a struct copy would wait for the writes above (store forwarding). */
	a->address = (struct str){ NULL, 0 };
	a->keys = (struct str){ NULL, 0 };
	a->client = (struct str){ NULL, 0 };
}

uint32_t
cache_place(const struct cache *c, uint32_t pair)
{
	return c->pairs[pair].place;
}

void
cache_set_place(struct cache *c, uint32_t pair, uint32_t place)
{
	c->pairs[pair].place = place;
}
