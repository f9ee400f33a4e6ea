#define _GNU_SOURCE	/* strndupa */
#include "match/verdict_cache.h"

#include <stdio.h>

#include "unit.h"

static struct verdict_cache memo;

static bool
find(const char *text, struct str *said)
{
	return verdict_cache_find(
	    &memo, verdict_cache_hash(&memo, str_of(text)), str_of(text), said);
}

static void
keep(const char *text, struct str said)
{
	uint64_t hash = verdict_cache_hash(&memo, str_of(text));

	verdict_cache_fetch(&memo, hash);
	verdict_cache_keep(&memo, hash, str_of(text), said);
}

static bool
is_said(const char *text, const char *expected)
{
	struct str said;

	return find(text, &said) && str_eq(said, str_of(expected));
}

START_TEST(what_was_said_is_found)
{
	static char long_text[VERDICT_CACHE_MAX + 1];
	struct str said;

	verdict_cache_open(&memo, 1);
	ck_assert(!find("a", &said));
	keep("a", STR("one"));
	keep("b", STR(""));
	keep("", STR("nothing"));
	ck_assert(is_said("a", "one"));
	ck_assert(is_said("b", ""));
	ck_assert(is_said("", "nothing"));
	ck_assert(!find("ab", &said));
	memset(long_text, 'x', VERDICT_CACHE_MAX);
	keep(long_text, STR(""));
	ck_assert(!find(long_text, &said));
	verdict_cache_clear(&memo);
	ck_assert(!find("a", &said) && !find("b", &said) && !find("", &said));
	keep("a", STR("two"));
	ck_assert(is_said("a", "two"));
	verdict_cache_close(&memo);
}
END_TEST

/*
 * The newest is always there; what is found is what was said of it; and of many turns of the ring
 * most is forgotten.
 */
START_TEST(the_oldest_is_forgotten)
{
	char text[40], said[300];
	unsigned found = 0;
	struct str kept;

	verdict_cache_open(&memo, 1);
	for (unsigned i = 0; i < 100000; i++) {
		int n = snprintf(
		    said, sizeof(said), "%0*u", 1 + (int)any_below(VERDICT_CACHE_MAX - 20), i);

		snprintf(text, sizeof(text), "name-%u", i);
		keep(text, (struct str){ said, (size_t)n });
		ck_assert(is_said(text, said));
	}
	for (unsigned i = 0; i < 100000; i++) {
		snprintf(text, sizeof(text), "name-%u", i);
		if (!find(text, &kept))
			continue;
		ck_assert_uint_eq((unsigned)strtoul(strndupa(kept.p, kept.n), NULL, 10), i);
		found++;
	}
	ck_assert_uint_gt(found, 5000);
	ck_assert_uint_lt(found, 40000);
	verdict_cache_close(&memo);
}
END_TEST

UNIT_MAIN("memo", what_was_said_is_found, the_oldest_is_forgotten)
