#include "dns/extract.h"

#include <stdio.h>

#include "line/answer.h"
#include "unit.h"

/* A response: `a` has the addresses 192.0.2.1 and 2001:db8::1, and through `B.c` 192.0.2.2. */
#define HEADER(answers) "\1\2\x81\x80\0\1\0" answers "\0\0\0\0"
#define QUESTION "\1A\0\0\1\0\1"
#define RR_A(owner, last) owner "\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2" last
#define RESPONSE HEADER("\4") QUESTION RR_A("\xc0\x0c", "\1")				\
	"\xc0\x0c\0\5\0\1\0\0\0\x14\0\5\1B\1c\0"					\
	"\xc0\x0c\0\x1c\0\1\0\0\0\x3c\0\x10\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"	\
	RR_A("\1b\1C\0", "\2")

#define ARRIVAL 5000001

static struct buf out = BUF(1 << 27);
static struct extract e;
static struct extract_message m;

/* A message without other dnstap fields, whose time of arrival is known. */
static void
begin(struct str dns)
{
	if (e.dns == NULL)
		extract_open(&e, 1);
	buf_cut(&out, 0);
	m = (struct extract_message){ .dns = dns, .time = -1, .arrival = ARRIVAL };
	e.now = e.server = e.no_client = false;
	e.nat64.n = 0;
}

/* A message with one address. */
static void
begin_one(void)
{
	begin(STR(HEADER("\1") QUESTION RR_A("\xc0\x0c", "\1")));
}

static const char *
lines_within(size_t room)
{
	extract_lines(&e, &m, &out, room);
	buf_byte(&out, '\0');
	return out.data;
}

static const char *
lines(void)
{
	return lines_within(out.max);
}

START_TEST(the_age_is_counted_once_for_each_message)
{
	begin(STR(RESPONSE));
	lines();
	ck_assert_uint_eq(delay_percentile(&e.delay, 50), 0);
	m.time = 2000000;
	lines();
	ck_assert_uint_eq(delay_percentile(&e.delay, 50), 5000);
	ck_assert_uint_eq(e.delay.n, 1);
}
END_TEST

START_TEST(each_address_has_a_line)
{
	begin(STR(RESPONSE));
	m.client = STR("\xc0\0\2\7");
	m.time = 9123456;
	ck_assert_str_eq(lines(), "9.123456 192.0.2.1 60 a client=192.0.2.7\n"
	    "9.123456 2001:db8::1 60 a client=192.0.2.7\n"
	    "9.123456 192.0.2.2 20 a via=b.c client=192.0.2.7\n");
}
END_TEST

/* Hints of `a` itself and of two TargetNames, with addresses between them. */
START_TEST(hints_have_their_type)
{
	begin(STR(HEADER("\5") "\1A\0\0\x41\0\1"
	    "\xc0\x0c\0\x41\0\1\0\0\0\x14\0\x1f" "\0\1" "\0" "\0\4\0\4\xc0\0\2\1"
	    "\0\6\0\x10\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
	    "\xc0\x0c\0\x41\0\1\0\0\0\x15\0\x0d" "\0\2" "\1s\0" "\0\4\0\4\xc0\0\2\2"
	    RR_A("\1S\0", "\3")
	    "\xc0\x0c\0\x40\0\1\0\0\0\x16\0\x0d" "\0\1" "\1t\0" "\0\4\0\4\xc0\0\2\4"
	    RR_A("\xc0\x0c", "\5")));
	m.client = STR("\xc0\0\2\7");
	m.tap = STR("RESOLVER_RESPONSE");
	ck_assert_str_eq(lines(),
	    "5.000001 192.0.2.1 20 a client=192.0.2.7 type=HTTPS tap=RESOLVER_RESPONSE\n"
	    "5.000001 2001:db8::1 20 a client=192.0.2.7 type=HTTPS tap=RESOLVER_RESPONSE\n"
	    "5.000001 192.0.2.2 21 a via=s client=192.0.2.7 type=HTTPS tap=RESOLVER_RESPONSE\n"
	    "5.000001 192.0.2.3 21 a via=s client=192.0.2.7 tap=RESOLVER_RESPONSE\n"
	    "5.000001 192.0.2.4 22 a via=t client=192.0.2.7 type=SVCB tap=RESOLVER_RESPONSE\n"
	    "5.000001 192.0.2.5 60 a client=192.0.2.7 tap=RESOLVER_RESPONSE\n");
}
END_TEST

START_TEST(the_arrival_replaces_an_unknown_time)
{
	begin_one();
	ck_assert_str_eq(lines(), "5.000001 192.0.2.1 60 a\n");
	begin_one();
	m.time = 9000000;
	ck_assert_str_eq(lines(), "9.000000 192.0.2.1 60 a\n");
	begin_one();
	m.time = 9000000;
	e.now = true;
	ck_assert_str_eq(lines(), "5.000001 192.0.2.1 60 a\n");
}
END_TEST

START_TEST(a_client_address_of_invalid_size_is_omitted)
{
	begin_one();
	m.client = STR("\xc0\0\2");
	ck_assert_str_eq(lines(), "5.000001 192.0.2.1 60 a\n");
	begin_one();
	m.client = STR("\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7");
	ck_assert_str_eq(lines(), "5.000001 192.0.2.1 60 a client=2001:db8::7\n");
}
END_TEST

/* The counter that a malformed DNS message increments; NULL: none. */
static uint64_t *
dns_counter(struct str message)
{
	uint64_t before[DNS_FAULTS], *counter = NULL;

	memcpy(before, e.bad_dns, sizeof(before));
	begin(message);
	ck_assert_str_eq(lines(), "");
	for (size_t i = 0; i < DNS_FAULTS; i++) {
		if (e.bad_dns[i] == before[i])
			continue;
		ck_assert_uint_eq(e.bad_dns[i], before[i] + 1);
		ck_assert_ptr_null(counter);
		counter = &e.bad_dns[i];
	}
	return counter;
}

START_TEST(each_kind_of_malformed_message_is_counted)
{
	ck_assert_ptr_eq(dns_counter(STR("short")), &e.bad_dns[DNS_SIZE]);
	ck_assert_ptr_eq(dns_counter(STR("\1\2\x81\x80\0\2\0\0\0\0\0\0" QUESTION)),
	    &e.bad_dns[DNS_QUESTIONS]);
	ck_assert_ptr_eq(dns_counter(STR(HEADER("\1") QUESTION)), &e.bad_dns[DNS_COUNT]);
	ck_assert_ptr_eq(dns_counter(STR(HEADER("\0") "\1")), &e.bad_dns[DNS_CUT]);
	ck_assert_ptr_eq(dns_counter(STR(HEADER("\1") QUESTION RR_A("\xc0\xff", "\1"))),
	    &e.bad_dns[DNS_POINTER]);
	ck_assert_ptr_eq(dns_counter(STR(HEADER("\0") QUESTION)), NULL);
	/* NXDOMAIN. */
	ck_assert_ptr_eq(dns_counter(STR("\1\2\x81\x83\0\1\0\0\0\0\0\0" QUESTION)), NULL);
}
END_TEST

static const char *
lines_of(struct str server)
{
	static char text[2048];

	begin_one();
	e.server = true;
	m.client = STR("\xc0\0\2\7");
	m.server = server;
	strcpy(text, lines());
	return text;
}

START_TEST(the_server_is_added_on_request)
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

START_TEST(the_client_can_be_omitted)
{
	begin_one();
	e.server = e.no_client = true;
	m.client = STR("\xc0\0\2\7");
	m.server = STR("identity");
	m.tap = STR("RESOLVER_RESPONSE");
	ck_assert_str_eq(lines(),
	    "5.000001 192.0.2.1 60 a tap=RESOLVER_RESPONSE server=identity\n");
}
END_TEST

START_TEST(dns64_addresses_become_ipv4)
{
	begin(STR(RESPONSE));
	ck_assert_ptr_null(nat64_add(&e.nat64, STR("2001:db8::/96")));
	ck_assert_str_eq(lines(),
	    "5.000001 192.0.2.1 60 a\n5.000001 0.0.0.1 60 a\n5.000001 192.0.2.2 20 a via=b.c\n");
}
END_TEST

START_TEST(whole_lines_are_dropped_without_room)
{
	struct str first = STR("5.000001 192.0.2.1 60 a\n"),
	    last = STR("5.000001 192.0.2.2 20 a via=b.c\n");
	uint64_t dropped;

	begin(STR(RESPONSE));
	dropped = e.dropped;
	ck_assert_str_eq(lines_within(first.n), first.p);
	ck_assert_uint_eq(e.dropped, dropped + 2);
	buf_cut(&out, 0);
	ck_assert_str_eq(lines_within(first.n + last.n - 1), "5.000001 192.0.2.1 60 a\n"
	    "5.000001 2001:db8::1 60 a\n");
	buf_cut(&out, 0);
	ck_assert_str_eq(lines_within(0), "");
	ck_assert_uint_eq(e.dropped, dropped + 2 + 1 + 3);
}
END_TEST

/* Appends a CNAME whose target is a label of 60 bytes. The text of the label has 58 times \000. */
static void
add_link(struct buf *msg, unsigned i, const char *owner, size_t owner_len)
{
	uint8_t label[61] = { 60, (uint8_t)('a' + i / 26), (uint8_t)('a' + i % 26) };

	buf_put(msg, owner, owner_len);
	buf_str(msg, STR("\0\5\0\1\0\0\0\x14\0\x3e"));
	buf_put(msg, label, sizeof(label));
	buf_byte(msg, 0);
}

/* Appends a question and a chain of CNAMEs. `owner` becomes a pointer to the last target. */
static void
begin_chain(struct buf *msg, unsigned links, char owner[2])
{
	memcpy(owner, "\xc0\x0c", 2);
	buf_str(msg, STR(HEADER("\0") QUESTION));
	for (unsigned i = 0; i < links; i++) {
		size_t target = msg->len + 2 + 10;

		add_link(msg, i, owner, 2);
		owner[0] = (char)(0xc0 | target >> 8);
		owner[1] = (char)target;
	}
}

/* The length of a line with `links` names of 234 bytes in via=; 0 if the line is dropped. */
static size_t
longest_line(unsigned links)
{
	struct buf msg = BUF(65535);
	char owner[2];
	size_t len;

	begin_chain(&msg, links, owner);
	buf_put(&msg, owner, 2);
	buf_str(&msg, STR(RR_A("", "\1")));
	msg.data[7] = (char)(links + 1);
	begin(buf_view(&msg));
	len = strlen(lines());
	buf_free(&msg);
	return len;
}

START_TEST(lines_too_long_are_dropped)
{
	const size_t alone = strlen("5.000001 192.0.2.1 20 a via=\n"), name = 2 + 58 * 4 + 1;
	unsigned fits = (unsigned)((ANSWER_MAX - alone + 1) / name);
	uint64_t before;

	ck_assert_uint_eq(longest_line(fits), alone + fits * name - 1);
	before = e.too_long;
	ck_assert_uint_eq(longest_line(fits + 1), 0);
	ck_assert_uint_eq(longest_line(120), 0);
	ck_assert_uint_eq(e.too_long, before + 2);
}
END_TEST

/* Reads a message with `answers` addresses at the end of a chain of `links` CNAMEs. */
static void
take_large(unsigned links, unsigned answers, bool from_question)
{
	struct buf msg = BUF(65535);
	char owner[2];

	begin_chain(&msg, links, owner);
	for (unsigned i = 0; i < answers; i++) {
		if (from_question && i % 2 == 0)
			buf_str(&msg, STR("\xc0\x0c"));
		else
			buf_put(&msg, owner, 2);
		buf_str(&msg, STR(RR_A("", "\1")));
	}
	msg.data[6] = (char)((links + answers) >> 8);
	msg.data[7] = (char)(links + answers);
	begin(buf_view(&msg));
	e.answers = e.over_limit = e.too_long = e.dropped = 0;
	lines();
	buf_free(&msg);
}

START_TEST(the_addresses_of_a_message_have_a_limit)
{
	take_large(0, EXTRACT_ADDRESSES_MAX, false);
	ck_assert_uint_eq(e.answers, EXTRACT_ADDRESSES_MAX);
	ck_assert_uint_eq(e.over_limit, 0);
	take_large(0, 4000, false);
	ck_assert_uint_eq(e.answers, EXTRACT_ADDRESSES_MAX);
	ck_assert_uint_eq(e.over_limit, 4000 - EXTRACT_ADDRESSES_MAX);
}
END_TEST

START_TEST(the_text_of_a_message_has_a_limit)
{
	for (unsigned links = 1; links < 80; links += 11) {
		take_large(links, 3000, false);
		ck_assert_uint_le(out.len - 1, EXTRACT_TEXT_MAX);
		ck_assert_uint_eq(e.answers + e.over_limit + e.too_long, 3000);
	}
	ck_assert_uint_gt(e.too_long, 0);
	ck_assert_uint_eq(e.answers, 0);
	take_large(11, 3000, false);
	ck_assert_uint_gt(out.len, EXTRACT_TEXT_MAX - ANSWER_MAX);
}
END_TEST

/* Every second line is too long. No line can reuse the tail of the previous line. */
START_TEST(lines_too_long_count_as_text)
{
	take_large(80, 3000, true);
	ck_assert_uint_le(e.too_long, EXTRACT_TEXT_MAX / ANSWER_MAX);
	ck_assert_uint_eq(e.answers + e.over_limit + e.too_long, 3000);
}
END_TEST

/* Queries this name, of one label, which has a CNAME with the same label, an address and a hint. */
static void
query_label(struct str label)
{
	struct buf dns = BUF(1024);
	const char size = (char)label.n, rdlength = (char)(label.n + 3);
	struct str text, line;
	int n = 0;

	buf_str(&dns, STR(HEADER("\2")));
	buf_put(&dns, &size, 1);
	buf_str(&dns, label);
	buf_str(&dns, STR("\0\0\1\0\1\xc0\x0c\0\5\0\1\0\0\0\x14\0"));
	buf_put(&dns, &rdlength, 1);
	buf_put(&dns, &size, 1);
	buf_str(&dns, label);
	buf_str(&dns, STR("\xc0\x0c"));
	buf_put(&dns, &size, 1);
	buf_str(&dns, label);
	buf_str(&dns, STR("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1"));
	begin(buf_view(&dns));
	lines();
	text = (struct str){ out.data, out.len - 1 };
	for (; text.n > 0 && str_split(&text, '\n', &line); n++)
		ck_assert(line.n > 0 && line.p[0] >= '0' && line.p[0] <= '9');
	ck_assert_int_eq(n, 1);
	buf_free(&dns);
}

/* A barrier is a comment, and only writers of the pipe may cause one. */
START_TEST(no_name_causes_a_comment)
{
	static const struct str labels[] = { STR("#"), STR("# barrier 1"), STR("\n# barrier 1"),
	    STR("x\n# barrier 1\n"), STR("\r\n# barrier 1\r\n"), STR("\0\n# barrier 1"),
	    STR("\\010# barrier 1\\010") };
	char byte[3];

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		query_label(labels[i]);
	for (int c = 0; c < 256; c++) {
		byte[0] = byte[2] = (char)c;
		byte[1] = '#';
		query_label((struct str){ byte, sizeof(byte) });
	}
}
END_TEST

UNIT_MAIN("extract", the_age_is_counted_once_for_each_message, each_address_has_a_line,
    hints_have_their_type, the_arrival_replaces_an_unknown_time,
    a_client_address_of_invalid_size_is_omitted, each_kind_of_malformed_message_is_counted,
    the_server_is_added_on_request, the_client_can_be_omitted, dns64_addresses_become_ipv4,
    whole_lines_are_dropped_without_room, lines_too_long_are_dropped,
    the_addresses_of_a_message_have_a_limit, the_text_of_a_message_has_a_limit,
    lines_too_long_count_as_text, no_name_causes_a_comment)
