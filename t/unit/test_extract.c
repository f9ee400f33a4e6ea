#include "dnstap/extract.h"

#include <stdio.h>

#include "lab/payload.h"
#include "line/answer.h"
#include "unit.h"

/* A response: `a` has the addresses 192.0.2.1 and 2001:db8::1, and by way of `B.c` 192.0.2.2. */
#define HEADER(answers) "\1\2\x81\x80\0\1\0" answers "\0\0\0\0"
#define QUESTION "\1A\0\0\1\0\1"
#define RR_A(owner, last) owner "\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2" last
#define RESPONSE HEADER("\4") QUESTION RR_A("\xc0\x0c", "\1")				\
	"\xc0\x0c\0\5\0\1\0\0\0\x14\0\5\1B\1c\0"					\
	"\xc0\x0c\0\x1c\0\1\0\0\0\x3c\0\x10\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"	\
	RR_A("\1b\1C\0", "\2")

#define ARRIVAL 5000001

static struct buf inner = BUF(1 << 20), outer = BUF(1 << 20), out = BUF(1 << 27);
static struct extract r;
static struct str identity = STR("identity");

static void
begin(unsigned type)
{
	if (r.dns == NULL)
		extract_open(&r, 1);
	buf_cut(&inner, 0);
	buf_cut(&out, 0);
	payload_number(&inner, 1, type);
	r.types = 1u << DNSTAP_CLIENT_RESPONSE;
	r.server = r.no_client = false;
	r.nat64.n = 0;
}

static const char *
lines_now(bool arrival_counts, size_t room)
{
	payload_wrap_as(&outer, identity, buf_view(&inner));
	extract_take(&r, buf_view(&outer), ARRIVAL, arrival_counts, &out, room);
	buf_byte(&out, '\0');
	return out.data;
}

static const char *
lines(void)
{
	return lines_now(false, out.max);
}

START_TEST(the_age_of_answers_is_counted_by_message)
{
	begin(DNSTAP_CLIENT_RESPONSE);
	payload_bytes(&inner, 14, STR(RESPONSE));
	lines();
	ck_assert_uint_eq(delay_percentile(&r.delay, 50), 0);
	payload_number(&inner, 12, 2);
	lines();
	ck_assert_uint_eq(delay_percentile(&r.delay, 50), 5000);
	ck_assert_uint_eq(r.delay.n, 1);
}
END_TEST

START_TEST(each_address_has_a_line)
{
	begin(DNSTAP_CLIENT_RESPONSE);
	payload_bytes(&inner, 4, STR("\xc0\0\2\7"));
	payload_number(&inner, 12, 9);
	payload_fixed32(&inner, 13, 123456789);
	payload_bytes(&inner, 14, STR(RESPONSE));
	ck_assert_str_eq(lines(), "9.123456 192.0.2.1 60 a client=192.0.2.7\n"
	    "9.123456 2001:db8::1 60 a client=192.0.2.7\n"
	    "9.123456 192.0.2.2 20 a via=b.c client=192.0.2.7\n");
}
END_TEST

/* Hints of `a` itself and of two TargetNames, and addresses between them. */
START_TEST(hints_have_their_type)
{
	begin(4);
	r.types = 1u << 4;
	payload_bytes(&inner, 4, STR("\xc0\0\2\7"));
	payload_bytes(&inner, 14, STR(HEADER("\5") "\1A\0\0\x41\0\1"
	    "\xc0\x0c\0\x41\0\1\0\0\0\x14\0\x1f" "\0\1" "\0" "\0\4\0\4\xc0\0\2\1"
	    "\0\6\0\x10\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
	    "\xc0\x0c\0\x41\0\1\0\0\0\x15\0\x0d" "\0\2" "\1s\0" "\0\4\0\4\xc0\0\2\2"
	    RR_A("\1S\0", "\3")
	    "\xc0\x0c\0\x40\0\1\0\0\0\x16\0\x0d" "\0\1" "\1t\0" "\0\4\0\4\xc0\0\2\4"
	    RR_A("\xc0\x0c", "\5")));
	ck_assert_str_eq(lines(),
	    "5.000001 192.0.2.1 20 a client=192.0.2.7 type=HTTPS tap=RESOLVER_RESPONSE\n"
	    "5.000001 2001:db8::1 20 a client=192.0.2.7 type=HTTPS tap=RESOLVER_RESPONSE\n"
	    "5.000001 192.0.2.2 21 a via=s client=192.0.2.7 type=HTTPS tap=RESOLVER_RESPONSE\n"
	    "5.000001 192.0.2.3 21 a via=s client=192.0.2.7 tap=RESOLVER_RESPONSE\n"
	    "5.000001 192.0.2.4 22 a via=t client=192.0.2.7 type=SVCB tap=RESOLVER_RESPONSE\n"
	    "5.000001 192.0.2.5 60 a client=192.0.2.7 tap=RESOLVER_RESPONSE\n");
}
END_TEST

START_TEST(arrival_stands_in_for_the_time)
{
	begin(DNSTAP_CLIENT_RESPONSE);
	payload_bytes(&inner, 14, STR(HEADER("\1") QUESTION RR_A("\xc0\x0c", "\1")));
	ck_assert_str_eq(lines(), "5.000001 192.0.2.1 60 a\n");
	begin(DNSTAP_CLIENT_RESPONSE);
	payload_number(&inner, 12, 9);
	payload_bytes(&inner, 14, STR(HEADER("\1") QUESTION RR_A("\xc0\x0c", "\1")));
	ck_assert_str_eq(lines_now(true, out.max), "5.000001 192.0.2.1 60 a\n");
}
END_TEST

START_TEST(other_messages_are_counted)
{
	uint64_t queries = r.messages[5];

	begin(5);
	payload_bytes(&inner, 14, STR(RESPONSE));
	ck_assert_str_eq(lines(), "");
	ck_assert_uint_eq(r.messages[5], queries + 1);
}
END_TEST

/* The counter of what is wrong with a DNS message. */
static uint64_t *
dns_counter(struct str message)
{
	uint64_t before[DNS_FAULTS], *counter = NULL;

	memcpy(before, r.bad_dns, sizeof(before));
	begin(DNSTAP_CLIENT_RESPONSE);
	payload_bytes(&inner, 14, message);
	ck_assert_str_eq(lines(), "");
	for (size_t i = 0; i < DNS_FAULTS; i++) {
		if (r.bad_dns[i] == before[i])
			continue;
		ck_assert_uint_eq(r.bad_dns[i], before[i] + 1);
		ck_assert_ptr_null(counter);
		counter = &r.bad_dns[i];
	}
	return counter;
}

START_TEST(each_kind_of_malformed_message_is_counted)
{
	ck_assert_ptr_eq(dns_counter(STR("short")), &r.bad_dns[DNS_SIZE]);
	ck_assert_ptr_eq(dns_counter(STR("\1\2\x81\x80\0\2\0\0\0\0\0\0" QUESTION)),
	    &r.bad_dns[DNS_QUESTIONS]);
	ck_assert_ptr_eq(dns_counter(STR(HEADER("\1") QUESTION)), &r.bad_dns[DNS_COUNT]);
	ck_assert_ptr_eq(dns_counter(STR(HEADER("\0") "\1")), &r.bad_dns[DNS_CUT]);
	ck_assert_ptr_eq(dns_counter(STR(HEADER("\1") QUESTION RR_A("\xc0\xff", "\1"))),
	    &r.bad_dns[DNS_POINTER]);
	ck_assert_ptr_eq(dns_counter(STR(HEADER("\0") QUESTION)), NULL);
	/* NXDOMAIN. */
	ck_assert_ptr_eq(dns_counter(STR("\1\2\x81\x83\0\1\0\0\0\0\0\0" QUESTION)), NULL);
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
		memcpy(before, r.bad_dnstap, sizeof(before));
		before[wrong[i].fault]++;
		extract_take(&r, wrong[i].payload, ARRIVAL, false, &out, out.max);
		ck_assert_mem_eq(r.bad_dnstap, before, sizeof(before));
		ck_assert_uint_eq(out.len, 0);
	}
}
END_TEST

/* What nobody asked for may lack what it likes. */
START_TEST(only_messages_that_are_looked_at_are_malformed)
{
	uint64_t before[DNSTAP_FAULTS];

	begin(4);
	memcpy(before, r.bad_dnstap, sizeof(before));
	ck_assert_str_eq(lines(), "");
	ck_assert_mem_eq(r.bad_dnstap, before, sizeof(before));
}
END_TEST

START_TEST(types_that_are_asked_for_say_their_name)
{
	begin(4);
	r.types = 1u << 4 | 1u << 2;
	payload_bytes(&inner, 4, STR("\xc0\0\2\7"));
	payload_bytes(&inner, 14, STR(HEADER("\1") QUESTION RR_A("\xc0\x0c", "\1")));
	ck_assert_str_eq(lines(),
	    "5.000001 192.0.2.1 60 a client=192.0.2.7 tap=RESOLVER_RESPONSE\n");
	begin(DNSTAP_CLIENT_RESPONSE);
	r.types = 1u << 4;
	payload_bytes(&inner, 14, STR(RESPONSE));
	ck_assert_str_eq(lines(), "");
	begin(2);
	r.types = 1u << DNSTAP_CLIENT_RESPONSE | 1u << 2;
	payload_bytes(&inner, 14, STR(HEADER("\1") QUESTION RR_A("\xc0\x0c", "\1")));
	ck_assert_str_eq(lines(), "5.000001 192.0.2.1 60 a tap=AUTH_RESPONSE\n");
}
END_TEST

static const char *
lines_of(struct str server)
{
	static char text[2048];

	identity = server;
	begin(DNSTAP_CLIENT_RESPONSE);
	r.server = true;
	payload_bytes(&inner, 4, STR("\xc0\0\2\7"));
	payload_bytes(&inner, 14, STR(HEADER("\1") QUESTION RR_A("\xc0\x0c", "\1")));
	strcpy(text, lines());
	identity = STR("identity");
	return text;
}

START_TEST(the_server_is_told_on_request)
{
	char text[2048], longest[256];

	ck_assert_str_eq(lines_of(STR("ns1")),
	    "5.000001 192.0.2.1 60 a client=192.0.2.7 server=ns1\n");
	ck_assert_str_eq(lines_of(STR("a b,\0\n\xff=~!")),
	    "5.000001 192.0.2.1 60 a client=192.0.2.7 server=a\\032b\\044\\000\\010\\255=~!\n");
	ck_assert_str_eq(lines_of(STR("")), "5.000001 192.0.2.1 60 a client=192.0.2.7\n");
	memset(longest, 'x', sizeof(longest));
	snprintf(text, sizeof(text), "5.000001 192.0.2.1 60 a client=192.0.2.7 server=%.*s\n",
	    EXTRACT_SERVER_MAX, longest);
	ck_assert_str_eq(lines_of((struct str){ longest, EXTRACT_SERVER_MAX }), text);
	ck_assert_str_eq(lines_of((struct str){ longest, EXTRACT_SERVER_MAX + 1 }),
	    "5.000001 192.0.2.1 60 a client=192.0.2.7\n");
}
END_TEST

START_TEST(the_client_can_be_left_out)
{
	begin(4);
	r.types = 1u << 4;
	r.server = r.no_client = true;
	payload_bytes(&inner, 4, STR("\xc0\0\2\7"));
	payload_bytes(&inner, 14, STR(HEADER("\1") QUESTION RR_A("\xc0\x0c", "\1")));
	ck_assert_str_eq(lines(),
	    "5.000001 192.0.2.1 60 a tap=RESOLVER_RESPONSE server=identity\n");
}
END_TEST

START_TEST(addresses_of_a_dns64_are_those_inside)
{
	begin(DNSTAP_CLIENT_RESPONSE);
	ck_assert_ptr_null(nat64_add(&r.nat64, STR("2001:db8::/96")));
	payload_bytes(&inner, 14, STR(RESPONSE));
	ck_assert_str_eq(lines(),
	    "5.000001 192.0.2.1 60 a\n5.000001 0.0.0.1 60 a\n5.000001 192.0.2.2 20 a via=b.c\n");
}
END_TEST

START_TEST(whole_lines_are_dropped_for_want_of_room)
{
	struct str first = STR("5.000001 192.0.2.1 60 a\n"),
	    last = STR("5.000001 192.0.2.2 20 a via=b.c\n");
	uint64_t dropped;

	begin(DNSTAP_CLIENT_RESPONSE);
	dropped = r.dropped;
	payload_bytes(&inner, 14, STR(RESPONSE));
	ck_assert_str_eq(lines_now(false, first.n), first.p);
	ck_assert_uint_eq(r.dropped, dropped + 2);
	buf_cut(&out, 0);
	ck_assert_str_eq(lines_now(false, first.n + last.n - 1), "5.000001 192.0.2.1 60 a\n"
	    "5.000001 2001:db8::1 60 a\n");
	buf_cut(&out, 0);
	ck_assert_str_eq(lines_now(false, 0), "");
	ck_assert_uint_eq(r.dropped, dropped + 2 + 1 + 3);
}
END_TEST

/* A CNAME whose target is one label of 60 bytes, of which 58 are \000 in text. */
static void
add_link(struct buf *msg, unsigned i, const char *owner, size_t owner_len)
{
	uint8_t label[61] = { 60, (uint8_t)('a' + i / 26), (uint8_t)('a' + i % 26) };

	buf_put(msg, owner, owner_len);
	buf_str(msg, STR("\0\5\0\1\0\0\0\x14\0\x3e"));
	buf_put(msg, label, sizeof(label));
	buf_byte(msg, 0);
}

/* The length of the line of an address that `links` names of 234 bytes lead to. */
static size_t
longest_line(unsigned links)
{
	struct buf msg = BUF(65535);
	char owner[2] = "\xc0\x0c";

	buf_str(&msg, STR(HEADER("\0") QUESTION));
	for (unsigned i = 0; i < links; i++) {
		size_t target = msg.len + 2 + 10;

		add_link(&msg, i, owner, sizeof(owner));
		owner[0] = (char)(0xc0 | target >> 8);
		owner[1] = (char)target;
	}
	buf_put(&msg, owner, sizeof(owner));
	buf_str(&msg, STR(RR_A("", "\1")));
	msg.data[7] = (char)(links + 1);
	begin(DNSTAP_CLIENT_RESPONSE);
	payload_bytes(&inner, 14, buf_view(&msg));
	buf_free(&msg);
	return strlen(lines());
}

START_TEST(lines_too_long_are_dropped)
{
	const size_t alone = strlen("5.000001 192.0.2.1 20 a via=\n"), name = 2 + 58 * 4 + 1;
	unsigned fits = (unsigned)((ANSWER_MAX - alone + 1) / name);
	uint64_t before;

	ck_assert_uint_eq(longest_line(fits), alone + fits * name - 1);
	before = r.too_long;
	ck_assert_uint_eq(longest_line(fits + 1), 0);
	ck_assert_uint_eq(longest_line(120), 0);
	ck_assert_uint_eq(r.too_long, before + 2);
}
END_TEST

/* Takes a message of `answers` addresses, whose owner is `links` names away from the question. */
static void
take_large(unsigned links, unsigned answers, bool from_question)
{
	struct buf msg = BUF(65535);
	char owner[2] = "\xc0\x0c";

	buf_str(&msg, STR(HEADER("\0") QUESTION));
	for (unsigned i = 0; i < links; i++) {
		size_t target = msg.len + 2 + 10;

		add_link(&msg, i, owner, sizeof(owner));
		owner[0] = (char)(0xc0 | target >> 8);
		owner[1] = (char)target;
	}
	for (unsigned i = 0; i < answers; i++) {
		if (from_question && i % 2 == 0)
			buf_str(&msg, STR("\xc0\x0c"));
		else
			buf_put(&msg, owner, sizeof(owner));
		buf_str(&msg, STR(RR_A("", "\1")));
	}
	msg.data[6] = (char)((links + answers) >> 8);
	msg.data[7] = (char)(links + answers);
	begin(DNSTAP_CLIENT_RESPONSE);
	payload_bytes(&inner, 14, buf_view(&msg));
	buf_free(&msg);
	r.answers = r.over_limit = r.too_long = r.dropped = 0;
	lines();
}

START_TEST(the_addresses_of_a_message_have_a_limit)
{
	take_large(0, EXTRACT_ADDRESSES_MAX, false);
	ck_assert_uint_eq(r.answers, EXTRACT_ADDRESSES_MAX);
	ck_assert_uint_eq(r.over_limit, 0);
	take_large(0, 4000, false);
	ck_assert_uint_eq(r.answers, EXTRACT_ADDRESSES_MAX);
	ck_assert_uint_eq(r.over_limit, 4000 - EXTRACT_ADDRESSES_MAX);
}
END_TEST

START_TEST(the_text_of_a_message_has_a_limit)
{
	for (unsigned links = 1; links < 80; links += 11) {
		take_large(links, 3000, false);
		ck_assert_uint_le(out.len - 1, EXTRACT_TEXT_MAX);
		ck_assert_uint_eq(r.answers + r.over_limit + r.too_long, 3000);
	}
	ck_assert_uint_gt(r.too_long, 0);
	ck_assert_uint_eq(r.answers, 0);
	take_large(11, 3000, false);
	ck_assert_uint_gt(out.len, EXTRACT_TEXT_MAX - ANSWER_MAX);
}
END_TEST

/* Each second line is too long, and the text of each is made again for it. */
START_TEST(lines_too_long_count_as_text)
{
	take_large(80, 3000, true);
	ck_assert_uint_le(r.too_long, EXTRACT_TEXT_MAX / ANSWER_MAX);
	ck_assert_uint_eq(r.answers + r.over_limit + r.too_long, 3000);
}
END_TEST

UNIT_MAIN("resolved", the_age_of_answers_is_counted_by_message, each_address_has_a_line,
    hints_have_their_type, arrival_stands_in_for_the_time, other_messages_are_counted,
    each_kind_of_malformed_message_is_counted, each_kind_of_malformed_payload_is_counted,
    only_messages_that_are_looked_at_are_malformed, types_that_are_asked_for_say_their_name,
    the_server_is_told_on_request, the_client_can_be_left_out,
    addresses_of_a_dns64_are_those_inside, whole_lines_are_dropped_for_want_of_room,
    lines_too_long_are_dropped, the_addresses_of_a_message_have_a_limit,
    the_text_of_a_message_has_a_limit, lines_too_long_count_as_text)
