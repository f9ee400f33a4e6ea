#include "packet/capture.h"

#include <errno.h>

#include "unit.h"

#include "base/clock.h"

/* An empty capture of raw IP packets, and a packet of three bytes after 1.000002 s. */
#define HEADER "\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x65\0\0\0"
#define PACKET "\1\0\0\0\2\0\0\0\3\0\0\0\5\0\0\0" "abc"

static struct buf file = BUF(1 << 16);
static int64_t times[8];	/* of the packets */
static struct str unread;
static size_t piece;		/* the most bytes of a read */
static unsigned packets;

static ssize_t
read_some(void *arg, char *data, size_t n)
{
	(void)arg;
	n = n < piece ? n : piece;
	n = n < unread.n ? n : unread.n;
	memcpy(data, unread.p, n);
	unread.p += n;
	unread.n -= n;
	return (ssize_t)n;
}

static ssize_t
fail_to_read(void *arg, char *data, size_t n)
{
	(void)arg;
	(void)data;
	(void)n;
	errno = EISDIR;
	return -1;
}

static void
take(void *arg, int link_type, struct str bytes, size_t original_length, int64_t time)
{
	ck_assert_ptr_eq(arg, &packets);
	ck_assert_int_eq(link_type, LINK_RAW);
	ck_assert(str_eq(bytes, STR("abc")));
	ck_assert_uint_eq(original_length, 5);
	ck_assert_int_eq(time, 1000002);
	packets++;
}

static const char *
open_bytes(struct capture *c, struct str bytes, size_t n)
{
	unread = bytes;
	piece = n;
	packets = 0;
	return capture_open_file(c, "file", read_some, NULL);
}

START_TEST(packets_of_a_file)
{
	struct capture c;

	for (size_t n = 1; n < 100; n++) {
		ck_assert_ptr_null(open_bytes(&c, STR(HEADER PACKET PACKET), n));
		ck_assert_int_eq(capture_next(&c, take, &packets), CAPTURE_PACKET);
		ck_assert_int_eq(capture_next(&c, take, &packets), CAPTURE_PACKET);
		ck_assert_int_eq(capture_next(&c, take, &packets), CAPTURE_END);
		ck_assert_uint_eq(packets, 2);
		ck_assert_uint_eq(capture_dropped(&c), 0);
		capture_close(&c);
	}
}
END_TEST

START_TEST(a_file_that_ends_in_a_packet)
{
	struct capture c;

	ck_assert_ptr_null(open_bytes(&c, (struct str){ HEADER PACKET, 40 }, 100));
	ck_assert_int_eq(capture_next(&c, take, &packets), CAPTURE_FAILED);
	ck_assert_ptr_nonnull(strstr(c.error, "truncated"));
	capture_close(&c);
}
END_TEST

/* --- pcapng in network order --- */

static void
put_block(uint32_t kind, struct str body)
{
	buf_u32(&file, kind);
	buf_u32(&file, (uint32_t)body.n + 12);
	buf_str(&file, body);
	buf_u32(&file, (uint32_t)body.n + 12);
}

static void
begin_file(void)
{
	buf_cut(&file, 0);
	put_block(0x0a0d0d0a, STR("\x1a\x2b\x3c\x4d\0\1\0\0\xff\xff\xff\xff\xff\xff\xff\xff"));
}

/* An interface whose times have this resolution, as in if_tsresol. */
static void
put_interface(uint8_t link_type, uint8_t resolution)
{
	char body[] = "\0\0\0\0\0\0\xff\xff\0\x9\0\1\0\0\0\0\0\0\0";

	body[1] = (char)link_type;
	body[12] = (char)resolution;
	put_block(1, (struct str){ body, sizeof(body) });
}

static void
put_packet(uint8_t interface, uint64_t time)
{
	static struct buf body = BUF(100);

	buf_cut(&body, 0);
	buf_u32(&body, interface);
	buf_u32(&body, (uint32_t)(time >> 32));
	buf_u32(&body, (uint32_t)time);
	buf_u32(&body, 3);
	buf_u32(&body, 5);
	buf_str(&body, STR("abc\0"));
	put_block(6, buf_view(&body));
}

static void
take_time(void *arg, int link_type, struct str bytes, size_t original_length, int64_t time)
{
	(void)link_type;
	(void)original_length;
	ck_assert_ptr_null(arg);
	ck_assert_uint_eq(bytes.n, 3);
	times[packets++] = time;
}

/* The result after the last packet. */
static enum capture_result
take_times(struct capture *c, struct str bytes)
{
	enum capture_result result;

	ck_assert_ptr_null(open_bytes(c, bytes, 100));
	do
		result = capture_next(c, take_time, NULL);
	while (result == CAPTURE_PACKET);
	return result;
}

START_TEST(interfaces_with_times_of_any_resolution)
{
	struct capture c;

	begin_file();
	put_interface(LINK_ETHERNET, 6);
	put_interface(LINK_ETHERNET, 9);
	put_interface(LINK_ETHERNET, 0);
	put_interface(LINK_ETHERNET, 0x80 | 20);
	put_packet(0, 7000001);
	put_packet(1, 7000001999);
	put_packet(2, 7);
	put_packet(3, 7 << 20 | 1 << 19);
	ck_assert_int_eq(take_times(&c, buf_view(&file)), CAPTURE_END);
	ck_assert_uint_eq(packets, 4);
	ck_assert_int_eq(times[0], 7000001);
	ck_assert_int_eq(times[1], 7000001);
	ck_assert_int_eq(times[2], 7000000);
	ck_assert_int_eq(times[3], 7500000);
	capture_close(&c);
}
END_TEST

START_TEST(interfaces_of_different_link_types_are_refused)
{
	struct capture c;

	begin_file();
	put_interface(LINK_ETHERNET, 6);
	put_packet(0, 7);
	put_interface(LINK_NULL, 6);
	put_packet(1, 7);
	ck_assert_int_eq(take_times(&c, buf_view(&file)), CAPTURE_FAILED);
	ck_assert_uint_eq(packets, 1);
	ck_assert_ptr_nonnull(strstr(c.error, "different"));
	capture_close(&c);
}
END_TEST

START_TEST(an_invalid_time_is_unknown)
{
	struct capture c;

	begin_file();
	put_interface(LINK_RAW_FILE, 0);
	put_packet(0, TIME_MAX / SECOND);
	put_packet(0, TIME_MAX / SECOND + 1);
	put_packet(0, INT64_MAX);
	put_packet(0, UINT64_MAX);
	ck_assert_int_eq(take_times(&c, buf_view(&file)), CAPTURE_END);
	ck_assert_uint_eq(packets, 4);
	ck_assert_int_eq(times[0], TIME_MAX - (SECOND - 1));
	for (size_t i = 1; i < 4; i++)
		ck_assert_int_eq(times[i], -1);
	capture_close(&c);
	/* in a pcap file: microseconds of a second, and -1 */
	ck_assert_int_eq(take_times(&c, STR(HEADER "\1\0\0\0\x40\x42\xf\0\3\0\0\0\5\0\0\0" "abc"
	    "\1\0\0\0\xff\xff\xff\xff\3\0\0\0\5\0\0\0" "abc")), CAPTURE_END);
	ck_assert_uint_eq(packets, 2);
	ck_assert_int_eq(times[0], -1);
	ck_assert_int_eq(times[1], -1);
	capture_close(&c);
}
END_TEST

START_TEST(files_that_are_no_captures)
{
	struct capture c;

	ck_assert_str_eq(open_bytes(&c, STR(""), 1),
	    "empty; is it the file that receives the capture?");
	ck_assert_str_eq(open_bytes(&c, STR("some text that is long enough"), 100),
	    "unknown file format");
	ck_assert_str_eq(open_bytes(&c, STR("\x1f\x8b, and the rest of the file"), 100),
	    "compressed with gzip; use zcat FILE | pcap-read");
	ck_assert_ptr_nonnull(strstr(capture_open_file(&c, "file", fail_to_read, NULL),
	    "Is a directory"));
}
END_TEST

static const char *
filter_of(const struct packet_limits *limits)
{
	static struct buf text = BUF(CAPTURE_FILTER_MAX);

	buf_cut(&text, 0);
	capture_filter(&text, limits);
	buf_byte(&text, '\0');
	return text.data;
}

START_TEST(the_filter_names_ports_and_servers)
{
	static const uint16_t ports[] = { 53, 5353 };
	struct prefix servers[2];
	struct packet_limits limits = { .ports = ports, .n_ports = 1, .servers = servers };

	ck_assert_str_eq(filter_of(&limits), "((src port 53"
	    " or (ip[6:2] & 0x1fff != 0 and (ip proto 6 or ip proto 17))"
	    " or ip6 proto 0 or ip6 proto 43 or ip6 proto 44 or ip6 proto 51 or ip6 proto 60))");
	ck_assert_ptr_null(prefix_parse_loose(STR("192.0.2.53"), &servers[0]));
	ck_assert_ptr_null(prefix_parse_loose(STR("2001:db8::/32"), &servers[1]));
	limits.n_ports = limits.n_servers = 2;
	ck_assert_ptr_nonnull(strstr(filter_of(&limits), "src port 53 or src port 5353"));
	ck_assert_ptr_nonnull(strstr(filter_of(&limits),
	    " and (src net 192.0.2.53/32 or src net 2001:db8::/32))"));
}
END_TEST

UNIT_MAIN("capture", packets_of_a_file, a_file_that_ends_in_a_packet,
    interfaces_with_times_of_any_resolution, interfaces_of_different_link_types_are_refused,
    an_invalid_time_is_unknown, files_that_are_no_captures, the_filter_names_ports_and_servers)
