#include "base/buf.h"

#include "unit.h"

START_TEST(a_buffer_grows_to_its_cap)
{
	struct buf b = BUF(1000);

	for (int i = 0; i < 1000; i++)
		buf_byte(&b, (uint8_t)i);
	ck_assert_uint_eq(b.len, 1000);
	ck_assert(!b.overflow);
	ck_assert_uint_le(b.cap, 1000);
	for (int i = 0; i < 1000; i++)
		ck_assert_uint_eq((uint8_t)b.data[i], (uint8_t)i);
	buf_byte(&b, 0);
	ck_assert(b.overflow);
	ck_assert_uint_eq(b.len, 1000);
	buf_free(&b);
	ck_assert_ptr_null(b.data);
	ck_assert_uint_eq(b.max, 1000);
}
END_TEST

START_TEST(overflow_is_sticky)
{
	struct buf b = BUF(5);

	buf_str(&b, STR("abc"));
	buf_str(&b, STR("def"));
	ck_assert(b.overflow);
	buf_str(&b, STR("g"));
	buf_u16(&b, 1);
	buf_num(&b, 1);
	buf_str(&b, STR(""));
	ck_assert_ptr_null(buf_room(&b, 0));
	ck_assert(b.overflow);
	ck_assert(str_eq(buf_view(&b), STR("abc")));
	buf_cut(&b, 2);
	ck_assert(!b.overflow);
	buf_str(&b, STR("xyz"));
	ck_assert(!b.overflow);
	ck_assert(str_eq(buf_view(&b), STR("abxyz")));
	buf_free(&b);
}
END_TEST

START_TEST(a_buffer_without_room_overflows)
{
	struct buf b = BUF(0);

	buf_put(&b, NULL, 0);
	ck_assert(!b.overflow);
	buf_byte(&b, 'x');
	ck_assert(b.overflow);
	ck_assert_uint_eq(b.len, 0);
	buf_free(&b);
}
END_TEST

START_TEST(huge_requests_overflow)
{
	struct buf b = BUF(100);

	buf_byte(&b, 'x');
	ck_assert_ptr_null(buf_room(&b, SIZE_MAX));
	ck_assert(b.overflow);
	buf_cut(&b, 1);
	ck_assert_ptr_null(buf_room(&b, 100));
	buf_cut(&b, 1);
	ck_assert_ptr_nonnull(buf_room(&b, 99));
	ck_assert_uint_eq(b.len, 1);
	ck_assert_int_eq(b.data[0], 'x');
	buf_free(&b);
}
END_TEST

START_TEST(numbers_are_in_network_order)
{
	struct buf b = BUF(100);

	buf_u16(&b, 0x0102);
	buf_u32(&b, 0xf3040506);
	ck_assert(str_eq(buf_view(&b), STR("\x01\x02\xf3\x04\x05\x06")));
	buf_cut(&b, 0);
	buf_num(&b, 0);
	buf_byte(&b, ' ');
	buf_num(&b, UINT64_MAX);
	ck_assert(str_eq(buf_view(&b), STR("0 18446744073709551615")));
	buf_free(&b);
}
END_TEST

START_TEST(the_front_is_dropped)
{
	struct buf b = BUF(10);

	buf_shift(&b, 0);
	buf_str(&b, STR("abcdefghij"));
	buf_shift(&b, 3);
	ck_assert(str_eq(buf_view(&b), STR("defghij")));
	buf_str(&b, STR("klm"));
	ck_assert(str_eq(buf_view(&b), STR("defghijklm")));
	ck_assert(!b.overflow);
	buf_shift(&b, 10);
	ck_assert_uint_eq(b.len, 0);
	buf_free(&b);
}
END_TEST

START_TEST(unused_memory_is_returned)
{
	struct buf b = BUF(100000);

	buf_trim(&b);
	ck_assert_ptr_null(b.data);
	for (int i = 0; i < 10000; i++)
		buf_byte(&b, (uint8_t)i);
	buf_trim(&b);
	ck_assert_uint_ge(b.cap, 10000);
	buf_shift(&b, 9990);
	buf_trim(&b);
	ck_assert_uint_eq(b.cap, 20);
	ck_assert_uint_eq((uint8_t)b.data[0], (uint8_t)9990);
	for (int i = 0; i < 1000; i++)
		buf_byte(&b, 1);
	ck_assert_uint_eq(b.len, 1010);
	buf_free(&b);
}
END_TEST

UNIT_MAIN("buf", a_buffer_grows_to_its_cap, overflow_is_sticky, a_buffer_without_room_overflows,
    huge_requests_overflow, numbers_are_in_network_order, the_front_is_dropped,
    unused_memory_is_returned)
