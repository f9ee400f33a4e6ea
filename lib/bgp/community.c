/*
 * The table `kinds` has a row for each kind: the size of a community, and the functions that parse
 * and format a community. A set is an array of bytes in wire format, so that it can be sent
 * unchanged and compared with memcmp(3).
 *
 * Invariant: a set is sorted and has no duplicates; only communities_add_no_export exceeds
 * COMMUNITY_BYTES.
 */
#include "bgp/community.h"

#include <stdio.h>

#include "base/num.h"
#include "line/addr.h"

#define NO_EXPORT UINT32_C(0xffffff01)	/* RFC 1997 */

static const struct {
	uint32_t value;
	struct str name;
} names[] = {
	{ NO_EXPORT, { "no-export", 9 } },
	{ UINT32_C(0xffffff02), { "no-advertise", 12 } },
	{ UINT32_C(0xffffff03), { "no-export-subconfed", 19 } },
	{ UINT32_C(0xffffff04), { "no-peer", 7 } },		/* RFC 3765 */
	{ UINT32_C(0xffff0000), { "graceful-shutdown", 17 } },	/* RFC 8326 */
	{ UINT32_C(0xffff0001), { "accept-own", 10 } },		/* RFC 7611 */
	{ UINT32_C(0xffff029a), { "blackhole", 9 } },		/* RFC 7999 */
};

/* Types (RFC 4360 sections 3.1 and 3.2, RFC 5668) and sub-types (RFC 4360 sections 4 and 5). */
enum { TYPE_AS2, TYPE_IPV4, TYPE_AS4 };
enum { SUBTYPE_TARGET = 2, SUBTYPE_ORIGIN = 3 };

/* Reads exactly n numbers, separated by colons. */
static bool
read_numbers(struct str text, const uint32_t *max, uint32_t *to, size_t n)
{
	struct str piece;

	for (size_t i = 0; i < n; i++)
		if (!str_split(&text, ':', &piece) || !num_parse(piece, max[i], &to[i]))
			return false;
	return text.p == NULL;
}

static void
write_number(uint8_t *to, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		to[i] = (uint8_t)(value >> 8 * (size - 1 - i));
}

static bool
read_plain(struct str text, uint8_t *to)
{
	static const uint32_t max[] = { UINT16_MAX, UINT16_MAX };
	uint32_t parts[2];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_eq(names[i].name, text)) {
			write_number(to, names[i].value, 4);
			return true;
		}
	if (!read_numbers(text, max, parts, 2))
		return false;
	write_number(to, parts[0] << 16 | parts[1], 4);
	return true;
}

static bool
read_large(struct str text, uint8_t *to)
{
	static const uint32_t max[] = { UINT32_MAX, UINT32_MAX, UINT32_MAX };
	uint32_t parts[3];

	if (!read_numbers(text, max, parts, 3))
		return false;
	for (size_t i = 0; i < 3; i++)
		write_number(to + 4 * i, parts[i], 4);
	return true;
}

static bool
read_hex(struct str digits, uint8_t *to)
{
	static const char hex[] = "0123456789abcdef0123456789ABCDEF";
	uint64_t value = 0;

	if (digits.n != 16)
		return false;
	for (size_t i = 0; i < digits.n; i++) {
		const char *at = memchr(hex, digits.p[i], sizeof(hex) - 1);

		if (at == NULL)
			return false;
		value = value << 4 | (uint64_t)((at - hex) % 16);
	}
	write_number(to, value, 8);
	return true;
}

/* ADMIN:NUMBER: the administrator has two octets and the number four, or the reverse. */
static bool
read_target(struct str text, uint8_t *to)
{
	static const uint32_t wide[] = { UINT16_MAX, UINT32_MAX },
	    narrow[] = { UINT32_MAX, UINT16_MAX };
	struct str number = text, admin;
	uint32_t parts[2];
	struct addr a;

	if (read_numbers(text, wide, parts, 2)) {
		to[0] = TYPE_AS2;
		write_number(to + 2, parts[0], 2);
		write_number(to + 4, parts[1], 4);
		return true;
	}
	str_split(&number, ':', &admin);
	to[0] = TYPE_AS4;
	if (addr_parse(admin, &a) && a.family == ADDR_V4) {
		to[0] = TYPE_IPV4;
		memcpy(to + 2, a.bytes, 4);
		parts[1] = 0;
		if (number.p == NULL || !num_parse(number, UINT16_MAX, &parts[1]))
			return false;
	} else if (read_numbers(text, narrow, parts, 2)) {
		write_number(to + 2, parts[0], 4);
	} else {
		return false;
	}
	write_number(to + 6, parts[1], 2);
	return true;
}

static bool
read_extended(struct str text, uint8_t *to)
{
	struct str rest = text, kind;

	if (text.n > 2 && memcmp(text.p, "0x", 2) == 0)
		return read_hex((struct str){ text.p + 2, text.n - 2 }, to);
	if (!str_split(&rest, ':', &kind))
		return false;
	if (str_eq(kind, STR("rt")))
		to[1] = SUBTYPE_TARGET;
	else if (str_eq(kind, STR("soo")))
		to[1] = SUBTYPE_ORIGIN;
	else
		return false;
	return rest.p != NULL && read_target(rest, to);
}

static bool
insert(struct communities *c, size_t max, size_t size, const uint8_t *one)
{
	size_t at = 0;

	while (at < c->n && memcmp(c->bytes + at, one, size) < 0)
		at += size;
	if (at < c->n && memcmp(c->bytes + at, one, size) == 0)
		return true;
	if (c->n + size > max)
		return false;
	memmove(c->bytes + at + size, c->bytes + at, c->n - at);
	memcpy(c->bytes + at, one, size);
	c->n += size;
	return true;
}

void
communities_add_no_export(struct communities *c)
{
	uint8_t one[4];

	write_number(one, NO_EXPORT, sizeof(one));
	insert(c, sizeof(c->bytes), sizeof(one), one);
}

static uint64_t
number_at(const uint8_t *p, size_t size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value = value << 8 | p[i];
	return value;
}

static int
format_plain(const uint8_t *p, char *to, size_t size)
{
	uint32_t value = (uint32_t)number_at(p, 4);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].value == value)
			return snprintf(to, size, "%s", names[i].name.p);
	return snprintf(to, size, "%u:%u", value >> 16, value & UINT16_MAX);
}

static int
format_extended(const uint8_t *p, char *to, size_t size)
{
	const char *kind = p[1] == SUBTYPE_TARGET ? "rt" : "soo";

	if (p[0] <= TYPE_AS4 && (p[1] == SUBTYPE_TARGET || p[1] == SUBTYPE_ORIGIN)) {
		if (p[0] == TYPE_IPV4)
			return snprintf(to, size, "%s:%u.%u.%u.%u:%u", kind, p[2], p[3], p[4], p[5],
			    (unsigned)number_at(p + 6, 2));
		if (p[0] == TYPE_AS2)
			return snprintf(to, size, "%s:%u:%u", kind, (unsigned)number_at(p + 2, 2),
			    (unsigned)number_at(p + 4, 4));
		return snprintf(to, size, "%s:%u:%u", kind, (unsigned)number_at(p + 2, 4),
		    (unsigned)number_at(p + 6, 2));
	}
	return snprintf(to, size, "0x%016llx", (unsigned long long)number_at(p, 8));
}

static int
format_large(const uint8_t *p, char *to, size_t size)
{
	return snprintf(to, size, "%u:%u:%u", (unsigned)number_at(p, 4),
	    (unsigned)number_at(p + 4, 4), (unsigned)number_at(p + 8, 4));
}

static const struct {
	size_t size;
	bool (*read)(struct str text, uint8_t *to);
	int (*format)(const uint8_t *p, char *to, size_t size);
	const char *wrong;		/* the message for invalid text */
} kinds[COMMUNITY_KINDS] = {
	[COMMUNITY_PLAIN] = { 4, read_plain, format_plain,
	    "a community is not AS:NUMBER or a known name" },
	[COMMUNITY_EXTENDED] = { 8, read_extended, format_extended,
	    "an extended community is not rt:ADMIN:NUMBER, soo:ADMIN:NUMBER or 0x and 16 digits" },
	[COMMUNITY_LARGE] = { 12, read_large, format_large,
	    "a large community is not AS:NUMBER:NUMBER" },
};

const char *
communities_add(struct communities *c, enum community_kind kind, struct str list)
{
	struct str piece;
	uint8_t one[12];

	while (str_split(&list, ',', &piece)) {
		if (!kinds[kind].read(piece, one))
			return kinds[kind].wrong;
		if (!insert(c, COMMUNITY_BYTES, kinds[kind].size, one))
			return "too many communities";
	}
	return NULL;
}

bool
communities_merge(struct communities *c, enum community_kind kind, const struct communities *from)
{
	size_t size = kinds[kind].size;

	for (size_t i = 0; i < from->n; i += size)
		if (!insert(c, COMMUNITY_BYTES, size, from->bytes + i))
			return false;
	return true;
}

void
communities_format(struct str bytes, enum community_kind kind, struct buf *out)
{
	size_t size = kinds[kind].size;
	char text[64];

	for (size_t i = 0; i + size <= bytes.n; i += size) {
		const uint8_t *one = (const uint8_t *)bytes.p + i;

		if (i > 0)
			buf_byte(out, ',');
		buf_put(out, text, (size_t)kinds[kind].format(one, text, sizeof(text)));
	}
}
