/*
 * A dnstap payload to answer lines: each line is one that answer_parse takes, with its fields as
 * answer_format writes them and its keys in their order.
 */
#include "resolved.h"

#include "answer.h"
#include "fuzz.h"
#include "keys.h"

/* Appends the keys as they stand, which they must in this order. */
static void
put_keys(struct str fields, struct buf *out)
{
	static const char *order[] = { "via", "client", "type", "tap", "server" };
	const size_t n = sizeof(order) / sizeof(order[0]);
	struct str key, value;
	struct keys keys;
	const char *why;
	size_t at = 0;

	keys_begin(&keys, fields);
	while (keys_next(&keys, &key, &value, &why)) {
		while (at < n && !str_eq(key, (struct str){ order[at], strlen(order[at]) }))
			at++;
		FUZZ_ASSERT(at < n && value.n > 0);
		keys_put(out, key, value);
	}
	FUZZ_ASSERT(why == NULL);
}

static void
check_line(struct str line)
{
	struct buf again = BUF(2 * ANSWER_MAX);
	struct answer a, plain;

	FUZZ_ASSERT(line.n + 1 <= ANSWER_MAX);
	FUZZ_ASSERT(answer_parse(line, &a) == NULL);
	plain = (struct answer){ .time = a.time, .addr = a.addr, .ttl = a.ttl, .name = a.name, .first = -1 };
	answer_format(&plain, &again);
	buf_cut(&again, again.len - 1);
	put_keys(a.keys, &again);
	FUZZ_ASSERT(again.len == line.n && memcmp(again.data, line.p, line.n) == 0);
	buf_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct resolved r;
	struct buf out = BUF(100 << 20);
	struct str lines, line;
	uint64_t before;

	if (r.dns == NULL) {
		resolved_open(&r, 1);
		r.types = ~0u;
		r.server = true;
		FUZZ_ASSERT(nat64_add(&r.nat64, STR("2001:db8::/32")) == NULL);
	}
	before = r.answers;
	resolved_take(&r, (struct str){ (const char *)data, size }, 12345678, false, &out, out.max);
	lines = buf_view(&out);
	while (lines.n > 0 && str_split(&lines, '\n', &line)) {
		check_line(line);
		before++;
	}
	FUZZ_ASSERT(before == r.answers);
	buf_free(&out);
	return 0;
}
