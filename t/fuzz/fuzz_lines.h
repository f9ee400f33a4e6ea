/*
 * Checks the output of dnstap-read: answer_parse accepts each line, its fields are as answer_format
 * writes them, and its keys are in order.
 */
#ifndef FUZZ_LINES_H
#define FUZZ_LINES_H

#include "fuzz.h"
#include "line/answer.h"
#include "line/answer_key.h"
#include "line/keyval.h"

/* Appends the fields unchanged. Their keys must be known and in order. */
static inline void
put_keys(struct str fields, struct buf *out)
{
	struct str key, value;
	struct keyval keys;
	const char *why;
	enum answer_key at = 0;

	keyval_begin(&keys, fields);
	while (keyval_next(&keys, &key, &value, &why)) {
		FUZZ_ASSERT(answer_key_of(key) >= at && value.n > 0);
		at = answer_key_of(key);
		FUZZ_ASSERT(at <= ANSWER_SERVER);
		keyval_put(out, key, value);
	}
	FUZZ_ASSERT(why == NULL);
}

static inline void
check_line(struct str line)
{
	struct buf again = BUF(2 * ANSWER_MAX);
	struct answer a, plain;

	FUZZ_ASSERT(line.n + 1 <= ANSWER_MAX);
	FUZZ_ASSERT(answer_parse(line, &a) == NULL);
	plain = (struct answer){ .time = a.time, .addr = a.addr, .ttl = a.ttl, .name = a.name,
	    .first = -1 };
	answer_format(&plain, &again);
	buf_cut(&again, again.len - 1);
	put_keys(a.keys, &again);
	FUZZ_ASSERT(again.len == line.n && memcmp(again.data, line.p, line.n) == 0);
	buf_free(&again);
}

/* Checks that `out` has only whole, valid lines. Returns the number of lines. */
static inline uint64_t
check_lines(const struct buf *out)
{
	struct str lines = buf_view(out), line;
	uint64_t n = 0;

	FUZZ_ASSERT(lines.n == 0 || lines.p[lines.n - 1] == '\n');
	for (; lines.n > 0 && str_split(&lines, '\n', &line); n++)
		check_line(line);
	return n;
}

#endif
