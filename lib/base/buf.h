/*
 * A buffer that grows up to `max` bytes. When data does not fit, `overflow` is set, and nothing is
 * appended until buf_cut: an encoder appends without checks and tests `overflow` once, at the end.
 */
#ifndef BUF_H
#define BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

struct buf {
	char *data;	/* owned; NULL until the first append */
	size_t len;
	size_t cap;	/* bytes allocated */
	size_t max;	/* the most bytes in the buffer */
	bool overflow;	/* set when data does not fit, cleared by buf_cut */
};

#define BUF(limit) ((struct buf){ .max = (limit) })

void buf_free(struct buf *b);

/* Slow path of buf_room: grows the buffer, or sets `overflow` and returns NULL. */
char *buf_room_slow(struct buf *b, size_t n);

/* Returns room for n bytes after the data, or NULL on overflow. The caller increases `len`. */
static inline char *
buf_room(struct buf *b, size_t n)
{
	if (!b->overflow && n <= b->cap - b->len)
		return b->data + b->len;
	return buf_room_slow(b, n);
}

static inline void
buf_put(struct buf *b, const void *data, size_t n)
{
	char *to = n > 0 ? buf_room(b, n) : NULL;

	if (to == NULL)
		return;
	memcpy(to, data, n);
	b->len += n;
}

static inline void
buf_str(struct buf *b, struct str s)
{
	buf_put(b, s.p, s.n);
}

static inline void
buf_byte(struct buf *b, uint8_t byte)
{
	buf_put(b, &byte, 1);
}

void buf_u16(struct buf *b, uint16_t value);	/* network order */
void buf_u32(struct buf *b, uint32_t value);	/* network order */
void buf_num(struct buf *b, uint64_t value);	/* decimal digits */

/* Removes all but the first `len` bytes, and clears `overflow`. */
static inline void
buf_cut(struct buf *b, size_t len)
{
	b->len = len;
	b->overflow = false;
}

/* Shrinks the allocation to twice `len` if at most a quarter of it is in use. */
void buf_trim(struct buf *b);

/* Removes the first n bytes. */
void buf_shift(struct buf *b, size_t n);

static inline struct str
buf_view(const struct buf *b)
{
	return (struct str){ b->data, b->len };
}

#endif
