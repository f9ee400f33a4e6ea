#include "base/utf8.h"

/* The characters of Unicode 15's categories Cc, Cf, Zl and Zp, in ascending order. */
static const struct {
	uint32_t first, last;
} hidden[] = {
	{ 0x0, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x600, 0x605 }, { 0x61c, 0x61c },
	{ 0x6dd, 0x6dd }, { 0x70f, 0x70f }, { 0x890, 0x891 }, { 0x8e2, 0x8e2 }, { 0x180e, 0x180e },
	{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x2064 }, { 0x2066, 0x206f },
	{ 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0x110bd, 0x110bd }, { 0x110cd, 0x110cd },
	{ 0x13430, 0x1343f }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0001, 0xe0001 },
	{ 0xe0020, 0xe007f },
};

static bool
is_hidden(uint32_t c)
{
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]) && hidden[i].first <= c; i++)
		if (c <= hidden[i].last)
			return true;
	return false;
}

/* The length of a character with this first byte; 0 if the byte cannot begin a character. */
static size_t
length_by_first(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/*
 * The length of the first character, stored in *c; 0 if it is invalid: RFC 3629 sections 3 and 4.
 */
static size_t
decode(struct str text, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const uint8_t *p = (const uint8_t *)text.p;
	size_t n = length_by_first(p[0]);

	if (n == 0 || n > text.n)
		return 0;
	*c = n == 1 ? p[0] : p[0] & 0x7fu >> n;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (p[i] & 0x3f);
	}
	return *c >= least[n] && *c <= 0x10ffff && (*c < 0xd800 || *c > 0xdfff) ? n : 0;
}

bool
utf8_is_plain(struct str text)
{
	uint32_t c;
	size_t n;

	for (; text.n > 0; text.p += n, text.n -= n)
		if ((n = decode(text, &c)) == 0 || is_hidden(c))
			return false;
	return true;
}

static void
put_escaped(struct buf *out, uint8_t byte)
{
	buf_byte(out, '\\');
	buf_byte(out, (uint8_t)('0' + byte / 100));
	buf_byte(out, (uint8_t)('0' + byte / 10 % 10));
	buf_byte(out, (uint8_t)('0' + byte % 10));
}

void
utf8_put_shown(struct str text, struct buf *out)
{
	while (text.n > 0) {
		uint32_t c;
		size_t n = decode(text, &c);

		if (n > 0 && !is_hidden(c))
			buf_put(out, text.p, n);
		else
			for (size_t i = 0; i < (n > 0 ? n : 1); i++)
				put_escaped(out, (uint8_t)text.p[i]);
		text.p += n > 0 ? n : 1;
		text.n -= n > 0 ? n : 1;
	}
}
