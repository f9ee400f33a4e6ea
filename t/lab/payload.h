/*
 * Builds dnstap payloads for tests. The functions append Protocol Buffers fields or varints.
 */
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include "base/buf.h"

static inline void
payload_varint(struct buf *b, uint64_t value)
{
	for (; value > 127; value >>= 7)
		buf_byte(b, (uint8_t)(value | 128));
	buf_byte(b, (uint8_t)value);
}

static inline void
payload_number(struct buf *b, unsigned field, uint64_t value)
{
	payload_varint(b, field << 3);
	payload_varint(b, value);
}

static inline void
payload_bytes(struct buf *b, unsigned field, struct str value)
{
	payload_varint(b, field << 3 | 2);
	payload_varint(b, value.n);
	buf_str(b, value);
}

static inline void
payload_fixed32(struct buf *b, unsigned field, uint32_t value)
{
	payload_varint(b, field << 3 | 5);
	for (int i = 0; i < 4; i++, value >>= 8)
		buf_byte(b, (uint8_t)value);
}

/* Replaces *b by a Dnstap message with these fields; `message` is an encoded inner Message. */
static inline void
payload_wrap_as(struct buf *b, struct str identity, struct str message)
{
	buf_cut(b, 0);
	payload_bytes(b, 1, identity);
	payload_bytes(b, 14, message);
	payload_number(b, 15, 1);
}

static inline void
payload_wrap(struct buf *b, struct str message)
{
	payload_wrap_as(b, STR("identity"), message);
}

#endif
