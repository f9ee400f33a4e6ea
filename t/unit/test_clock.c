#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "unit.h"

START_TEST(time_spans_are_parsed)
{
	static const struct {
		const char *text;
		int64_t us;
	} cases[] = {
		{ "0", 0 }, { "0ms", 0 }, { "1ms", 1000 }, { "90", 90 * SECOND },
		{ "90s", 90 * SECOND }, { "5m", 300 * SECOND }, { "24h", 86400 * SECOND },
		{ "7d", 604800 * SECOND }, { "1w", 604800 * SECOND },
		{ "3650d", 315360000 * SECOND }, { "315360000", 315360000 * SECOND },
		{ "521w", 315100800 * SECOND }, { "4294967295ms", 4294967295 * (SECOND / 1000) },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t us = -1;
		const char *why = clock_span_parse(str_of(cases[i].text), &us);

		ck_assert_msg(why == NULL, "%s: %s", cases[i].text, why);
		ck_assert_int_eq(us, cases[i].us);
	}
}
END_TEST

START_TEST(invalid_time_spans_have_a_reason)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "not a time" }, { "h", "not a time" }, { "-1h", "not a time" },
		{ "+1h", "not a time" }, { "01h", "not a time" }, { " 1h", "not a time" },
		{ "4294967296", "not a time" }, { "99999999999999999999s", "not a time" },
		{ "1.5h", "unknown unit" }, { "1H", "unknown unit" }, { "1 h", "unknown unit" },
		{ "1h ", "unknown unit" }, { "1hh", "unknown unit" }, { "1us", "unknown unit" },
		{ "1h30m", "unknown unit" }, { "1mo", "unknown unit" }, { "3651d", "ten years" },
		{ "522w", "ten years" }, { "315360001", "ten years" },
		{ "4294967295w", "ten years" },
	};
	int64_t us = -1;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why = clock_span_parse(str_of(cases[i].text), &us);

		ck_assert_msg(why != NULL && strstr(why, cases[i].why) != NULL, "%s: %s",
		    cases[i].text, why != NULL ? why : "taken");
	}
	ck_assert_msg(clock_span_parse((struct str){ NULL, 0 }, &us) != NULL, "absent text");
	ck_assert_int_eq(us, -1);
}
END_TEST

/* A time of a random number of bits, so that short and long texts are equally common. */
static int64_t
any_time(void)
{
	uint64_t bits = (uint64_t)any_below(UINT32_MAX) << 32 | any_below(UINT32_MAX);
	uint64_t time = bits >> (7 + any_below(57));

	if (any_below(4) == 0)
		time = time / SECOND * SECOND + (uint64_t[]){ 0, 1, 999999, 100000 }[any_below(4)];
	return (int64_t)(time % UINT64_C(100000000000000000));
}

START_TEST(formatted_times_parse_to_the_same_time)
{
	for (int i = 0; i < 300000; i++) {
		char ours[TIME_STRLEN], theirs[TIME_STRLEN * 2];
		int64_t time = any_time(), again = -1;
		int n = time_format(time, ours);

		snprintf(theirs, sizeof(theirs), "%" PRId64 ".%06" PRId64, time / SECOND,
		    time % SECOND);
		if (strcmp(ours, theirs) != 0 || (size_t)n != strlen(theirs))
			ck_abort_msg("%s, not %s", ours, theirs);
		if (!time_parse((struct str){ ours, (size_t)n }, &again) || again != time)
			ck_abort_msg("%s reads as %" PRId64, ours, again);
	}
}
END_TEST

START_TEST(every_time_fits_its_text)
{
	char text[TIME_STRLEN];

	ck_assert_int_eq(time_format(INT64_MAX, text), 20);
	ck_assert_str_eq(text, "9223372036854.775807");
	time_format(0, text);
	ck_assert_str_eq(text, "0.000000");
}
END_TEST

/* Tries each byte value at each position. */
START_TEST(a_usual_time_with_any_other_byte_is_refused)
{
	for (unsigned at = 0; at < 17 * 256; at++) {
		char text[] = "1795392065.718461", again[TIME_STRLEN];
		bool good = at / 256 == 10 ? at % 256 == '.' : at % 256 >= '0' + (at / 256 == 0) &&
		    at % 256 <= '9';
		int64_t time;

		text[at / 256] = (char)(at % 256);
		if (time_parse((struct str){ text, 17 }, &time) != good)
			ck_abort_msg("byte %u of %s", at % 256, text);
		if (good && (time_format(time, again), strcmp(again, text)) != 0)
			ck_abort_msg("%s reads as %s", text, again);
	}
}
END_TEST

START_TEST(times_are_parsed_strictly)
{
	static const char *const bad[] = {
		"", ".", "0", "1", ".000000", "1.", "1.00000", "1.0000000", "00.000000",
		"01.000000", "-1.000000", "+1.000000", " 1.000000", "1.000000 ", "1,000000",
		"1.00000a", "a.000000", "1.0 0000", "1000000.", "1..00000", "1.000.00", "11.0000.0",
		"100000000000.000000", "0x1.000000", "1e3.000000", "1.00000\xb0",
	};
	int64_t time = -7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!time_parse(str_of(bad[i]), &time), "%s", bad[i]);
	ck_assert(!time_parse((struct str){ NULL, 0 }, &time));
	ck_assert_int_eq(time, -7);
	ck_assert(time_parse(STR("99999999999.999999"), &time));
	ck_assert_int_eq(time, INT64_C(99999999999999999));
}
END_TEST

START_TEST(clocks_advance)
{
	int64_t mono = clock_mono(), wall = clock_wall();

	ck_assert_int_le(mono, clock_mono());
	ck_assert_int_le(llabs(wall / SECOND - (int64_t)time(NULL)), 2);
}
END_TEST

UNIT_MAIN("clock", time_spans_are_parsed, invalid_time_spans_have_a_reason,
    formatted_times_parse_to_the_same_time, every_time_fits_its_text, times_are_parsed_strictly,
    a_usual_time_with_any_other_byte_is_refused, clocks_advance)
