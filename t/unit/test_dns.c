/*
 * Decodes handmade messages: answers, and messages that cause the mistakes of DNS decoders that RFC
 * 9267 describes. The name of a test for such a mistake has the RFC's section.
 */
#include "dns/dns.h"

#include <stdio.h>

#include "unit.h"

#define QUESTION 12	/* the offset of the question's name */
#define NO_ERROR 0x8180
enum { A = 1, CNAME = 5, TXT = 16, AAAA = 28, DNAME = 39, OPT = 41, SVCB = 64, HTTPS = 65 };
enum { IN = 1, CH = 3 };

static struct buf msg = BUF(1 << 17);

/* Adds the labels of a name in dotted text; a final `@N` is a pointer to the offset N. */
static void
add_name(const char *name)
{
	while (*name != '\0' && *name != '@') {
		size_t n = strcspn(name, ".@");

		buf_byte(&msg, (uint8_t)n);
		buf_put(&msg, name, n);
		name += n + (name[n] == '.');
	}
	if (*name == '@')
		buf_u16(&msg, (uint16_t)(0xc000 | atoi(name + 1)));
	else
		buf_byte(&msg, 0);
}

static void
begin_as(const char *name, uint16_t flags, uint16_t questions, uint16_t class)
{
	static const uint8_t counts[6];

	buf_cut(&msg, 0);
	buf_u16(&msg, 4711);
	buf_u16(&msg, flags);
	buf_u16(&msg, questions);
	buf_put(&msg, counts, sizeof(counts));
	add_name(name);
	buf_u16(&msg, A);
	buf_u16(&msg, class);
}

static void
begin(const char *name)
{
	begin_as(name, NO_ERROR, 1, IN);
}

static void
set_count(unsigned count)
{
	msg.data[6] = (char)(count >> 8);
	msg.data[7] = (char)count;
}

/* Adds a record without its data, and increments the answer count. */
static void
add_record(const char *owner, uint16_t type, uint16_t class, uint32_t ttl, size_t rdlength)
{
	set_count(((unsigned)(uint8_t)msg.data[6] << 8 | (uint8_t)msg.data[7]) + 1);
	add_name(owner);
	buf_u16(&msg, type);
	buf_u16(&msg, class);
	buf_u32(&msg, ttl);
	buf_u16(&msg, (uint16_t)rdlength);
}

/* Adds an A record with the address 192.0.2.`last`. */
static void
add_a(const char *owner, uint32_t ttl, uint8_t last)
{
	add_record(owner, A, IN, ttl, 4);
	buf_put(&msg, (uint8_t[]){ 192, 0, 2, last }, 4);
}

/* Adds a CNAME record. Returns the offset of its target. */
static int
add_cname(const char *owner, uint32_t ttl, const char *target)
{
	size_t at;

	add_record(owner, CNAME, IN, ttl, 0);
	at = msg.len;
	add_name(target);
	msg.data[at - 1] = (char)(msg.len - at);
	return (int)at;
}

/* Adds an SVCB or HTTPS record. */
static void
add_service(const char *owner, uint16_t type, uint32_t ttl, uint16_t priority, const char *target,
    struct str params)
{
	size_t at;

	add_record(owner, type, IN, ttl, 0);
	at = msg.len;
	buf_u16(&msg, priority);
	add_name(target);
	buf_str(&msg, params);
	msg.data[at - 2] = (char)((msg.len - at) >> 8);
	msg.data[at - 1] = (char)(msg.len - at);
}

static struct dns *
decoder(void)
{
	static struct dns *d;

	if (d == NULL)
		d = dns_new(7);
	return d;
}

/*
 * Decodes a copy of the message that has its exact size, so that a sanitizer detects reads beyond
 * it. Returns each answer as `ADDRESS TTL VIA;` (ADDRESS/TYPE for a hint), `none`, or the fault.
 */
static const char *
answers(void)
{
	static char text[1 << 20];
	struct buf via = BUF(1 << 20);
	char *exact = malloc(msg.len), address[ADDR_STRLEN + 8], *p = text;
	struct dns_address a;
	enum dns_verdict verdict;

	memcpy(exact, msg.data, msg.len);
	verdict = dns_decode(decoder(), (struct str){ exact, msg.len });
	*p = '\0';
	if (verdict != DNS_ANSWERS)
		strcpy(text,
		    verdict == DNS_NO_ANSWER ? "none" : dns_fault_name(dns_fault(decoder())));
	while (verdict == DNS_ANSWERS && dns_next(decoder(), &a)) {
		addr_format(&a.addr, address);
		buf_cut(&via, 0);
		dns_via(decoder(), a.alias, &via);
		if (a.hint != DNS_NO_HINT)
			strcat(address, a.hint == DNS_HTTPS ? "/HTTPS" : "/SVCB");
		p += sprintf(p, "%s %u %.*s;", address, a.ttl, (int)via.len,
		    via.data != NULL ? via.data : "");
	}
	buf_free(&via);
	free(exact);
	return text;
}

static bool
is_malformed(void)
{
	return strncmp(answers(), "dns_", 4) == 0;
}

/* The name in the question as text. */
static const char *
name_in_question(void)
{
	static char text[NAME_STRLEN];
	struct buf name = BUF(NAME_STRLEN);

	ck_assert_int_eq(dns_decode(decoder(), buf_view(&msg)), DNS_ANSWERS);
	dns_name(decoder(), &name);
	snprintf(text, sizeof(text), "%.*s", (int)name.len, name.data);
	buf_free(&name);
	return text;
}

/* The result for a message with an HTTPS record with these SvcParams, and an A record. */
static const char *
with_params(uint16_t priority, struct str params)
{
	begin("a");
	add_service("@12", HTTPS, 60, priority, "", params);
	add_a("@12", 50, 9);
	return answers();
}

START_TEST(addresses_of_the_question_are_answers)
{
	begin("www.example.org");
	add_a("@12", 60, 1);
	add_a("WWW.Example.ORG", 50, 2);
	add_record("@12", AAAA, IN, 40, 16);
	buf_put(&msg, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	ck_assert_str_eq(answers(), "192.0.2.1 60 ;192.0.2.2 50 ;2001:db8::1 40 ;");
}
END_TEST

START_TEST(the_name_is_canonical)
{
	begin("www.Ex ample.O,\xc3\xbcG");
	ck_assert_str_eq(name_in_question(), "www.ex\\032ample.o\\044\\195\\188g");
	begin("");
	ck_assert_str_eq(name_in_question(), ".");
	begin("abcdef.g");
	/* Bytes that are escaped in text. */
	memcpy(msg.data + QUESTION, "\6A.b\\\0\n\1\x7f", 9);
	ck_assert_str_eq(name_in_question(), "a\\046b\\092\\000\\010.\\127");
	add_a("@12", 60, 1);
	ck_assert_str_eq(answers(), "192.0.2.1 60 ;");
}
END_TEST

/* Names are compared as labels of bytes: a label may contain a dot, and only ASCII has case. */
START_TEST(labels_may_have_any_bytes)
{
	begin("a.b\xc3\xa4");
	add_record("", A, IN, 60, 4);
	msg.len -= 11;
	buf_put(&msg, "\5a.b\xc3\xa4\0\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1", 21);
	add_a("a.b\xc3\x84", 60, 2);
	add_a("A.B\xc3\xa4", 60, 3);
	ck_assert_str_eq(answers(), "192.0.2.3 60 ;");
}
END_TEST

/* Resolvers send names in mixed case to detect forgeries (DNS 0x20). */
START_TEST(case_makes_no_difference)
{
	begin("wWw.eXaMpLe.ORG");
	add_cname("WwW.ExAmPlE.org", 50, "cDn.ExAmple.NET");
	add_a("CDN.example.net", 60, 1);
	add_a("WWW.EXAMPLE.ORG", 60, 2);
	add_a("www.example.org", 60, 3);
	ck_assert_str_eq(answers(), "192.0.2.1 50 cdn.example.net;192.0.2.2 60 ;192.0.2.3 60 ;");
	ck_assert_str_eq(name_in_question(), "www.example.org");
	begin("[{");				/* ASCII neighbors of the letters */
	add_a("{{", 60, 1);
	add_a("[[", 60, 2);
	add_a("[{", 60, 3);
	ck_assert_str_eq(answers(), "192.0.2.3 60 ;");
}
END_TEST

START_TEST(other_messages_are_no_answer)
{
	static const uint16_t flags[] = { 0x0100, NO_ERROR | 2, NO_ERROR | 3, NO_ERROR | 5,
	    NO_ERROR | 0x2800 };

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		begin_as("a", flags[i], 1, IN);
		add_a("@12", 60, 1);
		ck_assert_str_eq(answers(), "none");
	}
	begin_as("a", NO_ERROR, 1, CH);
	add_a("@12", 60, 1);
	ck_assert_str_eq(answers(), "none");
	begin_as("a", NO_ERROR, 0, IN);
	add_a("@12", 60, 1);
	ck_assert_str_eq(answers(), "none");
	msg.len = 12;				/* the header alone */
	ck_assert_str_eq(answers(), "none");
}
END_TEST

START_TEST(truncated_responses_are_answers)
{
	begin_as("a", NO_ERROR | 0x0200, 1, IN);
	add_a("@12", 60, 1);
	ck_assert_str_eq(answers(), "192.0.2.1 60 ;");
	begin_as("a", NO_ERROR | 0x0200, 1, IN);	/* an empty response */
	ck_assert_str_eq(answers(), "");
}
END_TEST

/* An OPT record uses its class and TTL for other values. */
START_TEST(edns_changes_nothing)
{
	begin("a");
	add_a("@12", 60, 1);
	add_record("", OPT, 1232, 0x8000, 8);
	buf_str(&msg, STR("\0\x0a\0\4abcd"));
	set_count(1);
	msg.data[11] = 1;
	ck_assert_str_eq(answers(), "192.0.2.1 60 ;");
	begin("a");				/* OPT records among the answers, of any class */
	add_record("", OPT, IN, 0, 0);
	add_a("@12", 60, 1);
	add_record("", OPT, 4096, 0, 1);
	buf_byte(&msg, 0xff);
	ck_assert_str_eq(answers(), "192.0.2.1 60 ;");
}
END_TEST

START_TEST(a_chain_gives_its_smallest_ttl)
{
	char target[16];

	begin("a.example");
	snprintf(target, sizeof(target), "@%d", add_cname("@12", 300, "b.@14"));
	snprintf(target, sizeof(target), "@%d", add_cname(target, 20, "c.test"));
	add_a(target, 60, 1);
	add_a("b.example", 400, 2);
	add_a("@12", 400, 3);
	ck_assert_str_eq(answers(),
	    "192.0.2.1 20 b.example,c.test;192.0.2.2 300 b.example;192.0.2.3 400 ;");
}
END_TEST

START_TEST(records_may_have_any_order)
{
	begin("a");
	add_a("D", 60, 1);
	add_cname("c", 50, "d");
	add_cname("B", 40, "C");
	add_cname("@12", 30, "b");
	ck_assert_str_eq(answers(), "192.0.2.1 30 b,c,d;");
}
END_TEST

START_TEST(unreached_addresses_are_ignored)
{
	begin("a");
	add_a("x", 60, 1);
	add_cname("x", 60, "y");
	add_a("y", 60, 2);
	add_cname("@12", 60, "b");
	add_a("bb", 60, 3);
	add_a("b.a", 60, 4);
	add_a("b", 60, 5);
	ck_assert_str_eq(answers(), "192.0.2.5 60 b;");
	begin("example.org");
	add_a("www.example.org", 60, 1);
	add_a("org", 60, 2);
	add_a("", 60, 3);
	ck_assert_str_eq(answers(), "");
}
END_TEST

START_TEST(dname_needs_only_its_cname)
{
	begin("www.old");
	add_record("old", DNAME, IN, 5, 5);
	add_name("new");
	add_cname("@12", 30, "www.new");
	add_a("www.new", 60, 1);
	ck_assert_str_eq(answers(), "192.0.2.1 30 www.new;");
}
END_TEST

START_TEST(loops_of_cnames_are_harmless)
{
	begin("a");
	add_cname("@12", 60, "b");
	add_cname("b", 50, "@12");
	add_cname("b", 40, "b");
	add_a("b", 60, 1);
	add_a("a", 60, 2);
	ck_assert_str_eq(answers(), "192.0.2.1 60 b;192.0.2.2 60 ;");
}
END_TEST

START_TEST(two_cnames_lead_to_both)
{
	begin("a");
	add_cname("@12", 60, "b");
	add_cname("@12", 50, "c");
	add_a("c", 60, 1);
	add_a("b", 60, 2);
	add_a("c", 60, 3);
	ck_assert_str_eq(answers(), "192.0.2.1 50 c;192.0.2.2 60 b;192.0.2.3 50 c;");
}
END_TEST

/* The path with the fewest names counts; of equal paths, the first in the message, at any TTL. */
START_TEST(the_shortest_path_counts)
{
	begin("a");
	add_cname("@12", 60, "b");
	add_cname("@12", 20, "b");
	add_a("b", 70, 1);
	ck_assert_str_eq(answers(), "192.0.2.1 60 b;");
	begin("a");
	add_cname("@12", 60, "b");
	add_cname("@12", 50, "c");
	add_cname("c", 20, "d");
	add_cname("b", 40, "d");
	add_cname("d", 30, "e");
	add_cname("c", 10, "e");
	add_a("d", 70, 1);
	add_a("e", 70, 2);
	ck_assert_str_eq(answers(), "192.0.2.1 40 b,d;192.0.2.2 10 c,e;");
}
END_TEST

START_TEST(only_class_in_counts)
{
	begin("a");
	add_record("@12", A, CH, 60, 2);
	buf_u16(&msg, 0);
	add_record("@12", CNAME, CH, 60, 1);
	buf_byte(&msg, 0xff);
	add_a("", 60, 1);
	add_a("@12", 60, 2);
	ck_assert_str_eq(answers(), "192.0.2.2 60 ;");
}
END_TEST

/* RFC 2181 section 8 */
START_TEST(a_ttl_with_the_top_bit_is_0)
{
	begin("a");
	add_a("@12", 0x7fffffff, 1);
	add_a("@12", 0x80000000, 2);
	add_a("@12", 0xffffffff, 3);
	ck_assert_str_eq(answers(), "192.0.2.1 2147483647 ;192.0.2.2 0 ;192.0.2.3 0 ;");
}
END_TEST

START_TEST(bytes_after_the_answers_are_ignored)
{
	begin("a");
	add_a("@12", 60, 1);
	buf_str(&msg, STR("\xc0\xff and more"));
	msg.data[11] = 9;	/* the number of additional records */
	ck_assert_str_eq(answers(), "192.0.2.1 60 ;");
}
END_TEST

/* The result for an A record with this owner, which is at offset 19, and the question `a`. */
static const char *
with_owner(const char *owner)
{
	begin("a");
	add_a(owner, 60, 1);
	return answers();
}

/* RFC 9267 section 2 */
START_TEST(rfc9267_2_pointers_out_of_the_message)
{
	ck_assert_str_eq(with_owner("@16383"), "dns_pointer");
	ck_assert_str_eq(with_owner("b@16383"), "dns_pointer");
	begin("a");
	add_a("@12", 60, 1);
	snprintf(msg.data + 19, 3, "%s", "\xc0\x24");	/* points after the message */
	ck_assert_str_eq(answers(), "dns_pointer");
	begin("a");
	add_a("@12", 60, 1);
	add_name("");				/* half a pointer at the end of the message */
	set_count(2);
	msg.data[msg.len - 1] = (char)0xc0;
	ck_assert_str_eq(answers(), "dns_cut");
}
END_TEST

START_TEST(rfc9267_2_pointers_forward)
{
	ck_assert_str_eq(with_owner("@21"), "dns_pointer");
	ck_assert_str_eq(with_owner("@20"), "dns_pointer");	/* points to its second byte */
	begin("@17");				/* the question points to a later name */
	add_a("b", 60, 1);
	ck_assert_str_eq(answers(), "dns_pointer");
	begin("a");
	add_cname("@12", 60, "@33");
	add_a("b", 60, 1);
	ck_assert_str_eq(answers(), "dns_pointer");
}
END_TEST

START_TEST(rfc9267_2_pointers_into_the_header)
{
	for (int at = 0; at < QUESTION; at++) {	/* some of these bytes form a name */
		char owner[16];

		snprintf(owner, sizeof(owner), "@%d", at);
		ck_assert_str_eq(with_owner(owner), "dns_pointer");
		begin("");
		add_a(owner, 60, 1);
		ck_assert_str_eq(answers(), "dns_pointer");
		begin("a");
		add_cname("@12", 60, owner);
		ck_assert_str_eq(answers(), "dns_pointer");
	}
}
END_TEST

START_TEST(rfc9267_2_loops_of_pointers)
{
	ck_assert_str_eq(with_owner("@19"), "dns_pointer");	/* a pointer to itself */
	/* A label before a pointer to the label. */
	ck_assert_str_eq(with_owner("x@19"), "dns_name");
	ck_assert_str_eq(with_owner("x.yy.z@21"), "dns_name");
	begin("@12");
	ck_assert_str_eq(answers(), "dns_pointer");
	begin("test@12");
	ck_assert_str_eq(answers(), "dns_name");
	begin("a");
	add_cname("@12", 60, "b@31");
	add_a("@12", 60, 1);
	ck_assert_str_eq(answers(), "dns_name");
	begin("a");				/* two pointers to each other */
	add_cname("@12", 60, "@34");
	msg.data[msg.len - 3] = 5;
	buf_str(&msg, STR("x\xc0\x1f"));
	ck_assert_str_eq(answers(), "dns_pointer");
}
END_TEST

START_TEST(rfc9267_2_pointers_to_pointers)
{
	char target[16];

	begin("a.b");
	snprintf(target, sizeof(target), "@%d", add_cname("@12", 60, "c@14"));
	/* A pointer to a pointer. */
	snprintf(target, sizeof(target), "@%d", add_cname(target, 50, target));
	snprintf(target, sizeof(target), "@%d", add_cname(target, 40, target));
	add_a(target, 60, 1);
	ck_assert_str_eq(answers(), "192.0.2.1 60 c.b;");
	/* A pointer to the zero byte of the question's name, which is the root. */
	ck_assert_str_eq(with_owner("@14"), "");
}
END_TEST

/* A byte that begins with the bits 01 or 10 is neither a length nor a pointer. */
START_TEST(rfc9267_2_half_a_pointer)
{
	for (int byte = 0x40; byte < 0xc0; byte++) {
		begin("aa");
		msg.data[QUESTION] = (char)byte;
		ck_assert_str_eq(answers(), "dns_label");
		with_owner("b");
		msg.data[19] = (char)byte;
		ck_assert_str_eq(answers(), "dns_label");
		begin("a");
		msg.data[add_cname("@12", 60, "b")] = (char)byte;
		ck_assert_str_eq(answers(), "dns_label");
	}
}
END_TEST

/* RFC 9267 section 3 */
START_TEST(rfc9267_3_labels)
{
	char name[256];

	memset(name, 'x', sizeof(name));
	name[63] = '\0';
	begin(name);
	add_a("@12", 60, 1);
	add_a(name, 60, 2);
	ck_assert_str_eq(answers(), "192.0.2.1 60 ;192.0.2.2 60 ;");
	name[63] = 'x';
	for (int n = 64; n < 192; n++) {
		name[n] = '\0';
		begin(name);
		add_a("@12", 60, 1);
		ck_assert_str_eq(answers(), "dns_label");
		ck_assert_str_eq(with_owner(name), "dns_label");
		name[n] = 'x';
	}
	begin("aa");
	msg.data[QUESTION] = 63;		/* a label longer than the message */
	ck_assert_str_eq(answers(), "dns_cut");
}
END_TEST

/* A name of `size` bytes (at least 195) in wire format. Its last label consists of `y`. */
static const char *
long_name(int size)
{
	static char name[NAME_STRLEN];
	char x[64];

	memset(x, 'x', 63);
	x[63] = '\0';
	snprintf(name, sizeof(name), "%s.%s.%s.", x, x, x);
	memset(x, 'y', 63);
	snprintf(name + 192, sizeof(name) - 192, "%.*s", size - 194, x);
	return name;
}

START_TEST(rfc9267_3_names)
{
	char target[16];

	begin(long_name(255));
	add_a("@12", 60, 1);
	add_a(long_name(255), 60, 2);
	ck_assert_str_eq(answers(), "192.0.2.1 60 ;192.0.2.2 60 ;");
	ck_assert_str_eq(name_in_question(), long_name(255));
	begin(long_name(256));
	add_a("@12", 60, 1);
	ck_assert_str_eq(answers(), "dns_name");
	ck_assert_str_eq(with_owner(long_name(255)), "");
	ck_assert_str_eq(with_owner(long_name(256)), "dns_name");
	begin("a");
	add_cname("@12", 60, long_name(255));
	ck_assert_str_eq(answers(), "");
	begin("a");
	add_cname("@12", 60, long_name(256));
	ck_assert_str_eq(answers(), "dns_name");
	begin(long_name(253));			/* a label before a pointer: 255 or 256 bytes */
	add_a("z@12", 60, 1);
	ck_assert_str_eq(answers(), "");
	begin(long_name(254));
	add_a("z@12", 60, 1);
	ck_assert_str_eq(answers(), "dns_name");
	for (int labels = 126; labels <= 127; labels++) {	/* many labels before pointers */
		begin("a.b");
		add_record("@12", TXT, IN, 60, 4 * (size_t)labels);
		snprintf(target, sizeof(target), "@14");
		for (int i = 0; i < labels; i++) {
			char next[32];

			snprintf(next, sizeof(next), "c%s", target);
			snprintf(target, sizeof(target), "@%zu", msg.len);
			add_name(next);
		}
		add_cname("@12", 60, target);
		ck_assert_str_eq(answers(), labels < 127 ? "" : "dns_name");
	}
}
END_TEST

/* RFC 9267 section 4: names without a zero byte at the end. */
START_TEST(rfc9267_4_names_without_an_end)
{
	begin("a");
	msg.len = QUESTION + 2;			/* the message ends before the zero byte */
	ck_assert_str_eq(answers(), "dns_cut");
	begin("a");
	add_a("bcd", 60, 1);
	msg.len = 12 + 7 + 4;
	ck_assert_str_eq(answers(), "dns_cut");
	begin("a");
	msg.data[QUESTION] = 2;			/* a label that reaches into the type */
	ck_assert_str_eq(answers(), "dns_cut");
	begin("a");
	add_cname("@12", 60, "b");
	msg.data[msg.len - 1] = 1;		/* a target that reaches into the next record */
	add_a("@12", 60, 1);
	ck_assert_str_eq(answers(), "dns_cut");
	begin("abc.d");				/* zero bytes within a label */
	memset(msg.data + QUESTION + 1, 0, 3);
	add_a("@12", 60, 1);
	ck_assert_str_eq(answers(), "192.0.2.1 60 ;");
	ck_assert_str_eq(name_in_question(), "\\000\\000\\000.d");
}
END_TEST

/* RFC 9267 section 5: RDLENGTH must be the size of the address, even if more bytes follow. */
START_TEST(rfc9267_5_addresses)
{
	for (size_t len = 0; len < 20; len++) {
		begin("a");
		add_record("@12", A, IN, 60, len);
		buf_put(&msg, "\300\0\2\1\300\0\2\1\300\0\2\1\300\0\2\1\300\0\2\1", len);
		ck_assert_str_eq(answers(), len == 4 ? "192.0.2.1 60 ;" : "dns_rdlength");
		begin("a");
		add_record("@12", AAAA, IN, 60, len);
		buf_put(&msg, "\300\0\2\1\300\0\2\1\300\0\2\1\300\0\2\1\300\0\2\1", len);
		ck_assert_str_eq(answers(),
		    len == 16 ? "c000:201:c000:201:c000:201:c000:201 60 ;" : "dns_rdlength");
	}
}
END_TEST

START_TEST(rfc9267_5_data_beyond_the_message)
{
	static const uint16_t types[] = { A, CNAME, TXT, AAAA, DNAME, OPT, SVCB, HTTPS, 65535 };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		begin("a");
		add_record("@12", types[i], IN, 60, 65535);
		buf_str(&msg, STR("data"));
		ck_assert_str_eq(answers(), "dns_rdlength");
		begin("a");			/* one byte too long */
		add_record("@12", types[i], IN, 60, 17);
		buf_str(&msg, STR("16 bytes of data"));
		ck_assert_str_eq(answers(), "dns_rdlength");
	}
}
END_TEST

/* The target of a CNAME ends before or after the end that RDLENGTH gives. */
START_TEST(rfc9267_5_cnames)
{
	for (int lie = 0; lie <= 5; lie++) {
		int at;

		begin("a");
		at = add_cname("@12", 60, "bc");
		buf_byte(&msg, 0);
		msg.data[at - 1] = (char)lie;
		ck_assert_str_eq(answers(), lie == 4 ? "" : "dns_rdlength");
	}
}
END_TEST

/* The data of a record of a type that is not decoded are skipped by RDLENGTH. */
START_TEST(data_of_other_types_is_ignored)
{
	begin("a");
	add_record("@12", TXT, IN, 60, 0);
	add_record("@12", 65535, IN, 60, 3);
	buf_str(&msg, STR("\xc0\xff\xff"));
	add_a("@12", 60, 1);
	ck_assert_str_eq(answers(), "192.0.2.1 60 ;");
}
END_TEST

/* RFC 9267 section 6: a count that is too large makes the message malformed. */
START_TEST(rfc9267_6_answers)
{
	begin("a");
	add_a("@12", 60, 1);
	set_count(2);
	ck_assert_str_eq(answers(), "dns_count");
	set_count(65535);
	ck_assert_str_eq(answers(), "dns_count");
	set_count(0);
	ck_assert_str_eq(answers(), "");
	begin("a");
	set_count(1);
	ck_assert_str_eq(answers(), "dns_count");
	begin("a");
	add_a("@12", 60, 1);
	buf_byte(&msg, 0);
	set_count(2);
	ck_assert_str_eq(answers(), "dns_cut");
}
END_TEST

START_TEST(rfc9267_6_questions)
{
	static const uint16_t counts[] = { 2, 255, 256, 65535 };

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		begin_as("a", NO_ERROR, counts[i], IN);
		add_a("@12", 60, 1);
		ck_assert_str_eq(answers(), "dns_questions");
		/* A response with an error has no answers. */
		begin_as("a", NO_ERROR | 3, counts[i], IN);
		ck_assert_str_eq(answers(), "none");
	}
	begin_as("a", NO_ERROR, 1, IN);
	msg.len = 12;
	ck_assert_str_eq(answers(), "dns_cut");
}
END_TEST

/* Sections that are ignored may have any content. */
START_TEST(rfc9267_6_other_sections)
{
	begin("a");
	add_a("@12", 60, 1);
	memset(msg.data + 8, 0xff, 4);
	ck_assert_str_eq(answers(), "192.0.2.1 60 ;");
}
END_TEST

START_TEST(every_cut_is_malformed)
{
	size_t whole;

	begin("a.example");
	add_cname("@12", 60, "b.@14");
	add_a("b.example", 60, 1);
	whole = msg.len;
	for (msg.len = 0; msg.len < whole; msg.len++)
		ck_assert(is_malformed());
	ck_assert_str_eq(answers(), "192.0.2.1 60 b.example;");
}
END_TEST

START_TEST(the_largest_messages_are_decoded)
{
	begin("");
	while (msg.len + 15 <= DNS_MESSAGE_MAX)
		add_a("", 60, 1);
	ck_assert_int_eq(strlen(answers()), (msg.len - 17) / 15 * strlen("192.0.2.1 60 ;"));
	while (msg.len < DNS_MESSAGE_MAX)
		buf_byte(&msg, 0);
	ck_assert(!is_malformed());
	buf_byte(&msg, 0);
	ck_assert_str_eq(answers(), "dns_size");
	for (msg.len = 0; msg.len < 12; msg.len++)
		ck_assert_str_eq(answers(), "dns_size");
}
END_TEST

/* A chain of thousands of CNAMEs, with its last link first and an address at its end. */
START_TEST(a_chain_of_any_length)
{
	enum { LINKS = 2500 };
	char owner[16], target[16], *via;
	size_t commas = 0;

	begin("n0");
	snprintf(owner, sizeof(owner), "n%d", LINKS);
	add_a(owner, 60, 1);
	for (int i = LINKS; i > 0; i--) {
		snprintf(owner, sizeof(owner), "n%d", i - 1);
		snprintf(target, sizeof(target), "n%d", i);
		add_cname(owner, (uint32_t)i, target);
	}
	ck_assert_uint_le(msg.len, DNS_MESSAGE_MAX);
	via = strchr(answers(), 'n');
	ck_assert_int_eq(strncmp(via, "n1,n2,n3,", 9), 0);
	for (; *via != '\0'; via++)
		commas += *via == ',';
	ck_assert_uint_eq(commas, LINKS - 1);
}
END_TEST

/* Adds a record with `n` pointers, each to the previous pointer. Sets `last` to the last name. */
static void
add_chain(unsigned n, char last[16])
{
	add_record("@12", TXT, IN, 60, 2 * (size_t)n);
	snprintf(last, 16, "@%d", QUESTION);
	for (; n > 0; n--) {
		size_t at = msg.len;

		add_name(last);
		snprintf(last, 16, "@%zu", at);
	}
}

static void
fill_with(const char *owner)
{
	while (msg.len + strlen(owner) + 16 <= DNS_MESSAGE_MAX)
		add_a(owner, 60, 1);
}

/* The steps that the message needs. Its result must be `expected`; NULL: must not be a fault. */
static size_t
steps_of(const char *expected)
{
	const char *got = answers();
	size_t steps = dns_steps(decoder());

	if (expected != NULL)
		ck_assert_str_eq(got, expected);
	else
		ck_assert_int_ne(strncmp(got, "dns_", 4), 0);
	ck_assert_uint_le(steps, DNS_STEPS_MAX(msg.len));
	return steps;
}

/* A name behind many pointers is valid, and read only once even if many owners point to it. */
START_TEST(a_long_chain_of_pointers)
{
	char name[16];

	begin("a");
	add_chain(4000, name);
	add_a(name, 60, 1);
	ck_assert_uint_le(steps_of("192.0.2.1 60 ;"), 4100);
	fill_with(name);
	ck_assert_uint_le(steps_of(NULL), 4100 + DNS_MESSAGE_MAX / 16);
}
END_TEST

/* The steps for a response of 64 KiB with a CNAME and addresses for its target. */
static size_t
honest_steps(void)
{
	char target[16];

	begin("www.shop.example.com");
	snprintf(target, sizeof(target), "@%d", add_cname("@12", 60, "e8.lb.example.net"));
	fill_with(target);
	return steps_of(NULL);
}

/* In each message, every record repeats thousands of steps. */
START_TEST(chains_of_pointers_are_bounded_by_the_message_size)
{
	size_t honest = honest_steps();
	char last[16], name[32];

	begin("a");		/* a chain at the end of each owner */
	add_chain(8000, last);
	for (unsigned i = 0; msg.len + 32 <= DNS_MESSAGE_MAX; i++) {
		snprintf(name, sizeof(name), "n%u%s", i, last);
		add_a(name, 60, 1);
	}
	ck_assert_uint_gt(steps_of("dns_pointers"), 8000);

	begin("");		/* a chain in the name that owners are compared with */
	add_chain(5000, last);
	snprintf(name, sizeof(name), "a%s", last);
	add_cname("", 60, name);
	fill_with("a");
	ck_assert_uint_le(steps_of(NULL), 5 * honest);
	ck_assert_uint_le(DNS_STEPS_MAX(msg.len), 20 * honest);
}
END_TEST

/* Each owner is a label and a pointer to a long name, or to a name with many labels. */
START_TEST(long_names_of_each_owner_are_counted)
{
	char name[32];

	begin(long_name(240));
	add_cname("@12", 60, "x@12");
	for (unsigned i = 0; msg.len + 24 <= DNS_MESSAGE_MAX; i++) {
		snprintf(name, sizeof(name), "n%u@12", i);
		add_a(name, 60, 1);
	}
	steps_of("dns_pointers");
	begin("a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a");
	add_cname("@12", 60, "x@12");
	for (unsigned i = 0; msg.len + 24 <= DNS_MESSAGE_MAX; i++) {
		snprintf(name, sizeof(name), "n%u@12", i);
		add_a(name, 60, 1);
	}
	steps_of("dns_pointers");
}
END_TEST

#define V4(last) "\xc0\0\2" last
#define V6(last) "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0" last

START_TEST(hints_are_addresses)
{
	ck_assert_str_eq(with_params(1, STR("\0\1\0\3\2h2"
	    "\0\4\0\x08" V4("\1") V4("\2") "\0\6\0\x10" V6("\3") "\xff\0\0\0")),
	    "192.0.2.1/HTTPS 60 ;192.0.2.2/HTTPS 60 ;2001:db8::3/HTTPS 60 ;192.0.2.9 50 ;");
	begin("a");
	add_service("@12", SVCB, 60, 1, "", STR("\0\6\0\x20" V6("\1") V6("\2")));
	ck_assert_str_eq(answers(), "2001:db8::1/SVCB 60 ;2001:db8::2/SVCB 60 ;");
	ck_assert_str_eq(with_params(1, STR("")), "192.0.2.9 50 ;");
	begin("a");
	add_service("@12", SVCB, 0xffffffff, 65535, "", STR("\0\4\0\4" V4("\1")));
	ck_assert_str_eq(answers(), "192.0.2.1/SVCB 0 ;");
	begin("a");
	add_service("x", SVCB, 60, 1, "", STR("\0\4\0\4" V4("\1")));
	ck_assert_str_eq(answers(), "");
}
END_TEST

START_TEST(hints_belong_to_the_target_name)
{
	begin("a");
	add_service("@12", HTTPS, 60, 1, "A", STR("\0\4\0\4" V4("\1")));
	add_service("@12", HTTPS, 50, 2, "B.c", STR("\0\4\0\4" V4("\2")));
	add_a("b.C", 70, 3);
	ck_assert_str_eq(answers(), "192.0.2.1/HTTPS 60 ;192.0.2.2/HTTPS 50 b.c;192.0.2.3 50 b.c;");
	begin("a");
	add_service("b", HTTPS, 60, 1, "c", STR("\0\4\0\4" V4("\1")));
	add_service("x", HTTPS, 60, 1, "c", STR("\0\4\0\4" V4("\2")));
	add_cname("@12", 40, "b");
	ck_assert_str_eq(answers(), "192.0.2.1/HTTPS 40 b,c;");
}
END_TEST

/* RFC 9460 section 2.4.2 */
START_TEST(alias_mode_leads_on)
{
	begin("a");
	add_service("c", HTTPS, 60, 1, "", STR("\0\4\0\4" V4("\1")));
	add_service("b", HTTPS, 20, 0, "c", STR(""));
	add_service("@12", HTTPS, 30, 0, "b", STR(""));
	add_a("b", 50, 2);
	add_a("c", 10, 3);
	ck_assert_str_eq(answers(), "192.0.2.1/HTTPS 20 b,c;192.0.2.2 30 b;192.0.2.3 10 b,c;");
	begin("a");			/* no service: RFC 9460 section 2.5.1 */
	add_service("@12", HTTPS, 30, 0, "", STR(""));
	add_a("", 50, 2);
	ck_assert_str_eq(answers(), "");
	begin("a");			/* a loop */
	add_service("@12", HTTPS, 30, 0, "b", STR(""));
	add_service("b", HTTPS, 30, 0, "a", STR(""));
	add_service("b", HTTPS, 30, 1, "a", STR("\0\4\0\4" V4("\1")));
	add_a("b", 50, 2);
	ck_assert_str_eq(answers(), "192.0.2.1/HTTPS 30 ;192.0.2.2 30 b;");
	ck_assert_str_eq(with_params(0, STR("\0\4\0\4" V4("\1"))), "192.0.2.9 50 ;");
}
END_TEST

START_TEST(hints_of_another_class_are_ignored)
{
	begin("a");
	add_record("@12", HTTPS, CH, 60, 1);
	buf_byte(&msg, 0xff);
	add_a("@12", 60, 1);
	ck_assert_str_eq(answers(), "192.0.2.1 60 ;");
}
END_TEST

/* RFC 9460 section 2.2: SvcParams that make a record malformed. */
START_TEST(rfc9460_params)
{
	static const struct str wrong[] = {
		/* A truncated parameter. */
		STR("\0"), STR("\0\1\0"),
		STR("\0\1\0\1"), STR("\0\4\0\x08" V4("\1")),		/* exceeds the record */
		STR("\0\1\xff\xff" "x"),
		STR("\0\4\0\4" V4("\1") "\0\4\0\4" V4("\1")),		/* a repeated key */
		STR("\0\6\0\x10" V6("\1") "\0\4\0\4" V4("\1")),	/* keys in descending order */
		STR("\xff\xff\0\0" "\0\0\0\0"), STR("\0\0\0\0" "\0\0\0\0"),
		STR("\0\4\0\0"), STR("\0\6\0\0"),			/* an empty list of hints */
		STR("\0\4\0\3" "\xc0\0\2"), STR("\0\4\0\5" V4("\1") "\1"),
		STR("\0\6\0\4" V4("\1")), STR("\0\6\0\x0f" "123456789012345"),
		STR("\0\6\0\x11" V6("\1") "\1"),
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_str_eq(with_params(1, wrong[i]), "dns_service");
	ck_assert_str_eq(with_params(1, STR("\0\0\0\0" "\0\1\0\0"
	    "\xff\xff\0\0")), "192.0.2.9 50 ;");
}
END_TEST

START_TEST(rfc9460_target_names)
{
	begin("abc");
	add_service("@12", HTTPS, 60, 1, "@12", STR(""));	/* a compressed name */
	ck_assert_str_eq(answers(), "dns_service");
	begin("abc");
	add_service("@12", HTTPS, 60, 0, "x@12", STR(""));
	ck_assert_str_eq(answers(), "dns_service");
	begin("abc");
	add_service("@12", HTTPS, 60, 1, "@900", STR(""));
	ck_assert_str_eq(answers(), "dns_pointer");
	for (size_t len = 0; len < 3; len++) {			/* no room for a name */
		begin("a");
		add_record("@12", HTTPS, IN, 60, len);
		buf_put(&msg, "\0\1", len);
		add_a("", 60, 1);
		ck_assert_str_eq(answers(), "dns_service");
	}
	/* A name that exceeds the record. */
	for (int shorter = 1; shorter < 7; shorter++) {
		size_t at;

		begin("a");
		at = msg.len + 12;
		add_service("@12", HTTPS, 60, 1, "bc.de", STR(""));
		msg.data[at - 1] = (char)(msg.data[at - 1] - shorter);
		add_a("", 60, 1);
		ck_assert_str_eq(answers(), "dns_service");
	}
	begin("a");
	add_service("@12", HTTPS, 60, 1, "b", STR(""));
	msg.data[msg.len - 3] = 0x40;				/* an undefined label type */
	ck_assert_str_eq(answers(), "dns_label");
}
END_TEST

START_TEST(every_cut_of_a_service_is_malformed)
{
	size_t whole;

	begin("a");
	add_service("@12", HTTPS, 60, 1, "b.c", STR("\0\1\0\3\2h2" "\0\4\0\4" V4("\1")));
	whole = msg.len;
	for (msg.len = 0; msg.len < whole; msg.len++)
		ck_assert(is_malformed());
	ck_assert_str_eq(answers(), "192.0.2.1/HTTPS 60 b.c;");
}
END_TEST

/* Adds an HTTPS record with `n` hints. */
static void
add_hints(size_t n)
{
	add_record("@12", HTTPS, IN, 60, 3 + 4 + 4 * n);
	buf_str(&msg, STR("\0\1\0\0\4"));
	buf_u16(&msg, (uint16_t)(4 * n));
	for (; n > 0; n--)
		buf_str(&msg, STR(V4("\1")));
}

START_TEST(hints_have_a_limit)
{
	begin("a");
	add_hints(DNS_HINTS_MAX);
	while (msg.len + 16 <= DNS_MESSAGE_MAX)
		add_a("@12", 60, 1);
	ck_assert(!is_malformed());
	begin("a");
	add_hints(DNS_HINTS_MAX + 1);
	ck_assert_str_eq(answers(), "dns_service");
	begin("a");
	add_hints(DNS_HINTS_MAX);
	add_hints(1);
	ck_assert_str_eq(answers(), "dns_service");
}
END_TEST

/* Messages with as many records, links and names as possible. */
START_TEST(the_largest_messages_of_services)
{
	for (int target = 0; target < 2; target++) {
		char name[16] = "";

		begin("");
		for (unsigned i = 0; msg.len + 22 + 15 <= DNS_MESSAGE_MAX; i++) {
			if (target)
				snprintf(name, sizeof(name), "%x", i);
			add_service("", SVCB, 60, 0, name, STR(""));
		}
		add_a("", 60, 1);
		ck_assert_str_eq(answers(), "192.0.2.1 60 ;");
	}
}
END_TEST

/* The RDLENGTH of an HTTPS record differs from the size of its data. */
START_TEST(rfc9267_5_services)
{
	for (int lie = 0; lie < 64; lie++) {
		begin("a");
		add_service("@12", HTTPS, 60, 1, "", STR("\0\1\0\3\2h2" "\0\4\0\4" V4("\1")));
		ck_assert_int_eq(msg.data[30], 18);
		msg.data[30] = (char)lie;
		/* The record ends after the target or a parameter. Bytes after it are ignored. */
		if (lie == 3 || lie == 10)
			ck_assert_str_eq(answers(), "");
		else
			ck_assert_str_eq(answers(),
			    lie < 18 ? "dns_service" : lie == 18 ? "192.0.2.1/HTTPS 60 ;" :
			    "dns_rdlength");
	}
}
END_TEST

START_TEST(faults_have_names)
{
	for (unsigned i = 0; i < DNS_FAULTS; i++)
		for (unsigned j = 0; j <= i; j++)
			ck_assert_int_eq(strcmp(dns_fault_name(i), dns_fault_name(j)) == 0, i == j);
}
END_TEST

UNIT_MAIN("dns", addresses_of_the_question_are_answers, the_name_is_canonical,
    labels_may_have_any_bytes, case_makes_no_difference, other_messages_are_no_answer,
    truncated_responses_are_answers, edns_changes_nothing, a_chain_gives_its_smallest_ttl,
    records_may_have_any_order, unreached_addresses_are_ignored, dname_needs_only_its_cname,
    loops_of_cnames_are_harmless, two_cnames_lead_to_both, the_shortest_path_counts,
    only_class_in_counts, a_ttl_with_the_top_bit_is_0, bytes_after_the_answers_are_ignored,
    data_of_other_types_is_ignored, rfc9267_2_pointers_out_of_the_message,
    rfc9267_2_pointers_forward, rfc9267_2_pointers_into_the_header, rfc9267_2_loops_of_pointers,
    rfc9267_2_pointers_to_pointers, rfc9267_2_half_a_pointer, rfc9267_3_labels, rfc9267_3_names,
    rfc9267_4_names_without_an_end, rfc9267_5_addresses, rfc9267_5_data_beyond_the_message,
    rfc9267_5_cnames, rfc9267_5_services, rfc9267_6_answers, rfc9267_6_questions,
    rfc9267_6_other_sections, every_cut_is_malformed, the_largest_messages_are_decoded,
    a_chain_of_any_length, a_long_chain_of_pointers,
    chains_of_pointers_are_bounded_by_the_message_size, long_names_of_each_owner_are_counted,
    hints_are_addresses, hints_belong_to_the_target_name, alias_mode_leads_on,
    hints_of_another_class_are_ignored, rfc9460_params, rfc9460_target_names,
    every_cut_of_a_service_is_malformed, hints_have_a_limit, the_largest_messages_of_services,
    faults_have_names)
