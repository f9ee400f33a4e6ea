#include "packet/tcpstream.h"

#include "unit.h"

#include "base/buf.h"

#define START UINT32_C(0xffffff00)	/* the sequence numbers wrap soon */

static struct buf bytes = BUF(1 << 20);	/* the stream */
static struct buf got = BUF(1 << 20);	/* the messages received, as in the stream */
static unsigned messages;
static struct tcpstream stream;

static void
receive(void *arg, struct str message)
{
	(void)arg;
	buf_u16(&got, (uint16_t)message.n);
	buf_str(&got, message);
	messages++;
}

static void
put_message(size_t n)
{
	buf_u16(&bytes, (uint16_t)n);
	for (size_t i = 0; i < n; i++)
		buf_byte(&bytes, (uint8_t)any_below(256));
}

static void
setup(void)
{
	buf_cut(&bytes, 0);
	buf_cut(&got, 0);
	messages = 0;
	tcpstream_free(&stream);
	stream = tcpstream_begin(START);
}

static bool
add_at(int64_t now, size_t from, size_t to)
{
	bool goes_on = tcpstream_add(&stream, START + (uint32_t)from,
	    (struct str){ bytes.data + from, to - from }, now, receive, NULL);

	if (goes_on)
		ck_assert_uint_le(tcpstream_bytes(&stream), TCPSTREAM_BYTES_MAX);
	return goes_on;
}

static bool
add(size_t from, size_t to)
{
	return add_at(0, from, to);
}

static bool
got_all(void)
{
	return str_eq(buf_view(&got), buf_view(&bytes)) && tcpstream_bytes(&stream) == 0;
}

START_TEST(messages_in_segments_of_any_size)
{
	for (size_t size = 1; size < 300; size += any_below(10) + 1) {
		setup();
		for (size_t i = 0; i < 20; i++)
			put_message(any_below(200));
		for (size_t at = 0; at < bytes.len; at += size)
			ck_assert(add(at, at + size < bytes.len ? at + size : bytes.len));
		ck_assert(got_all());
		ck_assert_uint_eq(messages, 20);
	}
}
END_TEST

START_TEST(the_largest_message)
{
	setup();
	put_message(65535);
	for (size_t at = 0; at < bytes.len; at++)
		ck_assert(add(at, at + 1));
	ck_assert(got_all());
	ck_assert_uint_eq(messages, 1);
}
END_TEST

START_TEST(repeated_and_overlapping_segments)
{
	for (int round = 0; round < 300; round++) {
		size_t at = 0;

		setup();
		for (size_t i = 0; i < 10; i++)
			put_message(any_below(300));
		while (at < bytes.len) {
			size_t from = at - any_below((uint32_t)at + 1);
			size_t to = at + any_below(100);

			if (to > bytes.len)
				to = bytes.len;
			ck_assert(add(from, to));
			at = to;
		}
		ck_assert(got_all());
	}
}
END_TEST

START_TEST(segments_in_any_order)
{
	for (int round = 0; round < 300; round++) {
		size_t order[40], n = 40;

		setup();
		for (size_t i = 0; i < n; i++) {
			put_message(98);
			order[i] = i;
		}
		for (size_t i = n; i > 1; i--) {
			size_t j = any_below((uint32_t)i), other = order[j];

			order[j] = order[i - 1];
			order[i - 1] = other;
		}
		for (size_t i = 0; i < n; i++)
			ck_assert(add(order[i] * 100, order[i] * 100 + 100));
		ck_assert(got_all());
	}
}
END_TEST

/* Three messages of 1002 bytes with their lengths; the second in segments of 167 bytes. */
static void
three_messages(void)
{
	setup();
	for (int i = 0; i < 3; i++)
		put_message(1000);
	ck_assert(add(0, 1002));
}

START_TEST(a_gap_within_a_message_costs_only_this_message)
{
	three_messages();
	ck_assert(add(1002, 1100));
	ck_assert(add(1200, 2004));		/* 1100 to 1200 is missing */
	ck_assert(add_at(1, 2004, 3006));
	ck_assert_uint_eq(messages, 1);
	ck_assert(add_at(TCPSTREAM_PATIENCE + 1, 3006, 3006));
	put_message(10);
	ck_assert(add_at(TCPSTREAM_PATIENCE + 1, 3006, 3018));
	ck_assert_uint_eq(messages, 3);
	ck_assert_uint_eq(stream.damaged, 1);
	ck_assert(str_eq((struct str){ got.data + 1002, 1002 },
	    (struct str){ bytes.data + 2004, 1002 }));
	ck_assert_uint_eq(tcpstream_bytes(&stream), 0);
}
END_TEST

START_TEST(a_gap_up_to_the_end_of_a_message)
{
	three_messages();
	ck_assert(add(1002, 1100));
	ck_assert(add(2004, 2500));
	ck_assert(add_at(TCPSTREAM_PATIENCE + 1, 2500, 3006));
	ck_assert_uint_eq(messages, 2);
}
END_TEST

START_TEST(two_gaps_in_one_message)
{
	three_messages();
	ck_assert(add(1002, 1100));
	ck_assert(add(1200, 1300));
	ck_assert(add_at(TCPSTREAM_PATIENCE + 1, 1400, 1500));
	ck_assert(add_at(2 * TCPSTREAM_PATIENCE + 2, 1500, 1501));
	ck_assert(add_at(3 * TCPSTREAM_PATIENCE + 3, 1501, 3006));
	ck_assert_uint_eq(messages, 2);
	ck_assert_uint_eq(stream.damaged, 1);
}
END_TEST

START_TEST(a_gap_beyond_the_message_loses_the_stream)
{
	three_messages();
	ck_assert(add(1002, 1100));
	ck_assert(add(2005, 2500));
	ck_assert(!add_at(TCPSTREAM_PATIENCE + 1, 2500, 3006));
	three_messages();		/* the length is missing */
	ck_assert(add(1004, 2004));
	ck_assert(!add_at(TCPSTREAM_PATIENCE + 1, 2004, 3006));
	three_messages();		/* half of the length is missing */
	ck_assert(add(1002, 1003));
	ck_assert(add(1004, 2004));
	ck_assert(!add_at(TCPSTREAM_PATIENCE + 1, 2004, 3006));
	ck_assert_uint_eq(messages, 1);
}
END_TEST

START_TEST(a_gap_that_is_filled_in_time_costs_nothing)
{
	three_messages();
	ck_assert(add(2004, 3006));
	ck_assert_uint_eq(messages, 1);
	ck_assert(add_at(TCPSTREAM_PATIENCE, 1002, 2004));
	ck_assert(got_all());
}
END_TEST

START_TEST(the_waiting_bytes_and_segments_are_limited)
{
	setup();
	put_message(60000);
	for (size_t i = 0; i < 4; i++)
		put_message(60000);
	ck_assert(add(0, 100));
	ck_assert(add(60002, 120004));
	ck_assert(add(120004, 180006));
	ck_assert_uint_eq(messages, 0);
	ck_assert(add(180006, 240008));
	ck_assert_uint_eq(messages, 3);
	setup();
	put_message(2000);
	ck_assert(add(0, 10));
	for (size_t i = 0; i < TCPSTREAM_PIECES; i++)
		ck_assert(add(20 + i * 20, 30 + i * 20));
	ck_assert_uint_eq(stream.damaged, 0);
	ck_assert(add(2000, 2001));
	ck_assert_uint_eq(stream.damaged, 1);
	setup();
	put_message(10);
	ck_assert(!tcpstream_add(&stream, START + TCPSTREAM_WINDOW + 1, STR("x"), 0, receive,
	    NULL));
}
END_TEST

START_TEST(an_old_segment_changes_nothing)
{
	three_messages();
	ck_assert(add(0, 1002));
	ck_assert(tcpstream_add(&stream, START - 5000, STR("old"), 0, receive, NULL));
	ck_assert(add(1002, 3006));
	ck_assert(got_all());
}
END_TEST

UNIT_MAIN("tcpstream", messages_in_segments_of_any_size, the_largest_message,
    repeated_and_overlapping_segments, segments_in_any_order,
    a_gap_within_a_message_costs_only_this_message, a_gap_up_to_the_end_of_a_message,
    two_gaps_in_one_message, a_gap_beyond_the_message_loses_the_stream,
    a_gap_that_is_filled_in_time_costs_nothing, the_waiting_bytes_and_segments_are_limited,
    an_old_segment_changes_nothing)
