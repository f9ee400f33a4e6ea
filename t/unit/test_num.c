#include "base/num.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

static void
check_format(uint64_t value)
{
	char ours[NUM_STRLEN], theirs[NUM_STRLEN + 1];
	int n = num_format(value, ours);

	snprintf(theirs, sizeof(theirs), "%" PRIu64, value);
	if (strcmp(ours, theirs) != 0 || n != (int)strlen(theirs))
		ck_abort_msg("%s, not %s", ours, theirs);
}

START_TEST(numbers_are_formatted_as_by_printf)
{
	for (uint64_t power = 1; power <= UINT64_MAX / 10; power *= 10) {
		check_format(power - 1);
		check_format(power);
		check_format(power * 10 - 1);
	}
	check_format(UINT64_MAX);
	for (int i = 0; i < 200000; i++)
		check_format(((uint64_t)any_below(UINT32_MAX) << 32 |
		    any_below(UINT32_MAX)) >> any_below(64));
}
END_TEST

START_TEST(formatted_numbers_parse_to_the_same_number)
{
	for (int i = 0; i < 200000; i++) {
		uint32_t value = any_below(UINT32_MAX) >> any_below(32), again = ~value;
		char text[NUM_STRLEN];
		struct str view = { text, (size_t)num_format(value, text) };

		if (!num_parse(view, value, &again) || again != value)
			ck_abort_msg("%s", text);
		if (value > 0 && num_parse(view, value - 1, &again))
			ck_abort_msg("%s is above the limit", text);
	}
}
END_TEST

START_TEST(numbers_are_parsed_strictly)
{
	static const char *const bad[] = {
		"", "00", "01", "-1", "+1", " 1", "1 ", "1.", "0x1", "1e3", "a", "4294967296",
		"9999999999", "10000000000", "18446744073709551616", "1:", "1/", "\xb1",
	};
	uint32_t value = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!num_parse(str_of(bad[i]), UINT32_MAX, &value), "%s", bad[i]);
	ck_assert(!num_parse((struct str){ NULL, 0 }, 1, &value));
	ck_assert(!num_parse((struct str){ "1\0", 2 }, UINT32_MAX, &value));
	ck_assert_uint_eq(value, 7);
	ck_assert(num_parse(STR("4294967295"), UINT32_MAX, &value));
	ck_assert_uint_eq(value, UINT32_MAX);
	ck_assert(num_parse(STR("0"), 0, &value));
	ck_assert_uint_eq(value, 0);
}
END_TEST

static void
check_grouped(uint64_t value, const char *text)
{
	char out[NUM_GROUPED_STRLEN];

	ck_assert_str_eq(num_format_grouped(value, out), text);
}

START_TEST(digits_are_grouped_for_people)
{
	check_grouped(0, "0");
	check_grouped(999, "999");
	check_grouped(1000, "1,000");
	check_grouped(49990, "49,990");
	check_grouped(123456, "123,456");
	check_grouped(1234567, "1,234,567");
	check_grouped(UINT64_MAX, "18,446,744,073,709,551,615");
}
END_TEST

UNIT_MAIN("num", digits_are_grouped_for_people, numbers_are_formatted_as_by_printf,
    formatted_numbers_parse_to_the_same_number, numbers_are_parsed_strictly)
