/*
 * Barriers: an accepted line is formatted to itself, and is a comment for the parsers of answer
 * lines and route lines.
 */
#include "line/barrier.h"

#include "fuzz.h"
#include "line/answer.h"
#include "line/route.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str line = { (const char *)data, size }, id;
	struct buf out = BUF(100);
	struct route r;

	if (!barrier_parse(line, &id))
		return 0;
	barrier_put(id, &out);
	FUZZ_ASSERT(!out.overflow && out.data[out.len - 1] == '\n');
	FUZZ_ASSERT(str_eq((struct str){ out.data, out.len - 1 }, line));
	FUZZ_ASSERT(id.n <= BARRIER_ID_MAX && str_is_word(id));
	FUZZ_ASSERT(answer_is_comment(line));
	FUZZ_ASSERT(route_parse(line, &r) == NULL && r.verb == ROUTE_COMMENT);
	buf_free(&out);
	return 0;
}
