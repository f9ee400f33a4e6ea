#include "answers/output.h"

#include "unit.h"

START_TEST(the_buffer_is_a_number_of_mebibytes)
{
	struct output o = { .buffer = 1 };

	ck_assert_ptr_null(output_buffer_parse(&o, "64"));
	ck_assert_uint_eq(o.buffer, OUTPUT_BUFFER);
	ck_assert_ptr_null(output_buffer_parse(&o, "0"));
	ck_assert_uint_eq(o.buffer, 0);
	ck_assert_ptr_nonnull(output_buffer_parse(&o, "1048577"));
	ck_assert_ptr_nonnull(output_buffer_parse(&o, "-1"));
	ck_assert_ptr_nonnull(output_buffer_parse(&o, "x"));
	ck_assert_uint_eq(o.buffer, 0);
}
END_TEST

START_TEST(the_largest_messages_lose_lines_first)
{
	ck_assert_uint_eq(output_room(1000, 0, 1000), 1000);
	ck_assert_uint_eq(output_room(1000, 500, 500), 500);
	ck_assert_uint_eq(output_room(1000, 501, 320), 10);
	ck_assert_uint_eq(output_room(1000, 1000, 0), 0);
}
END_TEST

UNIT_MAIN("output", the_buffer_is_a_number_of_mebibytes, the_largest_messages_lose_lines_first)
