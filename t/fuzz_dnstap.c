/*
 * A dnstap payload to answer lines: each line is one that answer_parse takes, and is the same that
 * answer_format would have made of it.
 */
#include "resolved.h"

#include "answer.h"
#include "fuzz.h"

static void
check_line(struct str line)
{
	struct buf again = BUF(2 * ANSWER_MAX);
	struct answer a;

	FUZZ_ASSERT(line.n + 1 <= ANSWER_MAX);
	FUZZ_ASSERT(answer_parse(line, &a) == NULL);
	answer_format(&a, &again);
	FUZZ_ASSERT(again.len == line.n + 1 && memcmp(again.data, line.p, line.n) == 0);
	buf_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct resolved r;
	struct buf out = BUF(100 << 20);
	struct str lines, line;
	uint64_t before;

	if (r.dns == NULL)
		resolved_open(&r, 1);
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
