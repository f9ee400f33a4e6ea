/*
 * Entries of a segment with a valid head, as in a forged DB. Accepted entries are loaded into a
 * cache. The cache's routes must be lines that bgp-announce accepts. Its pairs are exported as
 * lines that ipcache accepts, and as segments with the same entries.
 */
#include "store/segment.h"

#include "base/clock.h"
#include "cache/cache.h"
#include "fuzz.h"

#define NOW (1795392065 * SECOND)

static struct segment given, again;
static struct cache *cache;
static struct buf line = BUF(3 * ANSWER_MAX);

static void
check_same(const struct answer *a, const struct answer *b)
{
	FUZZ_ASSERT(addr_eq(&a->addr, &b->addr) && str_eq(a->name, b->name));
	FUZZ_ASSERT(a->time == b->time && a->ttl == b->ttl && a->first == b->first);
	FUZZ_ASSERT(str_eq(a->via, b->via) && str_eq(a->tag, b->tag) && str_eq(a->rule, b->rule));
}

static void
check_route(const struct route *r)
{
	struct route parsed;

	buf_cut(&line, 0);
	route_format(r, &line);
	FUZZ_ASSERT(!line.overflow && line.len <= ROUTE_MAX);
	FUZZ_ASSERT(route_parse((struct str){ line.data, line.len - 1 }, &parsed) == NULL);
	FUZZ_ASSERT(parsed.verb == r->verb && str_eq(parsed.tag, r->tag));
}

static void
ignore_removal(const struct answer *a, uint32_t place, enum cache_end why)
{
	(void)a, (void)place, (void)why;
}

/* Loads the entries as a program does at its start. False if an entry is refused. */
static bool
load(void)
{
	struct segment_reader r;
	struct answer a;
	uint32_t before, pair;
	bool gone;

	if (segment_open(&r, given.data, segment_length(given.data)) != NULL)
		return false;
	while (segment_next(&r, &a, &gone)) {
		pair = gone ? cache_find(cache, &a.addr, a.name) : CACHE_NONE;
		if (!gone)
			cache_load(cache, &a, cache_key(cache, &a), 1, &before);
		else if (pair != CACHE_NONE)
			cache_remove(cache, pair);
	}
	return r.why == NULL;
}

/* Checks a pair as a line. If a retag changed tag and rule, the line may be too long. */
static void
check_line(const struct answer *a)
{
	struct answer parsed;

	buf_cut(&line, 0);
	answer_format(a, &line);
	FUZZ_ASSERT(!line.overflow);
	if (line.len > ANSWER_MAX)
		return;
	FUZZ_ASSERT(answer_parse((struct str){ line.data, line.len - 1 }, &parsed) == NULL);
	check_same(a, &parsed);
}

/* Checks that the segment can be read, and that its last entry is `last`. */
static void
check_segment(const struct answer *last)
{
	struct segment_reader r;
	struct answer a;
	bool gone;

	segment_seal(&again, 2, 1);
	FUZZ_ASSERT(segment_open(&r, again.data, segment_length(again.data)) == NULL);
	while (segment_next(&r, &a, &gone))
		FUZZ_ASSERT(!gone);
	FUZZ_ASSERT(r.why == NULL);
	check_same(&a, last);
	FUZZ_ASSERT(a.imported == last->imported);
	segment_begin(&again);
}

/* Exports all pairs as lines and as segments. */
static void
export(void)
{
	struct cache_reader reader;
	struct answer a, last;
	uint32_t pair;

	segment_begin(&again);
	cache_attach(cache, &reader, 0);
	for (; cache_read(cache, &reader, &a, &pair); last = a) {
		check_line(&a);
		if (segment_put(&again, &a))
			continue;
		check_segment(&last);
		FUZZ_ASSERT(segment_put(&again, &a));
	}
	if (again.entries > 0)
		check_segment(&last);
	cache_detach(cache, &reader);
}

/* Every second pair is seen again with another rule, the others are retagged, and time passes. */
static void
run_cache(void)
{
	struct answer a;

	for (uint32_t i = 0; i < cache_top(cache); i++) {
		if (!cache_is_pair(cache, i))
			continue;
		cache_get(cache, i, &a);
		a.rule = STR("example.org");
		a.time = NOW;
		if (i % 2 == 0)
			cache_merge(cache, &a, cache_key(cache, &a), NOW);
		else
			cache_retag(cache, &a);
	}
	for (int64_t now = NOW, i = 0; i < 4; i++, now += 8 * 3600 * SECOND) {
		cache_clock(cache, now, now);
		while (cache_expire(cache, now))
			;
		export();
	}
}

/* The first two bytes are the number of entries. The entries follow. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct life life = { .floor = SECOND, .cap = 86400 * SECOND, .factor = 1 };

	if (size < 2 || size - 2 > SEGMENT_SIZE - SEGMENT_HEAD)
		return 0;
	segment_begin(&given);
	memcpy(given.data + SEGMENT_HEAD, data + 2, size - 2);
	given.used += (uint32_t)size - 2;
	given.entries = (uint32_t)data[0] << 8 | data[1];
	segment_seal(&given, 1, 1);
	cache = cache_new(1, &life, check_route, ignore_removal);
	if (load()) {
		cache_replay(cache);
		export();
		run_cache();
	}
	cache_free(cache);
	return 0;
}
