/*
 * Every answer line has an address, so these functions are written for speed instead of with
 * inet_pton(3) and inet_ntop(3). A canonical address is recognized from its spelling, without
 * formatting it again; test_addr.c compares the results with the functions of libc.
 */
#include "line/addr.h"

#include "base/num.h"

static char *
octet_format(uint8_t v, char *p)
{
	if (v >= 100)
		*p++ = (char)('0' + v / 100);
	if (v >= 10)
		*p++ = (char)('0' + v / 10 % 10);
	*p++ = (char)('0' + v % 10);
	return p;
}

static size_t
v4_format(const uint8_t *bytes, char *out)
{
	char *p = octet_format(bytes[0], out);

	for (int i = 1; i < 4; i++) {
		*p++ = '.';
		p = octet_format(bytes[i], p);
	}
	*p = '\0';
	return (size_t)(p - out);
}

static char *
hex_format(uint16_t v, char *p)
{
	static const char digits[] = "0123456789abcdef";
	int shift = v >= 0x1000 ? 12 : v >= 0x100 ? 8 : v >= 0x10 ? 4 : 0;

	for (; shift >= 0; shift -= 4)
		*p++ = digits[v >> shift & 15];
	return p;
}

/* Finds the groups that inet_ntop writes as `::`: the first longest run of at least two zeros. */
static int
zero_run(const uint16_t groups[8], int *len)
{
	int best = -1, start = -1;

	*len = 1;
	for (int i = 0; i < 8; i++) {
		if (groups[i] != 0) {
			start = -1;
			continue;
		}
		if (start < 0)
			start = i;
		if (i - start + 1 > *len) {
			best = start;
			*len = i - start + 1;
		}
	}
	return best;
}

static void
v6_split(const uint8_t *bytes, uint16_t groups[8])
{
	for (int i = 0; i < 8; i++)
		groups[i] = (uint16_t)(bytes[2 * i] << 8 | bytes[2 * i + 1]);
}

/* Whether inet_ntop writes the last four bytes as an IPv4 address. */
static bool
is_dotted(const uint16_t groups[8], int run, int len)
{
	return run == 0 && (len == 6 || (len == 5 && groups[5] == 0xffff));
}

static size_t
v6_format(const uint8_t *bytes, char *out)
{
	uint16_t groups[8];
	char *p = out;
	int run, len;

	v6_split(bytes, groups);
	run = zero_run(groups, &len);
	for (int i = 0; i < 8; i++) {
		if (i == run) {
			*p++ = ':';
			i += len - 1;
			if (i == 7)
				*p++ = ':';
			continue;
		}
		if (i > 0)
			*p++ = ':';
		if (i == 6 && is_dotted(groups, run, len))
			return (size_t)(p - out) + v4_format(bytes + 12, p);
		p = hex_format(groups[i], p);
	}
	*p = '\0';
	return (size_t)(p - out);
}

bool
addr_from_bytes(struct addr *a, const void *bytes, size_t size)
{
	if (size != 4 && size != 16)
		return false;
	memset(a, 0, sizeof(*a));
	a->family = size == 4 ? ADDR_V4 : ADDR_V6;
	memcpy(a->bytes, bytes, size);
	return true;
}

size_t
addr_format(const struct addr *a, char out[ADDR_STRLEN])
{
	return a->family == ADDR_V4 ? v4_format(a->bytes, out) : v6_format(a->bytes, out);
}

static inline bool
take_digit(struct str *in, unsigned *digit)
{
	if (in->n == 0 || (*digit = (unsigned)(unsigned char)*in->p - '0') > 9)
		return false;
	in->p++;
	in->n--;
	return true;
}

/* Removes a number of at most 255, without a leading zero, from the front of *in. */
static inline bool
take_octet(struct str *in, uint8_t *octet)
{
	unsigned value, digit;

	if (!take_digit(in, &value))
		return false;
	if (value > 0 && take_digit(in, &digit)) {
		value = value * 10 + digit;
		if (take_digit(in, &digit))
			value = value * 10 + digit;
	}
	*octet = (uint8_t)value;
	return value <= 255;
}

static bool
v4_parse(struct str text, uint8_t *bytes)
{
	for (int i = 0; i < 4; i++) {
		if (i > 0) {
			if (text.n == 0 || *text.p != '.')
				return false;
			text.p++;
			text.n--;
		}
		if (!take_octet(&text, &bytes[i]))
			return false;
	}
	return text.n == 0;
}

/* The value of a hexadecimal digit, or -1. */
static inline int
hex_digit(char c)
{
	static const int8_t values[256] = {
		['0'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ['A'] = 11, 12, 13, 14, 15, 16, ['a'] = 11,
		12, 13, 14, 15, 16,
	};

	return values[(uint8_t)c] - 1;
}

/* The spelling of an IPv6 address. */
struct v6_text {
	int gap, zeros;	/* the bytes that `::` stands for: offset and number; -1 and 0: no `::` */
	bool dotted;	/* the last four bytes are written as IPv4 */
	bool lean;	/* no group has a leading zero or a capital letter */
	bool zero;	/* a group is 0 */
};

/* Reads the groups into `bytes`, without the zeros of `::`. Returns the number of bytes, or -1. */
static int
v6_groups(struct str text, uint8_t bytes[16], struct v6_text *t)
{
	size_t i = 0;
	int at = 0;

	*t = (struct v6_text){ .gap = -1, .lean = true };
	if (text.n >= 2 && text.p[0] == ':' && text.p[1] == ':') {
		t->gap = 0;
		i = 2;
	}
	while (i < text.n) {
		size_t start = i;
		unsigned value = 0;
		int digit;

		for (; i < text.n && (digit = hex_digit(text.p[i])) >= 0; i++) {
			if (i - start >= 4)
				return -1;
			t->lean &= text.p[i] <= '9' || text.p[i] >= 'a';
			value = value << 4 | (unsigned)digit;
		}
		if (i < text.n && text.p[i] == '.') {
			if (at > 12 ||
			    !v4_parse((struct str){ text.p + start, text.n - start }, bytes + at))
				return -1;
			t->dotted = true;
			return at + 4;
		}
		if (i == start || at > 14)
			return -1;
		t->lean &= text.p[start] != '0' || i - start == 1;
		t->zero |= value == 0;
		bytes[at++] = (uint8_t)(value >> 8);
		bytes[at++] = (uint8_t)value;
		if (i == text.n)
			break;
		if (text.p[i++] != ':' || i == text.n)
			return -1;
		if (text.p[i] == ':') {
			if (t->gap >= 0)
				return -1;
			t->gap = at;
			i++;
		}
	}
	return at;
}

static bool
v6_parse(struct str text, uint8_t bytes[16], struct v6_text *t)
{
	int n = v6_groups(text, bytes, t), gap = t->gap;

	if (n < 0 || (gap < 0 && n != 16) || (gap >= 0 && n > 14))
		return false;
	t->zeros = 16 - n;
	if (gap >= 0) {
		memmove(bytes + 16 - (n - gap), bytes + gap, (size_t)(n - gap));
		memset(bytes + gap, 0, (size_t)t->zeros);
	}
	return true;
}

/* Whether v6_format writes the address with the same spelling. */
static bool
is_canonical(const struct addr *a, const struct v6_text *t)
{
	uint16_t groups[8];
	int run, len;

	if (!t->zero && !t->dotted && t->gap != 0)	/* usual case: zeros only in `::` */
		return t->lean && (t->gap < 0 || t->zeros > 2);
	v6_split(a->bytes, groups);
	run = zero_run(groups, &len);
	return t->lean && t->gap == (run < 0 ? -1 : 2 * run) &&
	    t->zeros == (run < 0 ? 0 : 2 * len) && t->dotted == is_dotted(groups, run, len);
}

static bool
parse(struct str text, struct addr *a, struct v6_text *t)
{
	memset(a, 0, sizeof(*a));
	if (text.n == 0 || text.n >= ADDR_STRLEN)
		return false;
	a->family = ADDR_V4;
	if (v4_parse(text, a->bytes))
		return true;
	a->family = ADDR_V6;
	return v6_parse(text, a->bytes, t);	/* sets all bytes of the address */
}

bool
addr_parse(struct str text, struct addr *a)
{
	struct v6_text t;

	return parse(text, a, &t);
}

bool
addr_parse_canonical(struct str text, struct addr *a)
{
	struct v6_text t;

	/* v4_parse accepts only one spelling of an address. */
	return parse(text, a, &t) && (a->family == ADDR_V4 || is_canonical(a, &t));
}

size_t
prefix_format(const struct prefix *p, char out[PREFIX_STRLEN])
{
	char *end = out + addr_format(&p->addr, out);

	*end++ = '/';
	end = octet_format(p->len, end);
	*end = '\0';
	return (size_t)(end - out);
}

struct prefix
prefix_of(const struct addr *a, uint8_t len)
{
	struct prefix p = { *a, len };
	size_t whole = len / 8;

	if (len < addr_bits(a->family))
		p.addr.bytes[whole++] &= (uint8_t)(0xff00 >> len % 8);
	memset(p.addr.bytes + whole, 0, sizeof(p.addr.bytes) - whole);
	return p;
}

bool
prefix_covers(const struct prefix *p, const struct addr *a)
{
	size_t whole = p->len / 8;
	uint8_t mask = (uint8_t)(0xff00 >> p->len % 8);

	return p->addr.family == a->family && memcmp(p->addr.bytes, a->bytes, whole) == 0 &&
	    (mask == 0 || ((p->addr.bytes[whole] ^ a->bytes[whole]) & mask) == 0);
}

static bool
host_bits_clear(const struct prefix *p)
{
	for (size_t i = p->len; i < addr_bits(p->addr.family); i++)
		if (p->addr.bytes[i / 8] & 0x80 >> i % 8)
			return false;
	return true;
}

/* Reads the LENGTH of ADDRESS/LENGTH; p->addr is set. Returns NULL, or the reason. */
static const char *
read_length(struct str text, struct prefix *p)
{
	uint32_t len;

	if (!num_parse(text, addr_bits(p->addr.family), &len))
		return "prefix length out of range";
	p->len = (uint8_t)len;
	if (!host_bits_clear(p))
		return "host bits are set after the prefix length";
	return NULL;
}

const char *
prefix_parse(struct str text, struct prefix *p)
{
	struct str address;

	if (!str_split(&text, '/', &address) || text.p == NULL)
		return "prefix without a length";
	if (!addr_parse_canonical(address, &p->addr))
		return "not an address in canonical form, as in 192.0.2.1 or 2001:db8::1";
	return read_length(text, p);
}

const char *
prefix_parse_loose(struct str text, struct prefix *p)
{
	struct str address = { NULL, 0 };

	str_split(&text, '/', &address);
	if (!addr_parse(address, &p->addr))
		return "not an address";
	p->len = addr_bits(p->addr.family);
	return text.p != NULL ? read_length(text, p) : NULL;
}
