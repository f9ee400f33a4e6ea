/*
 * The answer line: an accepted line formats to a line that parses to the same answer, and
 * answer_retag_tail changes only tag and rule.
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str line = { (const char *)data, size };
	struct buf out = BUF(4 * ANSWER_MAX);
	struct answer a, again;

	if (answer_parse(line, &a) != NULL)
		return 0;
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
