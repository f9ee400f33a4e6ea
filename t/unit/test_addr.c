#include "line/addr.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "unit.h"

#define CASES 300000

/* An IPv4 octet or an IPv6 group; values at which the number of digits changes are frequent. */
static unsigned
any_part(unsigned max)
{
	static const unsigned edges[] = { 0, 1, 9, 10, 15, 16, 99, 100, 255, 256, 0xfff, 0x1000,
	    0xffff };

	switch (any_below(4)) {
	case 0:
		return edges[any_below(sizeof(edges) / sizeof(edges[0]))] & max;
	case 1:
		return any_below(max + 1);
	default:
		return 0;
	}
}

/* An IPv4 or IPv6 address. Many IPv6 addresses are IPv4-mapped, IPv4-compatible or have zeros. */
static struct addr
any_addr(void)
{
	struct addr a = { .family = any_below(4) == 0 ? ADDR_V4 : ADDR_V6 };
	size_t from = 0;

	if (a.family == ADDR_V4) {
		for (int i = 0; i < 4; i++)
			a.bytes[i] = (uint8_t)any_part(255);
		return a;
	}
	if (any_below(4) == 0) {
		from = 12;
		if (any_below(2) == 0)
			a.bytes[10] = a.bytes[11] = 0xff;
	}
	for (size_t i = from; i < 16; i += 2) {
		unsigned group = any_part(0xffff);

		a.bytes[i] = (uint8_t)(group >> 8);
		a.bytes[i + 1] = (uint8_t)group;
	}
	return a;
}

static const char *
theirs_format(const struct addr *a, char out[ADDR_STRLEN])
{
	return inet_ntop(a->family == ADDR_V4 ? AF_INET : AF_INET6, a->bytes, out, ADDR_STRLEN);
}

static bool
theirs_parse(const char *text, struct addr *a)
{
	memset(a, 0, sizeof(*a));
	a->family = strchr(text, ':') == NULL ? ADDR_V4 : ADDR_V6;
	return inet_pton(a->family == ADDR_V4 ? AF_INET : AF_INET6, text, a->bytes) == 1;
}

START_TEST(formats_as_inet_ntop)
{
	for (int i = 0; i < CASES; i++) {
		char ours[ADDR_STRLEN], theirs[ADDR_STRLEN];
		struct addr a = any_addr(), again;
		size_t n = addr_format(&a, ours);

		theirs_format(&a, theirs);
		if (strcmp(ours, theirs) != 0 || n != strlen(ours))
			ck_abort_msg("%s, not %s", ours, theirs);
		if (!addr_parse_canonical((struct str){ ours, n }, &again) || !addr_eq(&a, &again))
			ck_abort_msg("%s does not read back", ours);
	}
}
END_TEST

/* Makes one to three small changes to the text. */
static void
disturb(char *text, size_t size)
{
	static const char bytes[] = "0011259afF:::...gG/% -x";

	for (int edits = 1 + (int)any_below(3); edits > 0; edits--) {
		size_t n = strlen(text), at = any_below((uint32_t)n + 1);
		char byte = bytes[any_below(sizeof(bytes) - 1)];

		switch (any_below(4)) {
		case 0:
			if (n + 2 < size) {
				memmove(text + at + 1, text + at, n - at + 1);
				text[at] = byte;
			}
			break;
		case 1:
			if (at < n)
				memmove(text + at, text + at + 1, n - at);
			break;
		case 2:
			if (at < n)
				text[at] = byte;
			break;
		case 3:
			for (size_t i = at; i < n && any_below(4) > 0; i++)
				if (text[i] >= 'a' && text[i] <= 'f')
					text[i] -= 'a' - 'A';
			break;
		}
	}
}

/* Joins parts of addresses in random order. */
static void
assemble(char *text, size_t size)
{
	static const char *const parts[] = {
		"0", "00", "000", "0000", "00000", "1", "01", "ffff", "FFFF", "12345", "255", "256",
		"1.2.3.4", "0.0.0.0", "1.2.3", "1.2.3.4.5", "01.2.3.4", ".", ":", "::", "::", "g",
	};
	bool colons = any_below(2) == 0;

	*text = '\0';
	for (int count = 1 + (int)any_below(9); count > 0; count--) {
		const char *part = parts[any_below(sizeof(parts) / sizeof(parts[0]))];
		size_t n = strlen(text);

		snprintf(text + n, size - n, "%s%s", part,
		    colons && count > 1 && part[0] != ':' ? ":" : "");
	}
}

static void
any_text(char *text, size_t size)
{
	struct addr a = any_addr();

	if (any_below(3) == 0) {
		assemble(text, size);
		return;
	}
	theirs_format(&a, text);
	if (any_below(8) > 0)
		disturb(text, size);
}

START_TEST(parses_as_inet_pton)
{
	int taken = 0, canonical = 0;

	for (int i = 0; i < 2 * CASES; i++) {
		char text[100], spelling[ADDR_STRLEN];
		struct addr ours, theirs;
		bool good;

		any_text(text, sizeof(text));
		good = theirs_parse(text, &theirs);
		if (addr_parse(str_of(text), &ours) != good)
			ck_abort_msg("'%s' is%s an address", text, good ? "" : " not");
		if (good && !addr_eq(&ours, &theirs))
			ck_abort_msg("'%s' is another address", text);
		taken += good;
		good = good && strcmp(theirs_format(&theirs, spelling), text) == 0;
		if (addr_parse_canonical(str_of(text), &ours) != good)
			ck_abort_msg("'%s' is%s canonical", text, good ? "" : " not");
		canonical += good;
	}
	ck_assert_int_gt(canonical, CASES / 10);
	ck_assert_int_gt(taken - canonical, CASES / 20);
	ck_assert_int_gt(2 * CASES - taken, CASES / 4);
}
END_TEST

START_TEST(only_text_is_an_address)
{
	char longest[] = "0000:0000:0000:0000:0000:0000:255.255.255.255";
	struct addr a;

	ck_assert(addr_parse(str_of(longest), &a));
	ck_assert(!addr_parse_canonical(str_of(longest), &a));
	ck_assert(!addr_parse((struct str){ NULL, 0 }, &a));
	ck_assert(!addr_parse(STR(""), &a));
	ck_assert(!addr_parse(STR("1.2.3.4\0"), &a));
	ck_assert(!addr_parse(STR("::1\0"), &a));
	ck_assert(!addr_parse(STR("0000:0000:0000:0000:0000:0000:0000:255.255.255.255"), &a));
}
END_TEST

START_TEST(bytes_make_an_address)
{
	static const uint8_t bytes[17] = { 192, 0, 2, 1, 5 };
	char text[ADDR_STRLEN];
	struct addr a;

	ck_assert(addr_from_bytes(&a, bytes, 4));
	addr_format(&a, text);
	ck_assert_str_eq(text, "192.0.2.1");
	ck_assert_uint_eq(a.bytes[4], 0);
	ck_assert(addr_from_bytes(&a, bytes, 16));
	addr_format(&a, text);
	ck_assert_str_eq(text, "c000:201:500::");
	for (size_t size = 0; size <= sizeof(bytes); size++)
		ck_assert(addr_from_bytes(&a, bytes, size) == (size == 4 || size == 16));
}
END_TEST

START_TEST(an_address_equals_itself_alone)
{
	static const char *const all[] = { "0.0.0.0", "1.2.3.4", "1.2.4.0", "255.0.0.0", "::",
	    "::1", "1::", "ff::" };
	const int n = sizeof(all) / sizeof(all[0]);

	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++) {
			struct addr a, b;

			ck_assert(addr_parse(str_of(all[i]), &a) && addr_parse(str_of(all[j]), &b));
			ck_assert_int_eq(addr_eq(&a, &b), i == j);
		}
}
END_TEST

START_TEST(prefixes_come_back)
{
	for (int i = 0; i < CASES; i++) {
		struct prefix p = { .addr = any_addr() }, again;
		uint8_t bits = addr_bits(p.addr.family), host;
		char text[PREFIX_STRLEN];
		size_t n;

		p.len = (uint8_t)any_below(bits + 1u);
		for (unsigned bit = p.len; bit < bits; bit++)
			p.addr.bytes[bit / 8] &= (uint8_t)~(0x80 >> bit % 8);
		n = prefix_format(&p, text);
		if (n != strlen(text) || prefix_parse(str_of(text), &again) != NULL ||
		    !addr_eq(&p.addr, &again.addr) || p.len != again.len)
			ck_abort_msg("%s does not read back", text);
		if (p.len == bits)
			continue;
		host = (uint8_t)(p.len + any_below((uint32_t)(bits - p.len)));
		p.addr.bytes[host / 8] |= (uint8_t)(0x80 >> host % 8);
		prefix_format(&p, text);
		if (prefix_parse(str_of(text), &again) == NULL)
			ck_abort_msg("%s has host bits", text);
	}
}
END_TEST

START_TEST(an_address_lies_in_its_prefixes)
{
	for (int i = 0; i < CASES; i++) {
		struct addr a = any_addr();
		uint8_t len = (uint8_t)any_below(addr_bits(a.family) + 1u);
		struct prefix p = prefix_of(&a, len), again;
		char text[PREFIX_STRLEN];

		ck_assert(prefix_covers(&p, &a) && p.len == len);
		prefix_format(&p, text);
		ck_assert_ptr_null(prefix_parse(str_of(text), &again));
	}
}
END_TEST

START_TEST(bad_prefixes_are_refused_with_a_reason)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "without a length" }, { "10.0.0.0", "without a length" },
		{ "2001:db8::", "without a length" }, { "/8", "not an address" },
		{ "10/8", "not an address" }, { "010.0.0.0/8", "not an address" },
		{ "2001:DB8::/32", "not an address" }, { "2001:db8:0::/32", "not an address" },
		{ "10.0.0.0 /8", "not an address" }, { "10.0.0.0/", "length" },
		{ "10.0.0.0/33", "length" }, { "10.0.0.0/08", "length" },
		{ "10.0.0.0/+8", "length" }, { "10.0.0.0/8/8", "length" },
		{ "10.0.0.0/8 ", "length" }, { "10.0.0.0/255.0.0.0", "length" },
		{ "::/129", "length" }, { "::/4294967296", "length" },
		{ "10.0.0.1/31", "host bits" }, { "0.0.0.1/0", "host bits" },
		{ "::1/127", "host bits" }, { "8000::/0", "host bits" },
	};
	static const char *const good[] = { "0.0.0.0/0", "::/0", "10.0.0.1/32", "::1/128",
	    "::ffff:0.0.0.0/96" };
	struct prefix p;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why = prefix_parse(str_of(cases[i].text), &p);

		ck_assert_msg(why != NULL && strstr(why, cases[i].why) != NULL, "%s: %s",
		    cases[i].text, why != NULL ? why : "taken");
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(prefix_parse(str_of(good[i]), &p) == NULL, "%s", good[i]);
}
END_TEST

UNIT_MAIN("addr", formats_as_inet_ntop, parses_as_inet_pton, only_text_is_an_address,
    bytes_make_an_address, an_address_equals_itself_alone, prefixes_come_back,
    an_address_lies_in_its_prefixes, bad_prefixes_are_refused_with_a_reason)
