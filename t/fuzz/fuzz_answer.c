/*
 * The answer line: whatever is taken formats to a line that reads back as the same answer, and
 * answer_retag_tail leaves all but tag and rule as it was.
 */
#include "line/answer.h"

#include <stdlib.h>

#include "fuzz.h"

static void
check_same(const struct answer *a, const struct answer *b)
{
	FUZZ_ASSERT(a->time == b->time && a->ttl == b->ttl && a->first == b->first);
	FUZZ_ASSERT(addr_eq(&a->addr, &b->addr));
	FUZZ_ASSERT(str_eq(a->name, b->name));
	FUZZ_ASSERT(str_eq(a->via, b->via) && str_eq(a->client, b->client));
}

/*
 * Lines that follow each other, and go on in the same way after TTL or not, are each read as if it
 * stood alone.
 */
static void
check_next(const struct answer *a, struct str line)
{
	struct buf next = BUF(4 * ANSWER_MAX);
	struct answer alone, following;

	FUZZ_ASSERT(answer_parse_next(line, a, &following) == NULL);
	check_same(a, &following);
	buf_str(&next, STR("1.000000 192.0.2.1 2 "));
	buf_put(&next, a->name.p, (size_t)(line.p + line.n - a->name.p));
	for (int end = 0; end < 2; end++) {
		struct str text = { next.data, next.len - (size_t)end };
		const char *why = answer_parse(text, &alone);

		FUZZ_ASSERT(answer_parse_next(text, a, &following) == why);
		if (why != NULL)
			continue;
		check_same(&alone, &following);
		FUZZ_ASSERT(str_eq(alone.keys, following.keys) && str_eq(alone.tag, following.tag));
		FUZZ_ASSERT(str_eq(alone.rule, following.rule));
	}
	buf_free(&next);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str line = { (const char *)data, size };
	struct buf out = BUF(4 * ANSWER_MAX);
	struct answer a, again;

	if (answer_parse(line, &a) != NULL)
		return 0;
	check_next(&a, line);
	answer_format(&a, &out);
	FUZZ_ASSERT(answer_parse((struct str){ out.data, out.len - 1 }, &again) == NULL);
	check_same(&a, &again);
	FUZZ_ASSERT(str_eq(a.tag, again.tag) && str_eq(a.rule, again.rule));

	buf_cut(&out, 0);
	buf_put(&out, line.p, (size_t)(a.name.p - line.p));
	answer_retag_tail(&a, STR(" tag=t rule=r"), &out);
	if (out.len <= ANSWER_MAX &&
	    answer_parse((struct str){ out.data, out.len - 1 }, &again) == NULL) {
		check_same(&a, &again);
		FUZZ_ASSERT(str_eq(again.tag, STR("t")) && str_eq(again.rule, STR("r")));
	}
	buf_free(&out);
	return 0;
}
