#define _GNU_SOURCE	/* memrchr */
#include "dnstap/backlog.h"

/* Marks n bytes as moved. Moved bytes are removed once they exceed a quarter of `lines`. */
static void
take(struct backlog *b, size_t n)
{
	b->head += n;
	if (b->head == b->lines.len) {
		backlog_free(b);
	} else if (b->head > b->lines.len / 4) {
		buf_shift(&b->lines, b->head);
		buf_trim(&b->lines);
		b->head = 0;
	}
}

size_t
backlog_move(struct backlog *b, struct buf *to, size_t n)
{
	const char *front = b->lines.data + b->head;

	if (n < backlog_bytes(b))
		n = (size_t)((const char *)memrchr(front, '\n', n) + 1 - front);
	else
		n = backlog_bytes(b);
	if (n == 0)
		return 0;
	buf_put(to, front, n);
	take(b, n);
	return n;
}

void
backlog_join(struct backlog *b, struct backlog *from)
{
	if (backlog_bytes(b) == 0) {
		*b = *from;
		*from = BACKLOG;
	} else {
		backlog_move(from, &b->lines, SIZE_MAX);
	}
}

void
backlog_free(struct backlog *b)
{
	buf_free(&b->lines);
	b->head = 0;
}
