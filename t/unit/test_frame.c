#include "dnstap/frame.h"

#include <stdio.h>

#include "unit.h"

#define TYPE "protobuf:dnstap.Dnstap"

enum { ACCEPT = 1, START, STOP, READY, FINISH };

static struct buf bytes = BUF(1 << 20);

static void
add_data(size_t n)
{
	buf_u32(&bytes, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		buf_byte(&bytes, (uint8_t)i);
}

static void
add_control(uint32_t type, const char *content_type)
{
	size_t len = content_type != NULL ? strlen(content_type) : 0;

	buf_u32(&bytes, 0);
	buf_u32(&bytes, (uint32_t)(content_type != NULL ? 12 + len : 4));
	buf_u32(&bytes, type);
	if (content_type == NULL)
		return;
	buf_u32(&bytes, 1);
	buf_u32(&bytes, (uint32_t)len);
	buf_put(&bytes, content_type, len);
}

/* Reads the added bytes in pieces of `piece` bytes. Returns a letter for each event. */
static const char *
events(size_t piece)
{
	static char seen[256];
	struct frame_stream s = FRAME_STREAM;
	struct str all = buf_view(&bytes), in = { NULL, 0 };
	struct frame f;
	char *p = seen;

	for (;;) {
		enum frame_event event = frame_next(&s, &in, &f);

		if (event == FRAME_MORE && all.n == 0)
			break;
		if (event == FRAME_MORE) {
			in = (struct str){ all.p, piece < all.n ? piece : all.n };
			all.p += in.n;
			all.n -= in.n;
			continue;
		}
		if (event == FRAME_BAD) {
			p += sprintf(p, "!%s", frame_fault_text(f.fault));
			break;
		}
		*p++ = "?DCE"[event];
		if (f.reply_len > 0)
			p += sprintf(p, "%d%s", f.reply[11], f.reply_len > 12 ? "t" : "");
		if (event == FRAME_DATA)
			p += sprintf(p, "%zu", f.payload.n);
	}
	if (frame_is_cut(&s))
		p += sprintf(p, "...");
	*p = '\0';
	frame_free(&s);
	buf_cut(&bytes, piece == 1 ? 0 : bytes.len);
	return seen;
}

static void
expect(const char *wanted)
{
	ck_assert_str_eq(events(SIZE_MAX), wanted);
	ck_assert_str_eq(events(3), wanted);
	ck_assert_str_eq(events(1), wanted);
}

START_TEST(a_one_way_stream_gets_no_reply)
{
	add_control(START, TYPE);
	add_data(5);
	add_data(300);
	add_control(STOP, NULL);
	expect("CD5D300E");
}
END_TEST

START_TEST(a_two_way_stream_gets_accept_and_finish)
{
	add_control(READY, TYPE);
	add_control(START, TYPE);
	add_data(1);
	add_control(STOP, NULL);
	expect("C1tCD1E5");
}
END_TEST

START_TEST(the_content_type_may_be_omitted)
{
	add_control(READY, NULL);
	add_control(START, NULL);
	add_control(STOP, NULL);
	expect("C1CE5");
}
END_TEST

START_TEST(another_content_type_is_refused)
{
	add_control(START, "protobuf:other");
	expect("!content type is not " TYPE);
	add_control(READY, TYPE "x");
	expect("!content type is not " TYPE);
	add_control(READY, TYPE);
	add_control(START, "");
	expect("C1t!content type is not " TYPE);
}
END_TEST

START_TEST(a_stream_may_follow_another)
{
	add_control(START, TYPE);
	add_data(1);
	add_control(STOP, NULL);
	add_control(READY, TYPE);
	add_control(START, TYPE);
	add_control(STOP, NULL);
	add_control(START, NULL);
	add_control(STOP, NULL);
	expect("CD1EC1tCE5CE");
}
END_TEST

START_TEST(unexpected_control_frames_are_refused)
{
	static const uint32_t wrong[] = { ACCEPT, STOP, FINISH };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		add_control(wrong[i], NULL);
		expect("!unexpected control frame");
	}
	add_control(START, TYPE);
	add_control(START, TYPE);
	expect("C!unexpected control frame");
	add_control(READY, TYPE);
	add_control(READY, TYPE);
	expect("C1t!unexpected control frame");
	add_control(READY, TYPE);
	add_data(1);
	expect("C1t!not a dnstap stream: data before the START frame");
	buf_str(&bytes, STR("GET / HTTP/1.1\r\n\r\n"));
	expect("!not a dnstap stream: data before the START frame");
	add_control(9, NULL);
	expect("!malformed control frame");
}
END_TEST

/* The longest frame is accepted; a greater length is refused before its data arrives. */
START_TEST(frame_lengths_are_limited)
{
	add_control(START, TYPE);
	add_data(FRAME_DATA_MAX);
	expect("CD262144");
	add_control(START, TYPE);
	buf_u32(&bytes, FRAME_DATA_MAX + 1);
	expect("C!data frame longer than 256 KiB");
	add_control(START, TYPE);
	buf_u32(&bytes, UINT32_MAX);
	expect("C!data frame longer than 256 KiB");
	buf_u32(&bytes, 0);
	buf_u32(&bytes, FRAME_CONTROL_MAX + 1);
	expect("!control frame longer than 512 bytes");
	buf_u32(&bytes, 0);
	buf_u32(&bytes, 0);
	expect("!malformed control frame");
}
END_TEST

START_TEST(an_incomplete_frame_is_detected)
{
	add_control(START, TYPE);
	add_data(9);
	bytes.len--;
	expect("C...");
	add_control(START, TYPE);
	buf_byte(&bytes, 0);
	expect("C...");
	expect("");
}
END_TEST

START_TEST(faults_have_names)
{
	for (unsigned i = 0; i < FRAME_FAULTS; i++) {
		ck_assert_ptr_nonnull(frame_fault_text(i));
		for (unsigned j = 0; j <= i; j++)
			ck_assert_int_eq(strcmp(frame_fault_name(i), frame_fault_name(j)) == 0,
			    i == j);
	}
}
END_TEST

/* A complete frame is not copied, and a stream without data uses no memory. */
START_TEST(frames_are_returned_in_place)
{
	struct frame_stream s = FRAME_STREAM;
	struct frame f;
	struct str in;

	add_control(START, TYPE);
	add_data(100);
	in = buf_view(&bytes);
	ck_assert_int_eq(frame_next(&s, &in, &f), FRAME_CONTROL);
	ck_assert(frame_is_open(&s));
	ck_assert_int_eq(frame_next(&s, &in, &f), FRAME_DATA);
	ck_assert_ptr_eq(f.payload.p, bytes.data + bytes.len - 100);
	ck_assert_ptr_null(s.rest.data);

	in = (struct str){ bytes.data + bytes.len - 104, 50 };
	ck_assert_int_eq(frame_next(&s, &in, &f), FRAME_MORE);
	ck_assert(frame_is_cut(&s));
	in = (struct str){ bytes.data + bytes.len - 54, 54 };
	ck_assert_int_eq(frame_next(&s, &in, &f), FRAME_DATA);
	ck_assert_mem_eq(f.payload.p, bytes.data + bytes.len - 100, 100);
	ck_assert(!frame_is_cut(&s));
	ck_assert_int_eq(frame_next(&s, &in, &f), FRAME_MORE);
	ck_assert_ptr_null(s.rest.data);
	buf_cut(&bytes, 0);
}
END_TEST

UNIT_MAIN("frame", a_one_way_stream_gets_no_reply, a_two_way_stream_gets_accept_and_finish,
    the_content_type_may_be_omitted, another_content_type_is_refused, a_stream_may_follow_another,
    unexpected_control_frames_are_refused, frame_lengths_are_limited,
    an_incomplete_frame_is_detected, faults_have_names, frames_are_returned_in_place)
