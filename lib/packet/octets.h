/* Numbers in network order, at an offset of a view. */
#ifndef OCTETS_H
#define OCTETS_H

#include <stdint.h>

#include "base/str.h"

static inline uint16_t
octets_u16(struct str s, size_t at)
{
	return (uint16_t)((uint8_t)s.p[at] << 8 | (uint8_t)s.p[at + 1]);
}

static inline uint32_t
octets_u32(struct str s, size_t at)
{
	return (uint32_t)octets_u16(s, at) << 16 | octets_u16(s, at + 2);
}

/* The view without its first n bytes; n is at most s.n. */
static inline struct str
octets_after(struct str s, size_t n)
{
	return (struct str){ s.p + n, s.n - n };
}

#endif
