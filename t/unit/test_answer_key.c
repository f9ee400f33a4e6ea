#include "line/answer_key.h"

#include "unit.h"

START_TEST(each_key_is_found_by_its_name)
{
	for (enum answer_key key = 0; key < ANSWER_KEYS; key++) {
		ck_assert_uint_gt(answer_key_names[key].n, 0);
		ck_assert_int_eq(answer_key_of(answer_key_names[key]), key);
	}
}
END_TEST

START_TEST(other_names_are_unknown)
{
	static const char *const names[] = { "", "vi", "viaa", "VIA", "name" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_int_eq(answer_key_of(str_of(names[i])), ANSWER_KEYS);
}
END_TEST

START_TEST(a_present_value_is_appended)
{
	struct buf out = BUF(100);

	answer_key_put(&out, ANSWER_VIA, (struct str){ NULL, 0 });
	answer_key_put(&out, ANSWER_TYPE, STR("SVCB"));
	ck_assert(str_eq(buf_view(&out), STR(" type=SVCB")));
	buf_free(&out);
}
END_TEST

UNIT_MAIN("answer_key", each_key_is_found_by_its_name, other_names_are_unknown,
    a_present_value_is_appended)
