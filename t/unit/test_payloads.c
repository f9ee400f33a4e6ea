#include "dnstap/payloads.h"

#include "lab/payload.h"
#include "unit.h"

/* A response: `a` has the address 192.0.2.1. */
#define RESPONSE "\1\2\x81\x80\0\1\0\1\0\0\0\0" "\1A\0\0\1\0\1" \
	"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1"

#define ARRIVAL 5000001

static struct buf inner = BUF(1 << 20), outer = BUF(1 << 20), out = BUF(1 << 20);
static struct payloads p;

/* Begins a message that has only a type, and resets all settings. */
static void
begin(unsigned type)
{
	if (p.arena == NULL)
		payloads_open(&p, 1);
	buf_cut(&inner, 0);
	buf_cut(&out, 0);
	payload_number(&inner, 1, type);
	p.types = 1u << DNSTAP_CLIENT_RESPONSE;
	p.extract.now = p.extract.server = false;
}

static const char *
lines_within(size_t room)
{
	payload_wrap_as(&outer, STR("ns1"), buf_view(&inner));
	payloads_lines(&p, buf_view(&outer), ARRIVAL, &out, room);
	buf_byte(&out, '\0');
	return out.data;
}

static const char *
lines(void)
{
	return lines_within(out.max);
}

START_TEST(all_fields_of_a_message_reach_its_lines)
{
	begin(DNSTAP_CLIENT_RESPONSE);
	p.extract.server = true;
	payload_bytes(&inner, 4, STR("\xc0\0\2\7"));
	payload_number(&inner, 12, 2);
	payload_fixed32(&inner, 13, 123456789);
	payload_bytes(&inner, 14, STR(RESPONSE));
	ck_assert_str_eq(lines(), "2.123456 192.0.2.1 60 a client=192.0.2.7 server=ns1\n");
	ck_assert_uint_eq(delay_percentile(&p.extract.delay, 50), 5000);
}
END_TEST

START_TEST(the_arrival_replaces_an_unknown_time)
{
	begin(DNSTAP_CLIENT_RESPONSE);
	payload_bytes(&inner, 14, STR(RESPONSE));
	ck_assert_str_eq(lines(), "5.000001 192.0.2.1 60 a\n");
	begin(DNSTAP_CLIENT_RESPONSE);
	p.extract.now = true;
	payload_number(&inner, 12, 9);
	payload_bytes(&inner, 14, STR(RESPONSE));
	ck_assert_str_eq(lines(), "5.000001 192.0.2.1 60 a\n");
}
END_TEST

START_TEST(lines_stay_within_the_room)
{
	const size_t len = strlen("5.000001 192.0.2.1 60 a\n");

	begin(DNSTAP_CLIENT_RESPONSE);
	payload_bytes(&inner, 14, STR(RESPONSE));
	ck_assert_str_eq(lines_within(len - 1), "");
	ck_assert_uint_eq(p.extract.dropped, 1);
	buf_cut(&out, 0);
	ck_assert_str_eq(lines_within(len), "5.000001 192.0.2.1 60 a\n");
}
END_TEST

START_TEST(other_messages_are_counted)
{
	uint64_t queries;

	begin(5);
	queries = p.messages[5];
	payload_bytes(&inner, 14, STR(RESPONSE));
	ck_assert_str_eq(lines(), "");
	ck_assert_uint_eq(p.messages[5], queries + 1);
}
END_TEST

START_TEST(each_kind_of_malformed_payload_is_counted)
{
	static const struct {
		struct str payload;
		enum dnstap_fault fault;
	} wrong[] = {
		{ STR("x"), DNSTAP_NOT_PROTOBUF }, { STR("\x78\1"), DNSTAP_NO_MESSAGE },
		{ STR("\x78\2\x72\2\x08\6"), DNSTAP_NOT_MESSAGE },
		{ STR("\x78\1\x72\x0a\x08\6\x22\4\xc0\0\2\7\x60\1"), DNSTAP_NO_RESPONSE },
		{ STR("\x78\1\x72\6\x08\6\x60\1\x72\0"), DNSTAP_NO_ADDRESS },
		{ STR("\x78\1\x72\x0b\x08\6\x22\3\xc0\0\2\x60\1\x72\0"), DNSTAP_NO_ADDRESS },
		{ STR("\x78\1\x72\x0a\x08\6\x22\4\xc0\0\2\7\x72\0"), DNSTAP_NO_TIME },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		uint64_t before[DNSTAP_FAULTS];

		begin(DNSTAP_CLIENT_RESPONSE);
		memcpy(before, p.faults, sizeof(before));
		before[wrong[i].fault]++;
		payloads_lines(&p, wrong[i].payload, ARRIVAL, &out, out.max);
		ck_assert_mem_eq(p.faults, before, sizeof(before));
		ck_assert_uint_eq(out.len, 0);
	}
}
END_TEST

/* A message of another type may lack any field. */
START_TEST(only_selected_messages_are_checked)
{
	uint64_t before[DNSTAP_FAULTS];

	begin(4);
	memcpy(before, p.faults, sizeof(before));
	ck_assert_str_eq(lines(), "");
	ck_assert_mem_eq(p.faults, before, sizeof(before));
}
END_TEST

START_TEST(lines_of_selected_types_have_the_key_tap)
{
	begin(4);
	p.types = 1u << 4 | 1u << 2;
	payload_bytes(&inner, 4, STR("\xc0\0\2\7"));
	payload_bytes(&inner, 14, STR(RESPONSE));
	ck_assert_str_eq(lines(),
	    "5.000001 192.0.2.1 60 a client=192.0.2.7 tap=RESOLVER_RESPONSE\n");
	begin(DNSTAP_CLIENT_RESPONSE);
	p.types = 1u << 4;
	payload_bytes(&inner, 14, STR(RESPONSE));
	ck_assert_str_eq(lines(), "");
	begin(2);
	p.types = 1u << DNSTAP_CLIENT_RESPONSE | 1u << 2;
	payload_bytes(&inner, 14, STR(RESPONSE));
	ck_assert_str_eq(lines(), "5.000001 192.0.2.1 60 a tap=AUTH_RESPONSE\n");
}
END_TEST

UNIT_MAIN("payloads", all_fields_of_a_message_reach_its_lines, the_arrival_replaces_an_unknown_time,
    lines_stay_within_the_room, other_messages_are_counted,
    each_kind_of_malformed_payload_is_counted, only_selected_messages_are_checked,
    lines_of_selected_types_have_the_key_tap)
