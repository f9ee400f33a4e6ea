/*
 * Compares the reassembly of fragments with a simple implementation that marks each byte. Each
 * fragment is four bytes of the input: the payload that it belongs to and the data, its offset, its
 * length, and whether more fragments follow.
 */
#include "packet/fragment.h"

#include "fuzz.h"

#define PAYLOADS 4
#define BYTES 4096

static struct plain {
	bool refused;
	size_t total;
	bool has[BYTES];
	char bytes[BYTES];
} plain[PAYLOADS];

static unsigned
count_ranges(const struct plain *p)
{
	unsigned n = 0;

	for (size_t i = 0; i < BYTES; i++)
		n += p->has[i] && (i == 0 || !p->has[i - 1]);
	return n;
}

/* Whether the bytes are all present, with this value. */
static bool
is_repeated(const struct plain *p, size_t from, size_t n, char value)
{
	for (size_t i = from; i < from + n; i++)
		if (!p->has[i] || p->bytes[i] != value)
			return false;
	return n > 0;
}

static bool
overlaps(const struct plain *p, size_t from, size_t n)
{
	for (size_t i = from; i < from + n; i++)
		if (p->has[i])
			return true;
	return false;
}

static size_t
end_of(const struct plain *p)
{
	size_t end = BYTES;

	while (end > 0 && !p->has[end - 1])
		end--;
	return end;
}

/* Adds a fragment; true if it completes the payload. */
static bool
add_plainly(struct plain *p, size_t from, size_t n, bool more, char value)
{
	if (p->refused || is_repeated(p, from, n, value))
		return false;
	p->refused = n == 0 || (more && n % 8 != 0) || overlaps(p, from, n) ||
	    (p->total > 0 && (!more || from + n > p->total)) ||
	    (p->total == 0 && !more && from + n < end_of(p));
	if (p->refused)
		return false;
	memset(p->has + from, true, n);
	memset(p->bytes + from, value, n);
	if (count_ranges(p) > FRAGMENT_RANGES) {
		p->refused = true;
		return false;
	}
	if (!more)
		p->total = from + n;
	return p->total > 0 && end_of(p) == p->total && count_ranges(p) == 1 && p->has[0];
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fragment_table table;
	char bytes[256];

	fragment_open(&table, 1024 * 1024);
	memset(plain, 0, sizeof(plain));
	for (; size >= 4; data += 4, size -= 4) {
		struct plain *p = &plain[data[0] % PAYLOADS];
		size_t from = data[1] * 8u, n = data[2];
		bool more = data[3] & 1;
		char value = (char)(data[0] / PAYLOADS % 2);
		struct ip_packet ip = { .from.family = ADDR_V4, .to.family = ADDR_V4,
		    .id = data[0] % PAYLOADS, .offset = from, .more = more,
		    .is_fragment = true, .payload = { bytes, n } };

		memset(bytes, value, sizeof(bytes));
		FUZZ_ASSERT(fragment_add(&table, &ip, 0) == add_plainly(p, from, n, more, value));
		if (!ip.is_fragment) {
			FUZZ_ASSERT(str_eq(ip.payload, (struct str){ p->bytes, p->total }));
			memset(p, 0, sizeof(*p));
		}
	}
	fragment_free(&table);
	return 0;
}
