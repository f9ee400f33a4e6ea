#include "base/buf.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/num.h"

void
buf_free(struct buf *b)
{
	free(b->data);
	*b = BUF(b->max);
}

char *
buf_room_slow(struct buf *b, size_t n)
{
	size_t cap = b->cap > 0 ? b->cap : 256;

	if (b->overflow || n > b->max - b->len) {
		b->overflow = true;
		return NULL;
	}
	while (cap - b->len < n)
		cap *= 2;
	b->cap = cap < b->max ? cap : b->max;
	b->data = mem_resize(b->data, b->cap, 1);
	return b->data + b->len;
}

void
buf_u16(struct buf *b, uint16_t value)
{
	uint8_t bytes[] = { (uint8_t)(value >> 8), (uint8_t)value };

	buf_put(b, bytes, sizeof(bytes));
}

void
buf_u32(struct buf *b, uint32_t value)
{
	buf_u16(b, (uint16_t)(value >> 16));
	buf_u16(b, (uint16_t)value);
}

void
buf_num(struct buf *b, uint64_t value)
{
	char digits[NUM_STRLEN];

	buf_put(b, digits, (size_t)num_format(value, digits));
}

void
buf_trim(struct buf *b)
{
	if (b->len == 0 || b->len > b->cap / 4)
		return;
	b->cap = 2 * b->len;
	b->data = mem_resize(b->data, b->cap, 1);
}

void
buf_shift(struct buf *b, size_t n)
{
	b->len -= n;
	if (b->len > 0)
		memmove(b->data, b->data + n, b->len);
}
