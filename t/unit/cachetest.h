/*
 * Helpers for tests of a cache: caches whose routes and removed pairs are recorded, functions that
 * merge lines, and functions that read changes.
 */
#ifndef CACHETEST_H
#define CACHETEST_H

#include <stdio.h>

#include "base/clock.h"
#include "cache/cache.h"
#include "unit.h"

/* The routes reported since the last check, one per line. */
static struct buf reported = BUF(1 << 20);

static inline void
note_route(const struct route *r)
{
	route_format(r, &reported);
}

static inline void
check_reported(const char *expected)
{
	buf_byte(&reported, '\0');
	ck_assert_str_eq(reported.data, expected);
	buf_cut(&reported, 0);
}

/* The pairs removed since the last check, one per line: name, place and reason. */
static struct buf removed = BUF(1 << 20);

static inline void
note_gone(const struct answer *a, uint32_t place, enum cache_end why)
{
	buf_str(&removed, a->name);
	buf_byte(&removed, ' ');
	buf_num(&removed, place);
	buf_str(&removed,
	    why == CACHE_EXPIRED ? STR(" expired\n") : why == CACHE_EVICTED ? STR(" evicted\n") :
	    STR(" removed\n"));
}

static inline void
check_removed(const char *expected)
{
	buf_byte(&removed, '\0');
	ck_assert_str_eq(removed.data, expected);
	buf_cut(&removed, 0);
}

/* A cache with a LIFE of 100 seconds. */
static inline struct cache *
new_cache(uint64_t seed)
{
	static const struct life life = { .fixed = 100 * SECOND };

	return cache_new(seed, &life, note_route, note_gone);
}

static inline struct answer
read_line(const char *line)
{
	struct answer a;
	const char *why = answer_parse(str_of(line), &a);

	if (why != NULL)
		ck_abort_msg("%s: %s", line, why);
	return a;
}

static inline enum cache_result
merge(struct cache *c, const char *line, int64_t now)
{
	struct answer a = read_line(line);

	return cache_merge(c, &a, cache_key(c, &a), now);
}

static inline void
each_pair(struct cache *c, void (*each)(const struct answer *a, void *context), void *context)
{
	struct cache_reader r;
	struct answer a;
	uint32_t pair;

	cache_attach(c, &r, 0);
	while (cache_read(c, &r, &a, &pair))
		each(&a, context);
	cache_detach(c, &r);
}

/* Reads all pending changes and checks their names. */
static inline void
check_read(struct cache *c, struct cache_reader *r, const char *expected)
{
	char names[1000] = "";
	struct answer a;
	uint32_t pair;

	while (cache_read(c, r, &a, &pair)) {
		snprintf(strchr(names, '\0'), 300, "%s%.*s",
		    *names != '\0' ? " " : "", (int)a.name.n, a.name.p);
		ck_assert_uint_eq(cache_find(c, &a.addr, a.name), pair);
	}
	ck_assert_str_eq(names, expected);
}

/* Merges a pair of 192.0.2.1 that was seen at the second `at`. */
static inline void
merge_at(struct cache *c, const char *name, int at)
{
	char line[300];

	snprintf(line, sizeof(line), "%d.000000 192.0.2.1 60 %s", at, name);
	merge(c, line, at * SECOND);
}

static inline uint32_t
pair_of(struct cache *c, const char *name)
{
	struct addr addr;

	ck_assert(addr_parse(STR("192.0.2.1"), &addr));
	return cache_find(c, &addr, str_of(name));
}

static inline void
remove_name(struct cache *c, const char *name)
{
	cache_remove(c, pair_of(c, name));
}

/* Checks the names in the cache, in the order of their last change. */
static inline void
check_left(struct cache *c, const char *expected)
{
	struct cache_reader r;

	cache_attach(c, &r, 0);
	check_read(c, &r, expected);
	cache_detach(c, &r);
}

#endif
