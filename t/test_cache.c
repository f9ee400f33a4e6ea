#include "cache.h"

#include <stdio.h>

#include "clock.h"
#include "unit.h"

#define LIFE (100 * SECOND)

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

	return cache_merge(c, &a, now);
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

/* All pairs as lines in order, which is the state that merging has to agree on. Good till the next call. */
static const char *
state_of(struct cache *c)
{
	static struct buf lines = BUF(1 << 20), sorted = BUF(1 << 20);
	char *line[1000], *rest;
	size_t n = 0;

	buf_cut(&lines, 0);
	buf_cut(&sorted, 0);
	cache_each(c, append_line, &lines);
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
	struct cache *c = cache_new(1, LIFE, note_route);

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
	struct cache *c = cache_new(1, LIFE, note_route);
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
	ck_assert(cache_remove(c, &a) && !cache_remove(c, &a));
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

START_TEST(what_is_too_old_or_ahead_is_refused)
{
	struct cache *c = cache_new(1, LIFE, note_route);

	ck_assert_int_eq(merge(c, "100.000000 192.0.2.1 60 a.x", 200 * SECOND), CACHE_DEAD);
	ck_assert_int_eq(merge(c, "100.000001 192.0.2.1 60 a.x", 200 * SECOND), CACHE_NEW);
	ck_assert_int_eq(merge(c, "260.000001 192.0.2.1 60 a.x", 200 * SECOND), CACHE_AHEAD_OF_CLOCK);
	ck_assert_int_eq(merge(c, "260.000000 192.0.2.1 60 a.x", 200 * SECOND), CACHE_MERGED);
	buf_cut(&told, 0);
	cache_free(c);
}
END_TEST

START_TEST(merging_takes_the_maximum)
{
	struct cache *c = cache_new(1, LIFE, note_route);

	merge(c, "50.700000 192.0.2.1 300 a.x tag=p rule=x first=40.000000", 60 * SECOND);
	merge(c, "60.200000 192.0.2.1 60 a.x tag=q rule=y via=v", 60 * SECOND);
	/* Reaches: 50 + 300 = 350 and 60 + 60; so the TTL is 350 - 60. */
	ck_assert_str_eq(state_of(c), "60.200000 192.0.2.1 290 a.x via=v tag=q rule=y first=40.000000\n");
	merge(c, "55.000000 192.0.2.1 1 a.x tag=z rule=z first=30.000000", 60 * SECOND);
	ck_assert_str_eq(state_of(c), "60.200000 192.0.2.1 290 a.x via=v tag=q rule=y first=30.000000\n");
	/* At the same TIME, the bytewise greater of tag, rule and via. */
	merge(c, "60.200000 192.0.2.1 1 a.x tag=q rule=x via=zz", 60 * SECOND);
	ck_assert_str_eq(state_of(c), "60.200000 192.0.2.1 290 a.x via=v tag=q rule=y first=30.000000\n");
	merge(c, "60.200000 192.0.2.1 1 a.x tag=q rule=z", 60 * SECOND);
	ck_assert_str_eq(state_of(c), "60.200000 192.0.2.1 290 a.x tag=q rule=z first=30.000000\n");
	buf_cut(&told, 0);
	cache_free(c);
}
END_TEST

static void
random_line(char line[200])
{
	static const char *const keys[] = { "", " tag=p", " tag=p,q rule=a,b", " via=c.d tag=q rule=b", " via=e tag=r" };
	int last = 1000 + rand() % 20;

	sprintf(line, "%d.%06d 192.0.2.%d %d n%d.x%s", last, rand() % 3 * 400000, rand() % 3, rand() % 40, rand() % 3,
	    keys[rand() % 5]);
	if (rand() % 3 == 0)
		sprintf(strchr(line, '\0'), " first=%d.000000", last - rand() % 30);
}

static void
pass_on(const struct answer *a, void *context)
{
	struct buf line = BUF(1000);

	answer_format(a, &line);
	line.data[line.len - 1] = '\0';	/* through a line and back, as over a wire */
	merge(context, line.data, 1000 * SECOND);
	buf_free(&line);
}

/* Lines reach three caches in different orders, some twice, and the caches sync at random: all settle on one state. */
START_TEST(order_number_and_direction_do_not_matter)
{
	srand(11);
	for (int round = 0; round < 300; round++) {
		struct cache *c[3], *all = cache_new(9, LIFE, note_route);
		char lines[30][200], *expected;

		for (int i = 0; i < 3; i++)
			c[i] = cache_new((uint64_t)i, LIFE, note_route);
		for (int i = 0; i < 30; i++) {
			random_line(lines[i]);
			merge(all, lines[i], 1000 * SECOND);
		}
		for (int i = 29; i >= 0; i--)
			merge(c[rand() % 3], lines[i], 1000 * SECOND);
		for (int i = 0; i < 10; i++)
			merge(c[rand() % 3], lines[rand() % 30], 1000 * SECOND);
		for (int i = 0; i < 4; i++)
			cache_each(c[rand() % 3], pass_on, c[rand() % 3]);
		for (int i = 0; i < 6; i++)	/* twice round the ring */
			cache_each(c[i % 3], pass_on, c[(i + 1) % 3]);
		expected = strdup(state_of(all));
		for (int i = 0; i < 3; i++) {
			if (strcmp(state_of(c[i]), expected) != 0)
				ck_abort_msg("round %d:\n%s\nis not\n%s", round, state_of(c[i]), expected);
			cache_free(c[i]);
		}
		free(expected);
		cache_free(all);
		buf_cut(&told, 0);
	}
}
END_TEST

static struct buf saved = BUF(1 << 20);

static void
note_gone(const struct answer *a, void *context)
{
	(void)context;
	buf_str(&saved, STR("gone "));
	buf_str(&saved, a->name);
	buf_byte(&saved, '\n');
}

static void
note_put(const struct answer *a, void *context)
{
	(void)context;
	buf_str(&saved, STR("put "));
	buf_str(&saved, a->name);
	buf_byte(&saved, '\n');
}

static void
check_saved(struct cache *c, const char *expected)
{
	buf_cut(&saved, 0);
	cache_save(c, note_gone, note_put, NULL);
	buf_byte(&saved, '\0');
	ck_assert_str_eq(saved.data, expected);
	ck_assert(!cache_is_dirty(c));
}

START_TEST(what_changed_is_saved_once)
{
	struct cache *c = cache_new(1, LIFE, note_route);
	struct answer a = read_line("10.000000 192.0.2.1 60 a.x");

	cache_load(c, &a);
	ck_assert(!cache_is_dirty(c));
	cache_replay(c);
	check_told("announce 192.0.2.1/32 name=a.x\n");
	merge(c, "11.000000 192.0.2.1 60 a.x", 20 * SECOND);
	merge(c, "12.000000 192.0.2.1 60 a.x", 20 * SECOND);
	merge(c, "12.000000 192.0.2.1 60 b.x", 20 * SECOND);
	check_saved(c, "put a.x\nput b.x\n");
	merge(c, "12.000000 192.0.2.1 60 b.x", 20 * SECOND);
	check_saved(c, "");
	/* Gone and back again: the deletion comes first. */
	merge(c, "13.000000 192.0.2.1 60 a.x", 20 * SECOND);
	ck_assert(cache_remove(c, &a));
	merge(c, "14.000000 192.0.2.1 60 a.x", 20 * SECOND);
	check_saved(c, "gone a.x\nput a.x\n");
	cache_expire(c, 200 * SECOND);
	check_saved(c, "gone b.x\ngone a.x\n");
	buf_cut(&told, 0);
	cache_free(c);
}
END_TEST

static bool
is_b(const struct answer *a, void *context)
{
	(void)context;
	return str_eq(a->name, STR("b.x"));
}

START_TEST(pairs_are_removed_by_choice)
{
	struct cache *c = cache_new(1, LIFE, note_route);

	merge(c, "10.000000 192.0.2.1 60 a.x", 20 * SECOND);
	merge(c, "10.000000 192.0.2.1 60 b.x", 20 * SECOND);
	merge(c, "10.000000 192.0.2.2 60 b.x", 20 * SECOND);
	buf_cut(&told, 0);
	cache_remove_if(c, is_b, NULL);
	check_told("withdraw 192.0.2.2/32\n");
	ck_assert_uint_eq(cache_pairs(c), 1);
	cache_free(c);
}
END_TEST

UNIT_MAIN("cache", an_address_is_announced_while_it_has_a_pair, a_route_has_the_tags_of_all_pairs,
    what_is_too_old_or_ahead_is_refused, merging_takes_the_maximum, order_number_and_direction_do_not_matter,
    what_changed_is_saved_once, pairs_are_removed_by_choice)
