/* Builds packets for tests. */
#ifndef PACKETS_H
#define PACKETS_H

#include "base/buf.h"
#include "line/addr.h"

static inline struct addr
packets_addr(const char *text)
{
	struct addr a;

	ck_assert(addr_parse(str_of(text), &a));
	return a;
}

/* Appends an IPv4 header; `fragment` has the flags and the offset. */
static inline void
packets_ipv4(struct buf *b, const char *from, const char *to, uint8_t protocol, uint16_t id,
    uint16_t fragment, size_t payload)
{
	struct addr source = packets_addr(from), destination = packets_addr(to);

	buf_u16(b, 0x4500);
	buf_u16(b, (uint16_t)(20 + payload));
	buf_u16(b, id);
	buf_u16(b, fragment);
	buf_byte(b, 64);
	buf_byte(b, protocol);
	buf_u16(b, 0);
	buf_put(b, source.bytes, 4);
	buf_put(b, destination.bytes, 4);
}

static inline void
packets_ipv6(struct buf *b, const char *from, const char *to, uint8_t protocol, size_t payload)
{
	struct addr source = packets_addr(from), destination = packets_addr(to);

	buf_u32(b, 0x60000000);
	buf_u16(b, (uint16_t)payload);
	buf_byte(b, protocol);
	buf_byte(b, 64);
	buf_put(b, source.bytes, 16);
	buf_put(b, destination.bytes, 16);
}

static inline void
packets_udp(struct buf *b, uint16_t from, uint16_t to, struct str data)
{
	buf_u16(b, from);
	buf_u16(b, to);
	buf_u16(b, (uint16_t)(8 + data.n));
	buf_u16(b, 0);
	buf_str(b, data);
}

static inline void
packets_tcp(struct buf *b, uint16_t from, uint16_t to, uint32_t seq, uint8_t flags, struct str data)
{
	buf_u16(b, from);
	buf_u16(b, to);
	buf_u32(b, seq);
	buf_u32(b, 0);
	buf_byte(b, 0x50);
	buf_byte(b, flags);
	buf_u16(b, 65535);
	buf_u32(b, 0);
	buf_str(b, data);
}

#endif
