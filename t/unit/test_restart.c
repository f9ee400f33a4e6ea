/*
 * A cache is unchanged after one and two restarts: with random histories, each kind of LIFE, any
 * limits, and imports while no `ipcache run` executes.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/writeback.h"
#include "unit.h"

#define START (INT64_C(1000000) * SECOND)
#define ADDRESSES 60
#define NAMES 40
#define RULES 6

static char folder[] = "/dev/shm/test_restart.XXXXXX";
static struct store *store;
static struct cache *cache;
static struct writeback *writeback;
static struct life life;
static struct cache_limits limits;
static int64_t now;

static void
drop_route(const struct route *r)
{
	(void)r;
}

static void
pass_removal(const struct answer *a, uint32_t place, enum cache_end why)
{
	writeback_gone(writeback, a, place, why);
}

static void
must(const char *why)
{
	if (why != NULL)
		ck_abort_msg("%s", why);
}

static void
start(const struct cache_limits *most)
{
	uint64_t refused;

	must(store_open(&store, "db", STORE_CREATE));
	must(writeback_new(&writeback, store, SECOND));
	cache = cache_new(any_below(1000), &life, drop_route, pass_removal);
	must(writeback_load(writeback, cache, &refused));
	ck_assert_uint_eq(refused, 0);
	cache_set_limits(cache, most);
	cache_end_load(cache, now);
	cache_replay(cache);
}

static void
stop(void)
{
	must(writeback_finish(writeback));
	writeback_free(writeback);
	cache_free(cache);
	store_close(store);
}

/* --- The state, as text --- */

static int
compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All pairs as sorted lines, plus their fields that an answer line lacks. Must be freed. */
static char *
state(void)
{
	static struct buf lines = BUF(1 << 20), sorted = BUF(1 << 20);
	static char *line[ADDRESSES * NAMES];
	struct cache_reader r;
	struct answer a;
	uint32_t pair;
	size_t n = 0;

	while (cache_expire(cache, now))
		;
	buf_cut(&lines, 0);
	buf_cut(&sorted, 0);
	cache_attach(cache, &r, 0);
	while (cache_read(cache, &r, &a, &pair)) {
		buf_str(&lines, a.imported ? STR("imported ") : STR("seen "));
		answer_format(&a, &lines);
		lines.data[lines.len - 1] = '\0';
	}
	cache_detach(cache, &r);
	for (char *p = lines.data; p < lines.data + lines.len; p += strlen(p) + 1)
		line[n++] = p;
	qsort(line, n, sizeof(*line), compare_lines);
	for (size_t i = 0; i < n; i++) {
		buf_str(&sorted, str_of(line[i]));
		buf_byte(&sorted, '\n');
	}
	buf_byte(&sorted, '\0');
	return strdup(sorted.data);
}

/* The position of the first line that differs. */
static size_t
first_difference(const char *a, const char *b)
{
	size_t line = 0;

	for (size_t i = 0; a[i] == b[i] && a[i] != '\0'; i++)
		if (a[i] == '\n')
			line = i + 1;
	return line;
}

static void
check_state(const char *expected)
{
	char *is = state();
	size_t at = first_difference(is, expected);

	if (strcmp(is, expected) != 0)
		ck_abort_msg("is: %.200s\nexpected: %.200s", is + at, expected + at);
	free(is);
}

/* --- Histories --- */

/* A random answer. Most names have one of two rules. */
static struct answer
any_answer(void)
{
	static char name[20], rule[20], via[30];
	struct answer a = { .addr = { ADDR_V4, { 11, 0, 0, (uint8_t)any_below(ADDRESSES) } },
	    .ttl = any_below(4) == 0 ? 1 : any_below(200), .first = -1 };
	uint32_t n = any_below(NAMES);

	snprintf(name, sizeof(name), "n%u.example", n);
	snprintf(rule, sizeof(rule), "r%u", any_below(3) == 0 ? any_below(RULES) : n % 2);
	snprintf(via, sizeof(via), "v%u.example", any_below(3));
	a.time = now - any_below(20) * (SECOND / 7);
	a.name = str_of(name);
	a.rule = str_of(rule);
	a.tag = any_below(2) == 0 ? STR("t") : STR("u");
	if (any_below(3) == 0)
		a.via = str_of(via);
	return a;
}

static void
merge_answer(bool imported)
{
	struct answer a = any_answer();

	a.imported = imported;
	cache_merge(cache, &a, cache_key(cache, &a), now);
}

static void
change(void)
{
	struct answer a = any_answer();
	uint32_t pair = cache_find(cache, &a.addr, a.name);

	if (pair != CACHE_NONE && any_below(2) == 0)
		cache_remove(cache, pair);
	else
		cache_retag(cache, &a);
}

/* Merges, changes and expires pairs, and sometimes writes the changes, as `ipcache run` does. */
static void
live(int events)
{
	for (int i = 0; i < events; i++) {
		uint32_t what = any_below(100);

		now += any_below(10) * SECOND / 10;
		if (what < 70)
			merge_answer(false);
		else if (what < 90)
			merge_answer(true);
		else if (what < 97)
			change();
		else
			must(writeback_finish(writeback));
		while (cache_expire(cache, now))
			;
	}
}

/* Imports pairs as `ipcache import` does while no `ipcache run` executes. */
static void
import_offline(void)
{
	start(&limits);
	for (int i = 0; i < 50; i++)
		merge_answer(true);
	must(writeback_finish(writeback));
	stop();
}

static void
check_limits(const struct cache_limits *most)
{
	ck_assert(most->pairs == 0 || cache_pairs(cache) <= most->pairs);
	ck_assert(most->addresses == 0 || cache_addresses(cache) <= most->addresses);
}

/* Lower limits remove pairs at the first start; the second start changes nothing. */
static void
check_lower_limits(void)
{
	struct cache_limits lower = { .pairs = 1 + any_below(200), .addresses = 1 + any_below(40),
	    .names = 1 + any_below(10) };
	char *first;

	start(&lower);
	check_limits(&lower);
	first = state();
	stop();
	start(&lower);
	check_state(first);
	stop();
	free(first);
}

static void
check_restarts(void)
{
	char *before;

	start(&limits);
	live(400);
	check_limits(&limits);
	before = state();
	stop();
	for (int again = 0; again < 2; again++) {
		start(&limits);
		check_state(before);
		stop();
	}
	free(before);
}

static void
check_history(const char *text)
{
	must(life_parse(str_of(text), &life));
	limits = (struct cache_limits){ any_below(2) * (1 + any_below(300)),
	    any_below(2) * (1 + any_below(ADDRESSES)), any_below(2) * (1 + any_below(NAMES)) };
	now = START;
	for (int round = 0; round < 4; round++) {
		check_restarts();
		if (any_below(2) == 0)
			import_offline();
	}
	check_lower_limits();
	unlink("db");
}

START_TEST(the_pairs_after_a_restart_are_the_pairs_before)
{
	static const char *const lives[] = { "1h", "50s", "ttl,floor=2s,grace=0,cap=1h",
	    "ttl,floor=20s,grace=5s,factor=2,cap=200s" };

	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	for (int i = 0; i < 40; i++)
		check_history(lives[i % 4]);
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

UNIT_MAIN("restart", the_pairs_after_a_restart_are_the_pairs_before)
