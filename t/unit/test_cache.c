#include "cache/cache.h"

#include "cachetest.h"

static void
append_line(const struct answer *a, void *context)
{
	answer_format(a, context);
}

static int
compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/*
 * All pairs as sorted lines: the state that must be the same after merging. Valid until the next
 * call.
 */
static const char *
state_of(struct cache *c)
{
	static struct buf lines = BUF(1 << 20), sorted = BUF(1 << 20);
	char *line[1000], *rest;
	size_t n = 0;

	buf_cut(&lines, 0);
	buf_cut(&sorted, 0);
	each_pair(c, append_line, &lines);
	buf_byte(&lines, '\0');
	for (rest = lines.data; *rest != '\0'; rest = strchr(rest, '\0') + 1) {
		line[n++] = rest;
		*strchr(rest, '\n') = '\0';
	}
	qsort(line, n, sizeof(line[0]), compare_lines);
	for (size_t i = 0; i < n; i++) {
		buf_str(&sorted, str_of(line[i]));
		buf_byte(&sorted, '\n');
	}
	buf_byte(&sorted, '\0');
	return sorted.data;
}

START_TEST(lines_too_old_or_in_the_future_are_refused)
{
	struct cache *c = new_cache(1);

	ck_assert_int_eq(merge(c, "100.000000 192.0.2.1 60 a.x", 200 * SECOND), CACHE_DEAD);
	ck_assert_int_eq(merge(c, "100.000001 192.0.2.1 60 a.x", 200 * SECOND), CACHE_NEW);
	ck_assert_int_eq(merge(c, "260.000001 192.0.2.1 60 a.x", 200 * SECOND),
	    CACHE_AHEAD_OF_CLOCK);
	ck_assert_int_eq(merge(c, "260.000000 192.0.2.1 60 a.x", 200 * SECOND), CACHE_MERGED);
	buf_cut(&reported, 0);
	cache_free(c);
}
END_TEST

START_TEST(merging_takes_the_maximum)
{
	struct cache *c = new_cache(1);

	merge(c, "50.700000 192.0.2.1 300 a.x tag=p rule=x first=40.000000", 60 * SECOND);
	merge(c, "60.200000 192.0.2.1 60 a.x tag=q rule=y via=v", 60 * SECOND);
	/* The later TIME + TTL is 50 + 300, so the TTL at TIME 60 is 290. */
	ck_assert_str_eq(state_of(c),
	    "60.200000 192.0.2.1 290 a.x via=v tag=q rule=y first=40.000000\n");
	merge(c, "55.000000 192.0.2.1 1 a.x tag=z rule=z first=30.000000", 60 * SECOND);
	ck_assert_str_eq(state_of(c),
	    "60.200000 192.0.2.1 290 a.x via=v tag=q rule=y first=30.000000\n");
	/* At the same TIME, the greater tag wins (bytewise), then the greater rule, then via. */
	merge(c, "60.200000 192.0.2.1 1 a.x tag=q rule=x via=zz", 60 * SECOND);
	ck_assert_str_eq(state_of(c),
	    "60.200000 192.0.2.1 290 a.x via=v tag=q rule=y first=30.000000\n");
	merge(c, "60.200000 192.0.2.1 1 a.x tag=q rule=z", 60 * SECOND);
	ck_assert_str_eq(state_of(c), "60.200000 192.0.2.1 290 a.x tag=q rule=z first=30.000000\n");
	buf_cut(&reported, 0);
	cache_free(c);
}
END_TEST

static void
random_line(char line[200])
{
	static const char *const keys[] = { "", " tag=p", " tag=p,q rule=a,b",
	    " via=c.d tag=q rule=b", " via=e tag=r" };
	int last = 1000 + rand() % 20;

	sprintf(line, "%d.%06d 192.0.2.%d %d n%d.x%s", last, rand() % 3 * 400000, rand() % 3,
	    rand() % 40, rand() % 3, keys[rand() % 5]);
	if (rand() % 3 == 0)
		sprintf(strchr(line, '\0'), " first=%d.000000", last - rand() % 30);
}

static int64_t passing_at = 1000 * SECOND;

static void
pass_on(const struct answer *a, void *context)
{
	struct buf line = BUF(1000);

	answer_format(a, &line);
	line.data[line.len - 1] = '\0';	/* pass a line, as between two hosts */
	merge(context, line.data, passing_at);
	buf_free(&line);
}

/*
 * Lines are merged into three caches in different orders, some twice, and random pairs of caches
 * sync. All caches end in the same state.
 */
START_TEST(order_number_and_direction_do_not_matter)
{
	srand(11);
	for (int round = 0; round < 300; round++) {
		struct cache *c[3], *all = new_cache(9);
		char lines[30][200], *expected;

		for (int i = 0; i < 3; i++)
			c[i] = new_cache((uint64_t)i);
		for (int i = 0; i < 30; i++) {
			random_line(lines[i]);
			merge(all, lines[i], 1000 * SECOND);
		}
		for (int i = 29; i >= 0; i--)
			merge(c[rand() % 3], lines[i], 1000 * SECOND);
		for (int i = 0; i < 10; i++)
			merge(c[rand() % 3], lines[rand() % 30], 1000 * SECOND);
		for (int i = 0; i < 4; i++)
			each_pair(c[rand() % 3], pass_on, c[rand() % 3]);
		for (int i = 0; i < 6; i++)	/* sync twice around the ring */
			each_pair(c[i % 3], pass_on, c[(i + 1) % 3]);
		expected = strdup(state_of(all));
		for (int i = 0; i < 3; i++) {
			if (strcmp(state_of(c[i]), expected) != 0)
				ck_abort_msg("round %d:\n%s\nis not\n%s", round, state_of(c[i]),
				    expected);
			cache_free(c[i]);
		}
		free(expected);
		cache_free(all);
		buf_cut(&reported, 0);
	}
}
END_TEST

#define CACHES_MAX 6
#define SIGHTED 4	/* number of names of the only address */

/*
 * Caches that sync along the edges of a connected graph, and the true last sighting of each pair.
 */
static struct web {
	struct cache *caches[CACHES_MAX];
	uint32_t n, edges[2 * CACHES_MAX][2], edges_n;
	int64_t seen[SIGHTED];
} web;

static void
weave(struct web *w)
{
	*w = (struct web){ .n = 2 + any_below(CACHES_MAX - 1) };
	for (uint32_t i = 0; i < w->n; i++) {
		w->caches[i] = new_cache(i);
		if (i == 0)
			continue;
		w->edges[w->edges_n][0] = i;
		w->edges[w->edges_n++][1] = any_below(i);
	}
	for (uint32_t more = any_below(CACHES_MAX); more > 0; more--) {
		w->edges[w->edges_n][0] = any_below(w->n);
		w->edges[w->edges_n++][1] = any_below(w->n);
	}
}

static void
sync_along(struct web *w, uint32_t edge, int way)
{
	struct cache *from = w->caches[w->edges[edge][way]], *to = w->caches[w->edges[edge][!way]];

	if (from != to)
		each_pair(from, pass_on, to);
}

static void
see_somewhere(struct web *w, int64_t now)
{
	int64_t time = now - any_below(20) * SECOND;
	uint32_t name = any_below(SIGHTED);
	char line[100];

	if (time > w->seen[name])
		w->seen[name] = time;
	snprintf(line, sizeof(line), "%lld.000000 192.0.2.1 %u n%u.x%s", (long long)(time / SECOND),
	    any_below(100), name, any_below(2) == 0 ? "" : " tag=t");
	merge(w->caches[any_below(w->n)], line, now);
}

/*
 * Checks that the time of a pair is not later than its true last sighting, and that the pair does
 * not outlive the life that began at this sighting.
 */
static void
check_alive(const struct answer *a, void *context)
{
	int64_t seen = web.seen[a->name.p[1] - '0'], *latest = context;

	if (seen > *latest)
		*latest = seen;
	ck_assert(a->time <= seen && seen + 100 * SECOND > passing_at);
}

static void
expire_all(struct web *w)
{
	int64_t latest = 0;

	for (uint32_t i = 0; i < w->n; i++) {
		cache_expire(w->caches[i], passing_at);
		each_pair(w->caches[i], check_alive, &latest);
	}
}

static void
check_settled(struct web *w)
{
	char *state;

	for (uint32_t i = 0; i < w->n; i++)
		for (uint32_t edge = 0; edge < w->edges_n; edge++) {
			sync_along(w, edge, 0);
			sync_along(w, edge, 1);
		}
	state = strdup(state_of(w->caches[0]));
	for (uint32_t i = 1; i < w->n; i++)
		ck_assert_str_eq(state_of(w->caches[i]), state);
	free(state);
}

START_TEST(syncing_in_any_topology_converges_and_extends_no_life)
{
	for (int round = 0; round < 300; round++) {
		weave(&web);
		for (int step = 0; step < 60; step++) {
			passing_at = (1000 + 10 * step) * SECOND;
			if (any_below(5) == 0 && step < 50)
				see_somewhere(&web, passing_at);
			for (uint32_t n = any_below(4); n > 0; n--)
				sync_along(&web, any_below(web.edges_n), (int)any_below(2));
			expire_all(&web);
			if (any_below(10) == 0)
				check_settled(&web);
		}
		passing_at += 40 * SECOND;	/* more than a life after the last sighting */
		check_settled(&web);
		expire_all(&web);
		for (uint32_t i = 0; i < web.n; i++) {
			ck_assert_uint_eq(cache_pairs(web.caches[i]), 0);
			cache_free(web.caches[i]);
		}
		buf_cut(&reported, 0);
		buf_cut(&removed, 0);
	}
}
END_TEST

static uint32_t
load(struct cache *c, const char *line, uint32_t place)
{
	struct answer a = read_line(line);
	uint32_t before, pair = cache_load(c, &a, cache_key(c, &a), place, &before);

	ck_assert_uint_eq(cache_place(c, pair), place);
	return before;
}

START_TEST(a_later_entry_of_a_load_replaces_an_earlier_one)
{
	struct cache *c = new_cache(1);
	struct cache_reader r;

	ck_assert_uint_eq(load(c, "20.000000 192.0.2.1 60 a.x tag=z rule=z first=3.000000", 7), 0);
	ck_assert_uint_eq(load(c, "50.000000 192.0.2.1 60 b.x", 7), 0);
	ck_assert_uint_eq(load(c, "15.000000 192.0.2.1 9 a.x tag=p first=4.000000", 8), 7);
	cache_attach(c, &r, cache_serial(c));
	check_reported("");
	cache_replay(c);
	check_reported("announce 192.0.2.1/32 tag=p name=b.x\n");
	check_read(c, &r, "");
	ck_assert_str_eq(state_of(c), "15.000000 192.0.2.1 9 a.x tag=p first=4.000000\n"
	    "50.000000 192.0.2.1 60 b.x first=50.000000\n");
	cache_expire(c, 115 * SECOND - 1);
	check_removed("");
	cache_expire(c, 115 * SECOND);
	check_removed("a.x 8 expired\n");
	merge(c, "60.000000 192.0.2.1 60 b.x", 60 * SECOND);
	merge(c, "60.000000 192.0.2.1 60 c.x", 60 * SECOND);
	check_read(c, &r, "b.x c.x");
	cache_set_place(c, pair_of(c, "b.x"), 9);
	cache_expire(c, 1000 * SECOND);
	check_removed("b.x 9 expired\nc.x 0 expired\n");
	buf_cut(&reported, 0);
	cache_free(c);
}
END_TEST

/* A pair that was seen again is evicted after pairs that were last seen earlier. */
static void
check_limit(struct cache *c)
{
	merge_at(c, "a", 10);
	merge_at(c, "b", 11);
	merge_at(c, "c", 12);
	check_removed("");
	merge_at(c, "a", 13);
	merge_at(c, "d", 14);
	check_removed("b 0 evicted\n");
	merge_at(c, "e", 15);
	check_removed("c 0 evicted\n");
	ck_assert_int_eq(merge(c, "12.000000 192.0.2.1 60 b", 15 * SECOND), CACHE_FULL);
	merge_at(c, "f", 16);
	check_removed("a 0 evicted\n");
	check_left(c, "d e f");
	ck_assert_uint_eq(cache_pairs(c), 3);
	buf_cut(&reported, 0);
	cache_free(c);
}

START_TEST(at_a_limit_of_pairs_the_pair_seen_longest_ago_is_evicted)
{
	struct cache *c = new_cache(1);
	struct life ttl;

	cache_set_limits(c, &(struct cache_limits){ .pairs = 3 });
	check_limit(c);
	ck_assert_ptr_null(life_parse(STR("ttl"), &ttl));
	c = cache_new(1, &ttl, note_route, note_gone);
	cache_set_limits(c, &(struct cache_limits){ .pairs = 3 });
	check_limit(c);
}
END_TEST

/* The log contains the pair `a` twice, with other pairs between the two entries. */
START_TEST(limits_and_lives_apply_when_a_load_ends)
{
	struct cache *c = new_cache(1);

	cache_set_limits(c, &(struct cache_limits){ .addresses = 1 });
	load(c, "1010.000000 192.0.2.1 60 a", 1);
	load(c, "10.000000 192.0.2.2 60 b", 1);
	load(c, "1011.000000 192.0.2.3 60 c", 2);
	load(c, "1012.000000 192.0.2.1 60 a", 3);
	check_removed("");
	load(c, "1012.000000 192.0.2.4 60 d", 3);
	cache_unload(c, cache_find(c, &(struct addr){ ADDR_V4, { 192, 0, 2, 4 } }, STR("d")));
	check_removed("d 3 removed\n");
	check_reported("");
	cache_end_load(c, 1013 * SECOND);
	check_removed("b 1 expired\nc 2 evicted\n");
	ck_assert_uint_eq(cache_addresses(c), 1);
	check_reported("");
	cache_replay(c);
	check_reported("announce 192.0.2.1/32 name=a\n");
	cache_free(c);
}
END_TEST

#define NAMES 300
#define ROOM 100

/* The existing pair that was seen longest ago; NAMES if no pair exists. */
static unsigned
longest_unseen(const int64_t seen[NAMES])
{
	unsigned found = NAMES;

	for (unsigned i = 0; i < NAMES; i++)
		if (seen[i] != 0 && (found == NAMES || seen[i] < seen[found]))
			found = i;
	return found;
}

/* Adds, removes and updates pairs in a cache with these limits. Each pair has its own address. */
static void
check_evictions(const struct cache_limits *limits)
{
	int64_t seen[NAMES] = { 0 };
	unsigned there = 0, evicted = 0;
	struct life ttl;
	struct cache *c;

	ck_assert_ptr_null(life_parse(STR("ttl"), &ttl));
	c = cache_new(any_below(1000), &ttl, note_route, note_gone);
	cache_set_limits(c, limits);
	for (int now = 1000; now < 6000; now++) {
		unsigned i = any_below(NAMES), oldest = longest_unseen(seen);
		char line[100], name[10], expected[40] = "";
		bool full = there == ROOM && seen[i] == 0;
		struct addr addr = { ADDR_V4, { 192, 0, (uint8_t)(2 + i / 256), (uint8_t)i } };

		snprintf(name, sizeof(name), "n%u", i);
		if (seen[i] != 0 && any_below(3) == 0) {
			cache_remove(c, cache_find(c, &addr, str_of(name)));
			snprintf(expected, sizeof(expected), "n%u 0 removed\n", i);
			seen[i] = 0;
			there--;
		} else {
			snprintf(line, sizeof(line), "%d.000000 192.0.%u.%u 86400 %s", now,
			    2 + i / 256, i % 256, name);
			ck_assert_int_eq(merge(c, line, now * SECOND),
			    seen[i] == 0 ? CACHE_NEW : CACHE_MERGED);
			if (full) {
				snprintf(expected, sizeof(expected), "n%u 0 evicted\n", oldest);
				seen[oldest] = 0;
				evicted++;
			}
			there += seen[i] == 0 && !full;
			seen[i] = now;
		}
		check_removed(expected);
		ck_assert_uint_eq(cache_pairs(c), there);
	}
	ck_assert_uint_gt(evicted, 100);
	buf_cut(&reported, 0);
	cache_free(c);
}

START_TEST(the_evicted_pair_does_not_depend_on_the_order_of_lines)
{
	check_evictions(&(struct cache_limits){ .pairs = ROOM });
	check_evictions(&(struct cache_limits){ .addresses = ROOM });
}
END_TEST

START_TEST(the_same_at_a_limit_of_names)
{
	struct cache *c = new_cache(1);

	cache_set_limits(c, &(struct cache_limits){ .names = 3 });
	check_limit(c);
}
END_TEST

START_TEST(at_a_limit_of_addresses_one_is_removed_with_all_its_names)
{
	struct cache *c = new_cache(1);

	cache_set_limits(c, &(struct cache_limits){ .addresses = 2 });
	merge(c, "10.000000 192.0.2.1 60 a", 10 * SECOND);
	merge(c, "11.000000 192.0.2.2 60 b", 11 * SECOND);
	merge(c, "12.000000 192.0.2.2 60 c", 12 * SECOND);
	merge(c, "20.000000 192.0.2.1 60 d", 20 * SECOND);
	buf_cut(&reported, 0);
	ck_assert_int_eq(merge(c, "11.000000 192.0.2.3 60 e", 20 * SECOND), CACHE_FULL);
	check_reported("");
	merge(c, "21.000000 192.0.2.3 60 e", 21 * SECOND);
	check_reported("withdraw 192.0.2.2/32\nannounce 192.0.2.3/32 name=e\n");
	check_removed("c 0 evicted\nb 0 evicted\n");
	ck_assert_uint_eq(cache_addresses(c), 2);
	merge(c, "22.000000 192.0.2.4 60 f", 22 * SECOND);
	check_reported("withdraw 192.0.2.1/32\nannounce 192.0.2.4/32 name=f\n");
	buf_cut(&removed, 0);
	cache_free(c);
}
END_TEST

START_TEST(addresses_that_the_guard_denies_are_refused)
{
	struct cache *c = new_cache(1);
	struct martians guard = { 0 };
	struct answer a = read_line("10.000000 10.0.0.1 60 a.x");
	uint32_t before;

	cache_set_guard(c, &guard);
	ck_assert_int_eq(merge(c, "10.000000 192.0.2.1 60 a.x", 10 * SECOND), CACHE_DENIED);
	ck_assert_uint_eq(cache_load(c, &a, cache_key(c, &a), 1, &before), CACHE_NONE);
	ck_assert_uint_eq(cache_pairs(c) + cache_addresses(c), 0);
	ck_assert_int_eq(merge(c, "10.000000 1.1.1.1 60 a.x", 10 * SECOND), CACHE_NEW);
	buf_cut(&reported, 0);
	cache_free(c);
}
END_TEST

UNIT_MAIN("cache", lines_too_old_or_in_the_future_are_refused, merging_takes_the_maximum,
    order_number_and_direction_do_not_matter,
    syncing_in_any_topology_converges_and_extends_no_life,
    a_later_entry_of_a_load_replaces_an_earlier_one, addresses_that_the_guard_denies_are_refused,
    at_a_limit_of_pairs_the_pair_seen_longest_ago_is_evicted,
    limits_and_lives_apply_when_a_load_ends,
    the_evicted_pair_does_not_depend_on_the_order_of_lines, the_same_at_a_limit_of_names,
    at_a_limit_of_addresses_one_is_removed_with_all_its_names)
