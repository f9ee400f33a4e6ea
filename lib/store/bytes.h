/*
 * Numbers of 1 to 8 bytes in network order.
 */
#ifndef BYTES_H
#define BYTES_H

#include <stdint.h>

static inline void
bytes_put(void *to, uint64_t value, int bytes)
{
	for (uint8_t *p = to; bytes-- > 0; value >>= 8)
		p[bytes] = (uint8_t)value;
}

static inline uint64_t
bytes_get(const void *from, int bytes)
{
	const uint8_t *p = from;
	uint64_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | *p++;
	return value;
}

#endif
