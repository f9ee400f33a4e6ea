#include "cache/life.h"

#include <stdio.h>

#include "base/clock.h"
#include "unit.h"

static int64_t
seconds(const char *text, uint32_t ttl)
{
	struct life life;
	const char *why = life_parse(str_of(text), &life);

	if (why != NULL)
		ck_abort_msg("%s: %s", text, why);
	ck_assert_int_eq(life_of(&life, ttl) % SECOND, 0);
	return life_of(&life, ttl) / SECOND;
}

START_TEST(a_fixed_life_does_not_depend_on_the_ttl)
{
	ck_assert_int_eq(seconds("24h", 0), 86400);
	ck_assert_int_eq(seconds("24h", INT32_MAX), 86400);
	ck_assert_int_eq(seconds("7", 60), 7);
}
END_TEST

START_TEST(a_life_that_follows_the_ttl)
{
	ck_assert_int_eq(seconds("ttl", 0), 3600);
	ck_assert_int_eq(seconds("ttl", 2700), 3600);
	ck_assert_int_eq(seconds("ttl", 2701), 3601);
	ck_assert_int_eq(seconds("ttl", 86400 - 900), 86400);
	ck_assert_int_eq(seconds("ttl", INT32_MAX), 86400);
	ck_assert_int_eq(seconds("ttl,grace=0,floor=1s", 0), 1);
	ck_assert_int_eq(seconds("ttl,grace=0,floor=1s", 300), 300);
	ck_assert_int_eq(seconds("ttl,cap=7d,factor=100,grace=1m,floor=5m", 300), 30060);
	ck_assert_int_eq(seconds("ttl,cap=3650d,factor=100", INT32_MAX), 3650 * 86400);
}
END_TEST

START_TEST(an_invalid_life_is_refused)
{
	static const char *const bad[] = {
		"", "0", "x", "24h,floor=1h", "ttl,", "ttl,,cap=1h", "ttl,floor", "ttl,floor=",
		"ttl,floor=0", "ttl,cap=0", "ttl,cap=59m", "ttl,factor=0", "ttl,factor=101",
		"ttl,factor=1.5", "ttl,grace=-1", "ttl,floor=1m,floor=1m", "ttl,speed=1", "TTL",
		"ttl ", "ttl,floor=4000d,cap=4000d",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct life life;

		if (life_parse(str_of(bad[i]), &life) == NULL)
			ck_abort_msg("'%s' was taken", bad[i]);
	}
}
END_TEST

/*
 * The table in the manual page: for each LIFE, the life of a pair with TTL 0, 300, 3600 and 86400.
 */
START_TEST(the_table_of_the_manual_page_is_right)
{
	FILE *page = fopen("man/ipcache.1", "r");
	char line[200], text[100];
	long long is[4];
	int rows = 0;

	ck_assert_ptr_nonnull(page);
	while (fgets(line, sizeof(line), page) != NULL) {
		if (sscanf(line, "%99s %lld %lld %lld %lld", text, &is[0], &is[1], &is[2],
		    &is[3]) != 5)
			continue;
		for (int i = 0; i < 4; i++)
			ck_assert_int_eq(seconds(text,
			    (const uint32_t[]){ 0, 300, 3600, 86400 }[i]), is[i]);
		rows++;
	}
	fclose(page);
	ck_assert_int_eq(rows, 4);
}
END_TEST

UNIT_MAIN("life", a_fixed_life_does_not_depend_on_the_ttl, a_life_that_follows_the_ttl,
    an_invalid_life_is_refused, the_table_of_the_manual_page_is_right)
