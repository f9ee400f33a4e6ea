/*
 * The heap c->due contains all pairs, ordered by the end of their lives. If LIFE is fixed, the keys
 * are the last sightings instead, which have the same order and do not change when the clock is
 * set.
 *
 * - A key may be earlier than the end of a pair's life, never later. A pair that is seen again
 *   keeps its key until the pair is first in the heap, so a sighting does not change the heap.
 * - No sighting is later than c->latest. If c->latest is more than CACHE_AHEAD in the future, the
 *   clock was set back: all pairs are checked for times in the future, EXPIRE_MAX pairs per call.
 */
#include "cache/cache_private.h"

#include "base/clock.h"

#define EXPIRE_MAX 1000	/* pairs that one call of cache_expire checks */

int64_t
expire_end(const struct cache *c, int64_t last, uint32_t ttl)
{
	return clockstep_seen(&c->steps, last) + life_of(&c->life, ttl);
}

static int64_t
due_of(const struct cache *c, const struct pair *p)
{
	return c->life.fixed > 0 ? p->last : expire_end(c, p->last, p->ttl);
}

static void
advance_due(struct cache *c, uint32_t i, int64_t before)
{
	if (due_of(c, &c->pairs[i]) < before)
		heap_move(&c->due, &c->due_places, i, due_of(c, &c->pairs[i]));
}

static void
note_seen(struct cache *c, const struct pair *p)
{
	struct address *a = &c->addresses[p->address];

	if (cache_seconds(p->last) > a->seen)
		a->seen = cache_seconds(p->last);
	if (p->last > c->latest)
		c->latest = p->last;
}

static uint32_t
latest_of(const struct cache *c, const struct address *a)
{
	uint32_t latest = 0;

	for (uint32_t i = a->pairs; i != NONE; i = c->pairs[i].next)
		if (cache_seconds(c->pairs[i].last) > latest)
			latest = cache_seconds(c->pairs[i].last);
	return latest;
}

/*
 * Updates the address and the group of a pair whose last sighting was moved to an earlier time. If
 * this time is c->clamp_to, it is the latest sighting of the address, because c->clamp_to replaces
 * all later times.
 */
static void
seen_earlier(struct cache *c, uint32_t i)
{
	const struct pair *p = &c->pairs[i];
	struct address *a = &c->addresses[p->address];

	if (p->last == c->clamp_to)
		a->seen = cache_seconds(p->last);
	else
		a->seen = latest_of(c, a);
	group_turn_back(c, i);
}

void
expire_add(struct cache *c, uint32_t i)
{
	note_seen(c, &c->pairs[i]);
	heap_add(&c->due, &c->due_places, i, due_of(c, &c->pairs[i]));
}

void
expire_set_seen(struct cache *c, uint32_t i, int64_t last, uint32_t ttl)
{
	struct pair *p = &c->pairs[i];
	int64_t due = due_of(c, p), before = p->last;

	p->last = last;
	p->ttl = ttl;
	advance_due(c, i, due);
	if (last < before)
		seen_earlier(c, i);
	note_seen(c, p);
}

void
cache_clock(struct cache *c, int64_t wall, int64_t mono)
{
	int64_t longest = c->life.fixed > 0 ? c->life.fixed : c->life.cap;

	clockstep_watch(&c->steps, wall, mono);
	clockstep_forget(&c->steps, wall - longest);
	if (c->latest <= wall + CACHE_AHEAD)
		return;
	c->latest = wall;
	c->clamp_at = 0;
	c->clamp_to = wall;
}

void
expire_clamp_time(struct cache *c, uint32_t i, int64_t now)
{
	if (c->pairs[i].first > now)
		c->pairs[i].first = now;
	expire_set_seen(c, i, now, c->pairs[i].ttl);
	changes_note(c, i);
}

static void
clamp_future_times(struct cache *c)
{
	for (int n = 0; n < EXPIRE_MAX && c->clamp_to != NEVER; n++) {
		uint32_t i = (uint32_t)c->clamp_at++;

		if (i >= c->pairs_n)
			c->clamp_to = NEVER;
		else if (cache_is_pair(c, i) && c->pairs[i].last > c->clamp_to)
			expire_clamp_time(c, i, c->clamp_to);
	}
}

static int64_t
next_due(const struct cache *c)
{
	int64_t next = heap_next(&c->due);

	return next == NEVER || c->life.fixed == 0 ? next :
	    clockstep_seen(&c->steps, next) + c->life.fixed;
}

/* Removes the first pair of the heap, or updates its key if the pair was seen again. */
static void
expire_first(struct cache *c, int64_t now)
{
	uint32_t i = heap_first(&c->due);

	if (expire_end(c, c->pairs[i].last, c->pairs[i].ttl) <= now)
		cache_remove_pair(c, i, CACHE_EXPIRED);
	else
		heap_move(&c->due, &c->due_places, i, due_of(c, &c->pairs[i]));
}

bool
cache_expire(struct cache *c, int64_t now)
{
	clamp_future_times(c);
	for (int n = 0; n < EXPIRE_MAX && next_due(c) <= now; n++)
		expire_first(c, now);
	routes_flush(c);
	return next_due(c) <= now;
}

void
cache_end_load(struct cache *c, int64_t now)
{
	while (next_due(c) <= now)
		expire_first(c, now);
	evict_trim(c);
}

int64_t
cache_next_expiry(const struct cache *c)
{
	return c->clamp_to != NEVER ? 0 : next_due(c);
}
