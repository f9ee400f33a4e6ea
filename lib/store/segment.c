/*
 * A block has a head, the entries, and zeros. The head, in network order, has magic, bytes used
 * (including the head), number of entries, zero (32 bits each); number of the segment, number of
 * the log's first segment at the time of writing, checksum (64 bits each). A number in an entry has
 * seven bits per byte, the lowest first; the high bit is set except in the last byte. An entry has:
 *
 *	a byte of flags: IPv6, gone, imported; and for name, tag, rule and via: same as in the
 *	previous entry
 *	the address, 4 or 16 bytes
 *	the name; then, unless gone:
 *	time minus the previous time, time minus first (microseconds, the sign in the lowest bit),
 *	TTL, tag, rule, via
 *
 * A text is the number 2 * LENGTH and the bytes, or the number 2 * POSITION + 1, where POSITION is
 * that of an earlier copy. An absent text has the length 0.
 *
 * The reader refuses entries that the writer cannot have written, so a forged block can do no more
 * harm than forged lines. Invariants:
 *
 * - A block has at least one entry and at most as many as its size allows. Its number is in
 *   1..SEGMENT_SEQ_MAX. The number of the log's first segment is not greater.
 * - Numbers are as short as possible. There is no negative zero.
 * - Only a text of 2 bytes or more is given by position. A text that is the same as in the previous
 *   entry is given by its flag. An entry "gone" has no flag for imported, tag, rule or via.
 * - 0 <= first <= time <= TIME_MAX and TTL <= ANSWER_TTL_MAX. The texts are valid in a line, and
 *   together not longer than in a line (answer_has_room).
 */
#include "store/segment.h"

#include <endian.h>

#include "base/clock.h"
#include "base/hash.h"
#include "line/name.h"
#include "store/bytes.h"

#define MAGIC 0x69706331u
#define SUM_AT 32
#define NUMBER_MAX 10		/* bytes of a 64-bit number */
#define ENTRY_MIN 5		/* bytes: "gone", with an IPv4 address and the previous name */

enum { NAME, TAG, RULE, VIA, TEXTS };
/* SAME << NAME: the name is the same as in the previous entry. */
enum { IPV6 = 1, GONE = 2, SAME = 4, IMPORTED = SAME << TEXTS, FLAGS_END = IMPORTED << 1 };

/* --- Head and checksum --- */

/* The checksum of `used` bytes, padded to words. The stored checksum itself counts as 0. */
static uint64_t
checksum(const uint8_t *data, uint32_t used)
{
	uint64_t sum = UINT64_C(0x9e3779b97f4a7c15), word;

	for (uint32_t i = 0; i < used; i += 8) {
		memcpy(&word, data + i, 8);
		word = i == SUM_AT ? 0 : le64toh(word);
		sum = hash_mix(sum ^ word, UINT64_C(0xd6e8feb86659fd93)) + word;
	}
	return sum;
}

void
segment_begin(struct segment *s)
{
	s->used = SEGMENT_HEAD;
	s->entries = 0;
	s->time = 0;
	memset(s->before, 0, sizeof(s->before));
	memset(s->texts, 0, sizeof(s->texts));
	memset(s->data, 0, sizeof(s->data));
}

void
segment_seal(struct segment *s, uint64_t seq, uint64_t first)
{
	bytes_put(s->data, MAGIC, 4);
	bytes_put(s->data + 4, s->used, 4);
	bytes_put(s->data + 8, s->entries, 4);
	bytes_put(s->data + 12, 0, 4);
	bytes_put(s->data + 16, seq, 8);
	bytes_put(s->data + 24, first, 8);
	bytes_put(s->data + SUM_AT, checksum(s->data, s->used), 8);
}

/* --- Writing entries --- */

static void
put_number(struct segment *s, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		s->data[s->used++] = (uint8_t)(value | 0x80);
	s->data[s->used++] = (uint8_t)value;
}

static void
put_signed(struct segment *s, int64_t value)
{
	put_number(s, value < 0 ? (uint64_t)-value << 1 | 1 : (uint64_t)value << 1);
}

/* Reads a number and returns its length; 0: it is longer than `n` bytes, or is invalid. */
static size_t
number_at(const uint8_t *p, size_t n, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < n && i < NUMBER_MAX; i++) {
		bool needless = i > 0 && p[i] == 0, large = i == NUMBER_MAX - 1 && p[i] > 1;

		*value |= (uint64_t)(p[i] & 0x7f) << (7 * i);
		if (p[i] < 0x80)
			return needless || large ? 0 : i + 1;
	}
	return 0;
}

/* Sets *text to the text at a position, if it is written out there and ends by `end`. */
static bool
text_at(const uint8_t *data, uint32_t at, uint32_t end, struct str *text)
{
	uint64_t length;
	size_t n = at < end ? number_at(data + at, end - at, &length) : 0;

	if (n == 0 || (length & 1) != 0 || length >> 1 > end - at - n)
		return false;
	*text = (struct str){ length > 0 ? (const char *)data + at + n : NULL, length >> 1 };
	return true;
}

/* Writes a text and stores its position, unless `flags` has SAME for it. */
static void
put_text(struct segment *s, int which, struct str text, uint32_t flags)
{
	uint16_t *known = &s->texts[hash_bytes(0, text.p, text.n) % 256];
	struct str there;

	if ((s->data[flags] & SAME << which) != 0)
		return;
	if (text.n > 1 && *known != 0 && text_at(s->data, *known, s->used, &there) &&
	    str_eq(there, text)) {
		s->before[which] = *known;
		put_number(s, (uint64_t)*known << 1 | 1);
		return;
	}
	s->before[which] = s->used;
	*known = (uint16_t)s->used;
	put_number(s, (uint64_t)text.n << 1);
	if (text.n > 0)
		memcpy(s->data + s->used, text.p, text.n);
	s->used += (uint32_t)text.n;
}

static bool
is_as_before(const struct segment *s, int which, struct str text)
{
	struct str before = { NULL, 0 };

	return (s->before[which] == 0 || text_at(s->data, s->before[which], s->used, &before)) &&
	    str_eq(before, text);
}

/* Writes flags, address and name. Returns the position of the flags; 0: no room for the entry. */
static uint32_t
begin_entry(struct segment *s, const struct answer *a, uint8_t flags)
{
	size_t address = addr_size(a->addr.family), texts = a->name.n;
	uint32_t at = s->used;

	if ((flags & GONE) == 0)
		texts += a->tag.n + a->rule.n + a->via.n;
	if (1 + address + 7 * (size_t)NUMBER_MAX + texts > SEGMENT_SIZE - s->used)
		return 0;
	if (a->addr.family == ADDR_V6)
		flags |= IPV6;
	if (is_as_before(s, NAME, a->name))
		flags |= SAME << NAME;
	s->data[s->used++] = flags;
	memcpy(s->data + s->used, a->addr.bytes, address);
	s->used += (uint32_t)address;
	put_text(s, NAME, a->name, at);
	s->entries++;
	return at;
}

bool
segment_put(struct segment *s, const struct answer *a)
{
	const struct str texts[TEXTS] = { a->name, a->tag, a->rule, a->via };
	uint8_t flags = a->imported ? IMPORTED : 0;
	uint32_t at;

	for (int i = TAG; i < TEXTS; i++)
		if (is_as_before(s, i, texts[i]))
			flags |= (uint8_t)(SAME << i);
	at = begin_entry(s, a, flags);
	if (at == 0)
		return false;
	put_signed(s, a->time - s->time);
	put_signed(s, a->time - a->first);
	put_number(s, a->ttl);
	s->time = a->time;
	for (int i = TAG; i < TEXTS; i++)
		put_text(s, i, texts[i], at);
	return true;
}

bool
segment_put_gone(struct segment *s, const struct answer *a)
{
	return begin_entry(s, a, GONE) != 0;
}

/* --- Reading entries --- */

size_t
segment_length(const uint8_t *data)
{
	return (bytes_get(data + 4, 4) + 7) / 8 * 8;
}

static bool
is_valid_head(const struct segment_reader *r)
{
	for (size_t i = r->used; i < segment_length(r->data); i++)
		if (r->data[i] != 0)
			return false;
	return bytes_get(r->data + 12, 4) == 0 && r->entries > 0 &&
	    r->entries <= (r->used - SEGMENT_HEAD) / ENTRY_MIN && r->seq > 0 &&
	    r->seq <= SEGMENT_SEQ_MAX && r->first <= r->seq;
}

const char *
segment_open(struct segment_reader *r, const uint8_t *data, size_t n)
{
	*r = (struct segment_reader){ .data = data, .at = SEGMENT_HEAD };
	if (n < SEGMENT_HEAD || bytes_get(data, 4) != MAGIC)
		return "bad header";
	r->used = (uint32_t)bytes_get(data + 4, 4);
	r->left = r->entries = (uint32_t)bytes_get(data + 8, 4);
	r->seq = bytes_get(data + 16, 8);
	r->first = bytes_get(data + 24, 8);
	if (r->used < SEGMENT_HEAD || r->used > SEGMENT_SIZE || segment_length(data) > n ||
	    bytes_get(data + SUM_AT, 8) != checksum(data, r->used))
		return "wrong checksum";
	return is_valid_head(r) ? NULL : "bad header";
}

static bool
reject(struct segment_reader *r, const char *why)
{
	r->why = why;
	return false;
}

static bool
read_number(struct segment_reader *r, uint64_t *value)
{
	size_t n = number_at(r->data + r->at, r->used - r->at, value);

	r->at += (uint32_t)n;
	return n > 0;
}

static bool
read_signed(struct segment_reader *r, int64_t *value)
{
	uint64_t raw;

	if (!read_number(r, &raw) || raw == 1)
		return false;
	*value = (raw & 1) != 0 ? -(int64_t)(raw >> 1) : (int64_t)(raw >> 1);
	return true;
}

static bool
read_known_text(const struct segment_reader *r, uint64_t at, struct str *text)
{
	return at < r->at && (r->texts[at / 64] >> at % 64 & 1) != 0 &&
	    text_at(r->data, (uint32_t)at, r->at, text) && text->n > 1;
}

static bool
read_new_text(struct segment_reader *r, uint32_t at, struct str *text)
{
	if (!text_at(r->data, at, r->used, text))
		return false;
	r->texts[at / 64] |= UINT64_C(1) << at % 64;
	r->at += (uint32_t)text->n;
	return true;
}

/*
 * Reads a text into *text, which has the text of the previous entry. False: both are equal, or the
 * text is invalid.
 */
static bool
read_text(struct segment_reader *r, struct str *text)
{
	struct str before = *text;
	uint32_t at = r->at;
	uint64_t head;

	if (!read_number(r, &head) || !((head & 1) != 0 ? read_known_text(r, head >> 1, text) :
	    read_new_text(r, at, text)))
		return false;
	return !str_eq(*text, before);
}

static bool
read_value(struct segment_reader *r, uint8_t flags, int which, struct str *text)
{
	if ((flags & SAME << which) != 0)
		return true;
	return read_text(r, text) && (text->p == NULL || (which == VIA ? answer_is_via(*text) :
	    answer_is_list(*text)));
}

static bool
read_pair(struct segment_reader *r, uint8_t *flags, struct answer *a)
{
	size_t size;

	if (r->at >= r->used)
		return false;
	*flags = r->data[r->at++];
	size = addr_size((*flags & IPV6) != 0 ? ADDR_V6 : ADDR_V4);
	if (*flags >= FLAGS_END || size > r->used - r->at ||
	    ((*flags & GONE) != 0 && *flags >= SAME << TAG) ||
	    !addr_from_bytes(&a->addr, r->data + r->at, size))
		return false;
	r->at += (uint32_t)size;
	if ((*flags & SAME << NAME) != 0)
		return a->name.p != NULL;
	return read_text(r, &a->name) && a->name.n > 0 && name_is_canonical(a->name);
}

static bool
read_times(struct segment_reader *r, struct answer *a)
{
	int64_t since, age;
	uint64_t ttl;

	/* The numbers may have 63 bits, so they are checked before they are added. */
	if (!read_signed(r, &since) || !read_signed(r, &age) || !read_number(r, &ttl) ||
	    ttl > ANSWER_TTL_MAX)
		return false;
	if (since < -TIME_MAX || since > TIME_MAX || age < -TIME_MAX || age > TIME_MAX)
		return false;
	a->time += since;
	a->first = a->time - age;
	a->ttl = (uint32_t)ttl;
	return a->first >= 0 && a->first <= a->time && a->time <= TIME_MAX;
}

bool
segment_next(struct segment_reader *r, struct answer *a, bool *gone)
{
	uint8_t flags;

	if (r->left == 0)
		return r->at == r->used ? false : reject(r, "trailing data");
	r->left--;
	if (!read_pair(r, &flags, &r->before))
		return reject(r, "invalid entry");
	*gone = (flags & GONE) != 0;
	r->before.imported = (flags & IMPORTED) != 0;
	if (!*gone && (!read_times(r, &r->before) ||
	    !read_value(r, flags, TAG, &r->before.tag) ||
	    !read_value(r, flags, RULE, &r->before.rule) ||
	    !read_value(r, flags, VIA, &r->before.via) || !answer_has_room(&r->before)))
		return reject(r, "invalid entry");
	*a = r->before;
	return true;
}
