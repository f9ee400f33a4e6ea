#include "bgp/message.h"

#include "bgp/bgptext.h"
#include "bgp/update_wire.h"
#include "unit.h"

#define MARKER "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"

static struct buf out = BUF(64 * 1024);

static struct message
only_message(void)
{
	struct bgp_error error;
	struct message m;

	ck_assert(!out.overflow);
	ck_assert_int_eq(message_frame(buf_view(&out), BGP_MAX, &m, &error), (int)out.len);
	return m;
}

static void
check_bad_frame(struct str bytes, uint8_t subcode, uint8_t n, unsigned data)
{
	struct bgp_error error;
	struct message m;

	ck_assert_int_eq(message_frame(bytes, BGP_MAX, &m, &error), -1);
	ck_assert_int_eq(error.code, BGP_ERR_HEADER);
	ck_assert_int_eq(error.subcode, subcode);
	ck_assert_int_eq(error.n, n);
	if (n == 1)
		ck_assert_uint_eq(error.data[0], data);
	if (n == 2)
		ck_assert_uint_eq((unsigned)error.data[0] << 8 | error.data[1], data);
}

/* RFC 4271 section 6.1. */
START_TEST(invalid_headers_return_their_errors)
{
	char bytes[] = MARKER "\0\x13\4";

	for (int i = 0; i < 16; i++) {
		bytes[i] = '\xfe';
		check_bad_frame((struct str){ bytes, 19 }, BGP_HEADER_SYNC, 0, 0);
		bytes[i] = '\xff';
	}
	check_bad_frame(STR(MARKER "\0\x12\4"), BGP_HEADER_LENGTH, 2, 18);
	check_bad_frame(STR(MARKER "\x10\1\2"), BGP_HEADER_LENGTH, 2, 4097);
	check_bad_frame(STR(MARKER "\0\x14\4"), BGP_HEADER_LENGTH, 2, 20);
	check_bad_frame(STR(MARKER "\0\x1c\1"), BGP_HEADER_LENGTH, 2, 28);
	check_bad_frame(STR(MARKER "\0\x16\2"), BGP_HEADER_LENGTH, 2, 22);
	check_bad_frame(STR(MARKER "\0\x14\3"), BGP_HEADER_LENGTH, 2, 20);
	check_bad_frame(STR(MARKER "\0\x16\5"), BGP_HEADER_LENGTH, 2, 22);
	check_bad_frame(STR(MARKER "\0\x13\0"), BGP_HEADER_TYPE, 1, 0);
	check_bad_frame(STR(MARKER "\0\x13\6"), BGP_HEADER_TYPE, 1, 6);
}
END_TEST

START_TEST(a_message_in_pieces_is_incomplete)
{
	struct bgp_error error;
	struct message m;

	buf_cut(&out, 0);
	update_wire_put(&out, NULL, BGP_IPV6, STR(""));
	for (size_t n = 0; n < out.len; n++)
		ck_assert_int_eq(message_frame((struct str){ out.data, n }, BGP_MAX, &m, &error),
		    0);
	ck_assert_int_eq(only_message().type, BGP_UPDATE);
}
END_TEST

/* RFC 8654 section 4: all messages except OPEN and KEEPALIVE may be extended. */
START_TEST(extended_messages_are_accepted_if_negotiated)
{
	struct str update = STR(MARKER "\x20\0\2"), open = STR(MARKER "\x20\0\1");
	struct bgp_error error;
	struct message m;

	ck_assert_int_eq(message_frame(update, BGP_EXTENDED_MAX, &m, &error), 0);
	ck_assert_int_eq(message_frame(update, BGP_MAX, &m, &error), -1);
	ck_assert_int_eq(message_frame(open, BGP_EXTENDED_MAX, &m, &error), -1);
	ck_assert_int_eq(error.subcode, BGP_HEADER_LENGTH);
}
END_TEST

static struct bgp_error
said_again(const struct bgp_error *error)
{
	buf_cut(&out, 0);
	message_put_notification(&out, error);
	return message_parse_notification(only_message().body);
}

/* RFC 8538 section 3.1, RFC 9003 section 2. */
START_TEST(notifications_round_trip)
{
	static const char words[BGP_WORDS_MAX + 1] = "moving house";
	struct bgp_error error = { .code = BGP_ERR_CEASE, .subcode = BGP_CEASE_SHUTDOWN,
	    .hard = true }, again;
	char text[BGPTEXT_ERROR_STRLEN];

	message_set_words(&error, STR("moving house"));
	again = said_again(&error);
	ck_assert_int_eq(out.data[19] << 8 | out.data[20], 0x0609);
	ck_assert(again.hard && str_eq(message_words(&again), STR("moving house")));
	ck_assert_str_eq(bgptext_error(&again, text), "hard-reset/cease/administrative-shutdown");
	error.hard = false;
	message_set_words(&error, (struct str){ words, BGP_WORDS_MAX });
	again = said_again(&error);
	ck_assert(!again.hard);
	ck_assert_uint_eq(message_words(&again).n, BGP_WORDS_MAX);
	again.data[0] = 0;
	ck_assert_ptr_null(message_words(&again).p);
	again.n = 5;
	again.data[0] = 5;
	ck_assert_ptr_null(message_words(&again).p);
	error.n = 0;
	message_set_words(&error, (struct str){ words, 0 });
	ck_assert_ptr_null(message_words(&error).p);
	again = said_again(&(struct bgp_error){ .code = BGP_ERR_CEASE,
	    .subcode = BGP_CEASE_HARD_RESET });
	ck_assert_str_eq(bgptext_error(&again, text), "cease/hard-reset");
	ck_assert_str_eq(bgptext_error(&(struct bgp_error){ .code = BGP_ERR_SEND_HOLD }, text),
	    "send-hold-timer-expired");
}
END_TEST

START_TEST(a_route_refresh_has_a_family)
{
	enum bgp_family family;

	ck_assert(message_parse_refresh(STR("\0\1\0\1"), &family) && family == BGP_IPV4);
	ck_assert(message_parse_refresh(STR("\0\2\xff\1"), &family) && family == BGP_IPV6);
	ck_assert(!message_parse_refresh(STR("\0\1\0\2"), &family));
	ck_assert(!message_parse_refresh(STR("\0\3\0\1"), &family));
}
END_TEST

UNIT_MAIN("message", invalid_headers_return_their_errors, a_message_in_pieces_is_incomplete,
    extended_messages_are_accepted_if_negotiated, notifications_round_trip,
    a_route_refresh_has_a_family)
