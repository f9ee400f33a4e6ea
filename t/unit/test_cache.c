#include "cache/cache.h"

#include <stdio.h>

#include "base/clock.h"
#include "unit.h"


/* The routes told since the last look, a line each. */
static struct buf told = BUF(1 << 20);

static void
note_route(const struct route *r)
{
	route_format(r, &told);
}

static void
check_told(const char *expected)
{
	buf_byte(&told, '\0');
	ck_assert_str_eq(told.data, expected);
	buf_cut(&told, 0);
}

/* The pairs gone since the last look: their names and places. */
static struct buf went = BUF(1 << 20);

static void
note_gone(const struct answer *a, uint32_t place, enum cache_end why)
{
	buf_str(&went, a->name);
	buf_byte(&went, ' ');
	buf_num(&went, place);
	buf_str(&went,
	    why == CACHE_EXPIRED ? STR(" expired\n") : why == CACHE_EVICTED ? STR(" evicted\n") :
	    STR(" removed\n"));
}

static void
check_went(const char *expected)
{
	buf_byte(&went, '\0');
	ck_assert_str_eq(went.data, expected);
	buf_cut(&went, 0);
}

/* With a life of 100 seconds. */
static struct cache *
new_cache(uint64_t seed)
{
	static const struct life life = { .fixed = 100 * SECOND };

	return cache_new(seed, &life, note_route, note_gone);
}

static struct answer
read_line(const char *line)
{
	struct answer a;
	const char *why = answer_parse(str_of(line), &a);

	if (why != NULL)
		ck_abort_msg("%s: %s", line, why);
	return a;
}

static enum cache_result
merge(struct cache *c, const char *line, int64_t now)
{
	struct answer a = read_line(line);

	return cache_merge(c, &a, cache_key(c, &a), now);
}

static void
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
 * All pairs as lines in order, which is the state that merging has to agree on. Good till the next
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

START_TEST(an_address_is_announced_while_it_has_a_pair)
{
	struct cache *c = new_cache(1);

	ck_assert_int_eq(merge(c, "10.000000 192.0.2.1 60 a.x tag=p", 10 * SECOND), CACHE_NEW);
	check_told("announce 192.0.2.1/32 tag=p name=a.x\n");
	ck_assert_int_eq(merge(c, "20.000000 192.0.2.1 60 a.x tag=p", 20 * SECOND), CACHE_MERGED);
	ck_assert_int_eq(merge(c, "20.000000 192.0.2.1 60 a.x tag=p", 20 * SECOND), CACHE_SAME);
	ck_assert_int_eq(merge(c, "30.000000 192.0.2.1 60 b.x tag=p", 30 * SECOND), CACHE_NEW);
	check_told("");
	ck_assert_int_eq(merge(c, "40.000000 2001:db8::1 60 b.x", 40 * SECOND), CACHE_NEW);
	check_told("announce 2001:db8::1/128 name=b.x\n");
	ck_assert_int_eq(cache_next_expiry(c), 110 * SECOND);
	cache_expire(c, 120 * SECOND);	/* a.x was seen at 20 */
	check_told("");
	ck_assert_uint_eq(cache_pairs(c), 2);
	cache_expire(c, 130 * SECOND - 1);
	check_told("");
	cache_expire(c, 130 * SECOND);
	check_told("withdraw 192.0.2.1/32\n");
	cache_expire(c, 1000 * SECOND);
	check_told("withdraw 2001:db8::1/128\n");
	ck_assert_uint_eq(cache_pairs(c) + cache_addresses(c), 0);
	ck_assert(cache_next_expiry(c) == INT64_MAX);
	cache_free(c);
}
END_TEST

START_TEST(a_route_has_the_tags_of_all_pairs)
{
	struct cache *c = new_cache(1);
	struct answer a;

	merge(c, "10.000000 192.0.2.1 60 a.x tag=q,p", 10 * SECOND);
	check_told("announce 192.0.2.1/32 tag=p,q name=a.x\n");
	merge(c, "11.000000 192.0.2.1 60 b.x tag=r,p", 11 * SECOND);
	check_told("announce 192.0.2.1/32 tag=p,q,r name=b.x\n");
	merge(c, "12.000000 192.0.2.1 60 c.x tag=p", 12 * SECOND);
	check_told("");
	merge(c, "12.500000 192.0.2.1 60 d.x", 13 * SECOND);
	check_told("");
	a = read_line("0.000000 192.0.2.1 0 b.x");
	cache_remove(c, cache_find(c, &a.addr, a.name));
	ck_assert_uint_eq(cache_find(c, &a.addr, a.name), CACHE_NONE);
	check_told("announce 192.0.2.1/32 tag=p,q name=d.x\n");
	merge(c, "13.000000 192.0.2.1 60 a.x tag=s", 13 * SECOND);
	check_told("announce 192.0.2.1/32 tag=p,s name=d.x\n");
	a = read_line("0.000000 192.0.2.1 0 a.x tag=t rule=x");
	ck_assert(cache_retag(c, &a));
	check_told("announce 192.0.2.1/32 tag=p,t name=d.x\n");
	ck_assert(cache_retag(c, &a));
	check_told("");
	cache_expire(c, 112 * SECOND);
	check_told("announce 192.0.2.1/32 tag=t name=d.x\n");
	cache_expire(c, 113 * SECOND);
	check_told("withdraw 192.0.2.1/32\n");
	cache_free(c);
}
END_TEST

/* One tag can nearly fill an answer line: the route, which has less room for it, goes without. */
START_TEST(a_route_with_a_long_tag_is_no_longer_than_a_line)
{
	static char line[ANSWER_MAX];
	struct cache *c = new_cache(1);
	int head = snprintf(line, sizeof(line), "1.000000 192.0.2.1 1 a.example tag=");

	memset(line + head, 'x', sizeof(line) - 1 - (size_t)head);
	ck_assert_int_eq(merge(c, line, 2 * SECOND), CACHE_NEW);
	check_told("announce 192.0.2.1/32 name=a.example\n");
	ck_assert_int_eq(merge(c, "1.000000 192.0.2.1 1 b.example tag=b", 2 * SECOND), CACHE_NEW);
	check_told("announce 192.0.2.1/32 tag=b name=b.example\n");
	cache_free(c);
}
END_TEST

START_TEST(what_is_too_old_or_ahead_is_refused)
{
	struct cache *c = new_cache(1);

	ck_assert_int_eq(merge(c, "100.000000 192.0.2.1 60 a.x", 200 * SECOND), CACHE_DEAD);
	ck_assert_int_eq(merge(c, "100.000001 192.0.2.1 60 a.x", 200 * SECOND), CACHE_NEW);
	ck_assert_int_eq(merge(c, "260.000001 192.0.2.1 60 a.x", 200 * SECOND),
	    CACHE_AHEAD_OF_CLOCK);
	ck_assert_int_eq(merge(c, "260.000000 192.0.2.1 60 a.x", 200 * SECOND), CACHE_MERGED);
	buf_cut(&told, 0);
	cache_free(c);
}
END_TEST

START_TEST(merging_takes_the_maximum)
{
	struct cache *c = new_cache(1);

	merge(c, "50.700000 192.0.2.1 300 a.x tag=p rule=x first=40.000000", 60 * SECOND);
	merge(c, "60.200000 192.0.2.1 60 a.x tag=q rule=y via=v", 60 * SECOND);
	/* Reaches: 50 + 300 = 350 and 60 + 60; so the TTL is 350 - 60. */
	ck_assert_str_eq(state_of(c),
	    "60.200000 192.0.2.1 290 a.x via=v tag=q rule=y first=40.000000\n");
	merge(c, "55.000000 192.0.2.1 1 a.x tag=z rule=z first=30.000000", 60 * SECOND);
	ck_assert_str_eq(state_of(c),
	    "60.200000 192.0.2.1 290 a.x via=v tag=q rule=y first=30.000000\n");
	/* At the same TIME, the bytewise greater of tag, rule and via. */
	merge(c, "60.200000 192.0.2.1 1 a.x tag=q rule=x via=zz", 60 * SECOND);
	ck_assert_str_eq(state_of(c),
	    "60.200000 192.0.2.1 290 a.x via=v tag=q rule=y first=30.000000\n");
	merge(c, "60.200000 192.0.2.1 1 a.x tag=q rule=z", 60 * SECOND);
	ck_assert_str_eq(state_of(c), "60.200000 192.0.2.1 290 a.x tag=q rule=z first=30.000000\n");
	buf_cut(&told, 0);
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
	line.data[line.len - 1] = '\0';	/* through a line and back, as over a wire */
	merge(context, line.data, passing_at);
	buf_free(&line);
}

/*
 * Lines reach three caches in different orders, some twice, and the caches sync at random: all
 * settle on one state.
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
		for (int i = 0; i < 6; i++)	/* twice round the ring */
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
		buf_cut(&told, 0);
	}
}
END_TEST

#define CACHES_MAX 6
#define SIGHTED 4	/* names of the one address */

/*
 * Caches that sync along the edges of a graph that holds together, and what each pair was really
 * seen last.
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

/* No pair is dated later than it was really seen, nor there when its life from then on is over. */
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

START_TEST(any_topology_settles_and_keeps_nothing_alive)
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
		passing_at += 40 * SECOND;	/* a life after the last could be seen */
		check_settled(&web);
		expire_all(&web);
		for (uint32_t i = 0; i < web.n; i++) {
			ck_assert_uint_eq(cache_pairs(web.caches[i]), 0);
			cache_free(web.caches[i]);
		}
		buf_cut(&told, 0);
		buf_cut(&went, 0);
	}
}
END_TEST

/* What a reader comes to, as names. */
static void
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

/* Merges a pair of 192.0.2.1, seen at that second. */
static void
see(struct cache *c, const char *name, int at)
{
	char line[300];

	snprintf(line, sizeof(line), "%d.000000 192.0.2.1 60 %s", at, name);
	merge(c, line, at * SECOND);
}

static uint32_t
pair_of(struct cache *c, const char *name)
{
	struct addr addr;

	ck_assert(addr_parse(STR("192.0.2.1"), &addr));
	return cache_find(c, &addr, str_of(name));
}

static void
drop(struct cache *c, const char *name)
{
	cache_remove(c, pair_of(c, name));
}

START_TEST(a_reader_comes_to_each_change_once)
{
	struct cache *c = new_cache(1);
	struct cache_reader all, late;
	uint64_t serial;

	see(c, "a", 10);
	see(c, "b", 11);
	cache_attach(c, &all, 0);
	check_read(c, &all, "a b");
	see(c, "a", 12);
	see(c, "a", 13);
	see(c, "c", 13);
	see(c, "a", 14);
	check_read(c, &all, "a c");
	check_read(c, &all, "");
	serial = cache_serial(c);
	cache_attach(c, &late, serial);
	check_read(c, &late, "");
	see(c, "b", 15);
	check_read(c, &late, "b");
	see(c, "b", 16);
	check_read(c, &all, "b");
	check_read(c, &late, "b");
	cache_detach(c, &late);
	cache_attach(c, &late, serial);
	check_read(c, &late, "b");
	cache_detach(c, &late);
	cache_attach(c, &late, 0);
	check_read(c, &late, "a c b");
	cache_detach(c, &late);
	cache_attach(c, &late, 1000000);
	check_read(c, &late, "");
	see(c, "b", 16);	/* which changes nothing */
	check_read(c, &all, "");
	buf_cut(&told, 0);
	cache_free(c);
}
END_TEST

START_TEST(a_reader_survives_what_happens_at_its_place)
{
	struct cache *c = new_cache(1);
	struct cache_reader r, other;
	struct answer a;
	uint32_t pair;

	for (const char *name = "a\0b\0c\0d\0e\0"; *name != '\0'; name += 2)
		see(c, name, 10);
	cache_attach(c, &r, 0);
	cache_attach(c, &other, 0);
	ck_assert(cache_read(c, &r, &a, &pair));
	drop(c, "b");		/* that it would have read next */
	see(c, "c", 20);	/* and again, moved to the end */
	ck_assert(cache_read(c, &r, &a, &pair) && str_eq(a.name, STR("d")));
	drop(c, "d");		/* that it has just read */
	check_read(c, &r, "e c");
	drop(c, "c");
	see(c, "f", 30);
	check_read(c, &r, "f");
	check_read(c, &other, "a e f");
	drop(c, "f");
	drop(c, "e");
	drop(c, "a");
	check_read(c, &r, "");
	see(c, "g", 40);
	check_read(c, &r, "g");
	check_read(c, &other, "g");
	buf_cut(&told, 0);
	buf_cut(&went, 0);
	cache_free(c);
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

START_TEST(what_is_loaded_later_replaces_what_was_earlier)
{
	struct cache *c = new_cache(1);
	struct cache_reader r;

	ck_assert_uint_eq(load(c, "20.000000 192.0.2.1 60 a.x tag=z rule=z first=3.000000", 7), 0);
	ck_assert_uint_eq(load(c, "50.000000 192.0.2.1 60 b.x", 7), 0);
	ck_assert_uint_eq(load(c, "15.000000 192.0.2.1 9 a.x tag=p first=4.000000", 8), 7);
	cache_attach(c, &r, cache_serial(c));
	check_told("");
	cache_replay(c);
	check_told("announce 192.0.2.1/32 tag=p name=b.x\n");
	check_read(c, &r, "");
	ck_assert_str_eq(state_of(c), "15.000000 192.0.2.1 9 a.x tag=p first=4.000000\n"
	    "50.000000 192.0.2.1 60 b.x first=50.000000\n");
	cache_expire(c, 115 * SECOND - 1);
	check_went("");
	cache_expire(c, 115 * SECOND);
	check_went("a.x 8 expired\n");
	merge(c, "60.000000 192.0.2.1 60 b.x", 60 * SECOND);
	merge(c, "60.000000 192.0.2.1 60 c.x", 60 * SECOND);
	check_read(c, &r, "b.x c.x");
	cache_set_place(c, pair_of(c, "b.x"), 9);
	cache_expire(c, 1000 * SECOND);
	check_went("b.x 9 expired\nc.x 0 expired\n");
	buf_cut(&told, 0);
	cache_free(c);
}
END_TEST

START_TEST(much_that_is_due_goes_in_turns)
{
	struct cache *c = new_cache(1);
	int turns = 1;

	for (int i = 0; i < 2500; i++) {
		char name[20];

		snprintf(name, sizeof(name), "n%d", i);
		see(c, name, 10);
	}
	ck_assert(!cache_expire(c, 109 * SECOND));
	for (; cache_expire(c, 110 * SECOND); turns++)
		ck_assert(cache_next_expiry(c) <= 110 * SECOND);
	ck_assert_int_eq(turns, 3);
	ck_assert_uint_eq(cache_pairs(c), 0);
	buf_cut(&told, 0);
	buf_cut(&went, 0);
	cache_free(c);
}
END_TEST

/*
 * With the second, short TTL the life ends earlier, though the pair was seen again: expiry must not
 * be late.
 */
START_TEST(a_life_that_follows_the_ttl)
{
	struct life life;
	struct cache *c;

	ck_assert_ptr_null(life_parse(STR("ttl,factor=2,grace=10,floor=20,cap=2h"), &life));
	c = cache_new(1, &life, note_route, note_gone);
	merge(c, "1000.000000 192.0.2.1 300 a", 1000 * SECOND);
	ck_assert_int_eq(cache_next_expiry(c), 1610 * SECOND);
	merge(c, "1100.000000 192.0.2.1 1 a", 1100 * SECOND);	/* reaches 1300 still */
	ck_assert_int_eq(cache_next_expiry(c), 1510 * SECOND);
	merge(c, "1600.000000 192.0.2.2 0 b", 1600 * SECOND);
	merge(c, "1400.000000 192.0.2.2 0 c", 1419 * SECOND);
	ck_assert_int_eq(merge(c, "1400.000000 192.0.2.2 0 c", 1420 * SECOND), CACHE_DEAD);
	cache_expire(c, 1510 * SECOND);
	check_went("c 0 expired\na 0 expired\n");
	cache_expire(c, 1619 * SECOND);
	check_went("");
	cache_expire(c, 1620 * SECOND);
	check_went("b 0 expired\n");
	buf_cut(&told, 0);
	cache_free(c);
}
END_TEST

/* What is left, as names in the order of their sightings. */
static void
check_left(struct cache *c, const char *expected)
{
	struct cache_reader r;

	cache_attach(c, &r, 0);
	check_read(c, &r, expected);
	cache_detach(c, &r);
}

/* Everywhere the same: who was seen again stays. */
static void
check_limit(struct cache *c)
{
	see(c, "a", 10);
	see(c, "b", 11);
	see(c, "c", 12);
	check_went("");
	see(c, "a", 13);
	see(c, "d", 14);
	check_went("b 0 evicted\n");
	see(c, "e", 15);
	check_went("c 0 evicted\n");
	ck_assert_int_eq(merge(c, "12.000000 192.0.2.1 60 b", 15 * SECOND), CACHE_FULL);
	see(c, "f", 16);
	check_went("a 0 evicted\n");
	check_left(c, "d e f");
	ck_assert_uint_eq(cache_pairs(c), 3);
	buf_cut(&told, 0);
	cache_free(c);
}

START_TEST(at_a_limit_of_pairs_the_longest_unseen_goes)
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

/* The log may name a pair again after it has named others. */
START_TEST(limits_and_lives_wait_until_a_load_ends)
{
	struct cache *c = new_cache(1);

	cache_set_limits(c, &(struct cache_limits){ .addresses = 1 });
	load(c, "1010.000000 192.0.2.1 60 a", 1);
	load(c, "10.000000 192.0.2.2 60 b", 1);
	load(c, "1011.000000 192.0.2.3 60 c", 2);
	load(c, "1012.000000 192.0.2.1 60 a", 3);
	check_went("");
	load(c, "1012.000000 192.0.2.4 60 d", 3);
	cache_unload(c, cache_find(c, &(struct addr){ ADDR_V4, { 192, 0, 2, 4 } }, STR("d")));
	check_went("d 3 removed\n");
	check_told("");
	cache_end_load(c, 1013 * SECOND);
	check_went("b 1 expired\nc 2 evicted\n");
	ck_assert_uint_eq(cache_addresses(c), 1);
	check_told("");
	cache_replay(c);
	check_told("announce 192.0.2.1/32 name=a\n");
	cache_free(c);
}
END_TEST

#define NAMES 300
#define ROOM 100

/* The longest unseen of those that are there, or NAMES. */
static unsigned
longest_unseen(const int64_t seen[NAMES])
{
	unsigned found = NAMES;

	for (unsigned i = 0; i < NAMES; i++)
		if (seen[i] != 0 && (found == NAMES || seen[i] < seen[found]))
			found = i;
	return found;
}

/* In a cache with this limit, whose pairs have an address each, come and go and are seen again. */
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
		check_went(expected);
		ck_assert_uint_eq(cache_pairs(c), there);
	}
	ck_assert_uint_gt(evicted, 100);
	buf_cut(&told, 0);
	cache_free(c);
}

START_TEST(who_goes_is_known_however_they_came)
{
	check_evictions(&(struct cache_limits){ .pairs = ROOM });
	check_evictions(&(struct cache_limits){ .addresses = ROOM });
}
END_TEST

START_TEST(at_a_limit_of_names_too)
{
	struct cache *c = new_cache(1);

	cache_set_limits(c, &(struct cache_limits){ .names = 3 });
	check_limit(c);
}
END_TEST

START_TEST(at_a_limit_of_addresses_one_goes_with_all_its_names)
{
	struct cache *c = new_cache(1);

	cache_set_limits(c, &(struct cache_limits){ .addresses = 2 });
	merge(c, "10.000000 192.0.2.1 60 a", 10 * SECOND);
	merge(c, "11.000000 192.0.2.2 60 b", 11 * SECOND);
	merge(c, "12.000000 192.0.2.2 60 c", 12 * SECOND);
	merge(c, "20.000000 192.0.2.1 60 d", 20 * SECOND);
	buf_cut(&told, 0);
	ck_assert_int_eq(merge(c, "11.000000 192.0.2.3 60 e", 20 * SECOND), CACHE_FULL);
	check_told("");
	merge(c, "21.000000 192.0.2.3 60 e", 21 * SECOND);
	check_told("withdraw 192.0.2.2/32\nannounce 192.0.2.3/32 name=e\n");
	check_went("c 0 evicted\nb 0 evicted\n");
	ck_assert_uint_eq(cache_addresses(c), 2);
	merge(c, "22.000000 192.0.2.4 60 f", 22 * SECOND);
	check_told("withdraw 192.0.2.1/32\nannounce 192.0.2.4/32 name=f\n");
	buf_cut(&went, 0);
	cache_free(c);
}
END_TEST

/* Set forward by an hour at 20: what was seen at 10 had 90 seconds left. */
START_TEST(a_step_of_the_clock_ends_no_life)
{
	struct cache *c = new_cache(1);

	cache_clock(c, 10 * SECOND, 0);
	see(c, "a", 10);
	cache_clock(c, 20 * SECOND, 10 * SECOND);
	cache_clock(c, 3620 * SECOND, 10 * SECOND);
	cache_expire(c, 3620 * SECOND);
	check_went("");
	ck_assert_int_eq(cache_next_expiry(c), 3710 * SECOND);
	see(c, "b", 3630);
	ck_assert_int_eq(merge(c, "19.000000 192.0.2.1 60 c", 3640 * SECOND), CACHE_NEW);
	cache_expire(c, 3709 * SECOND);
	check_went("");
	cache_expire(c, 3710 * SECOND);
	check_went("a 0 expired\n");
	cache_expire(c, 3719 * SECOND);
	check_went("c 0 expired\n");
	cache_expire(c, 3730 * SECOND);
	check_went("b 0 expired\n");
	buf_cut(&told, 0);
	cache_free(c);
}
END_TEST

/* Set back by an hour at 5000: what is dated later than that lives from then on. */
START_TEST(what_is_dated_in_the_future_lives_from_now_on)
{
	struct cache *c = new_cache(1);

	cache_clock(c, 5000 * SECOND, 0);
	see(c, "a", 4999);
	see(c, "b", 5000);
	cache_clock(c, 1400 * SECOND, 0);
	ck_assert_int_eq(merge(c, "1400.000000 192.0.2.1 60 a", 1400 * SECOND), CACHE_MERGED);
	ck_assert(cache_next_expiry(c) <= 1400 * SECOND);
	cache_expire(c, 1400 * SECOND);
	ck_assert_int_eq(cache_next_expiry(c), 1500 * SECOND);
	check_went("");
	see(c, "a", 1450);
	cache_expire(c, 1500 * SECOND);
	check_went("b 0 expired\n");
	cache_expire(c, 1550 * SECOND);
	check_went("a 0 expired\n");
	buf_cut(&told, 0);
	cache_free(c);
}
END_TEST

/* Set back by an hour at 5000; a peer's line is older, and as short as it may be. */
START_TEST(an_import_ends_no_pair_that_is_dated_in_the_future)
{
	struct cache *c = new_cache(1);
	struct answer a = read_line("1301.000000 192.0.2.1 0 a");

	cache_clock(c, 5000 * SECOND, 0);
	see(c, "a", 4999);
	cache_clock(c, 1400 * SECOND, 0);
	a.imported = true;
	cache_merge(c, &a, cache_key(c, &a), 1400 * SECOND);
	cache_expire(c, 1499 * SECOND);
	check_went("");
	cache_expire(c, 1500 * SECOND);
	check_went("a 0 expired\n");
	buf_cut(&told, 0);
	cache_free(c);
}
END_TEST

START_TEST(what_the_guard_denies_is_not_taken)
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
	buf_cut(&told, 0);
	cache_free(c);
}
END_TEST

UNIT_MAIN("cache", an_address_is_announced_while_it_has_a_pair, a_route_has_the_tags_of_all_pairs,
    a_route_with_a_long_tag_is_no_longer_than_a_line,
    what_is_too_old_or_ahead_is_refused, merging_takes_the_maximum,
    order_number_and_direction_do_not_matter, any_topology_settles_and_keeps_nothing_alive,
    a_reader_comes_to_each_change_once, a_reader_survives_what_happens_at_its_place,
    what_is_loaded_later_replaces_what_was_earlier, much_that_is_due_goes_in_turns,
    a_life_that_follows_the_ttl, what_the_guard_denies_is_not_taken,
    at_a_limit_of_pairs_the_longest_unseen_goes, limits_and_lives_wait_until_a_load_ends,
    who_goes_is_known_however_they_came, at_a_limit_of_names_too,
    at_a_limit_of_addresses_one_goes_with_all_its_names, a_step_of_the_clock_ends_no_life,
    what_is_dated_in_the_future_lives_from_now_on,
    an_import_ends_no_pair_that_is_dated_in_the_future)
