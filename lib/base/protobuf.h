/* Reads the fields of a Protocol Buffers message in place. */
#ifndef PROTOBUF_H
#define PROTOBUF_H

#include "base/str.h"

enum protobuf_wire {
	PROTOBUF_VARINT = 0,
	PROTOBUF_FIXED64 = 1,
	PROTOBUF_BYTES = 2,
	PROTOBUF_FIXED32 = 5
};

struct protobuf_field {
	unsigned number;
	enum protobuf_wire wire;
	uint64_t value;		/* the value of a varint or fixed32, else undefined */
	struct str bytes;	/* a view of the data; undefined for a varint */
};

/* The most bytes of a varint: of a 64-bit value, and of a 32-bit tag or length. */
#define PROTOBUF_VALUE 10
#define PROTOBUF_SHORT 5

/* Reads a varint of at most `most` bytes from the front of *in. False if incomplete or longer. */
static inline bool
protobuf_varint(struct str *in, unsigned most, uint64_t *value)
{
	*value = 0;
	for (unsigned shift = 0; in->n > 0 && shift < 7 * most; shift += 7) {
		uint8_t byte = (uint8_t)*in->p++;

		in->n--;
		*value |= (uint64_t)(byte & 127) << shift;
		if (byte < 128)
			return true;
	}
	return false;
}

static inline bool
protobuf_take(struct str *in, uint64_t n, struct str *bytes)
{
	if (n > in->n)
		return false;
	*bytes = (struct str){ in->p, (size_t)n };
	in->p += n;
	in->n -= (size_t)n;
	return true;
}

static inline uint32_t
protobuf_fixed32(struct str bytes)
{
	const uint8_t *p = (const uint8_t *)bytes.p;

	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/*
 * Reads the next field from the front of *in, which must not be empty. False if the field is
 * incomplete or a group (obsolete), or its number is not 1 to 4095.
 */
static inline bool
protobuf_next(struct str *in, struct protobuf_field *f)
{
	uint64_t tag;

	if (!protobuf_varint(in, PROTOBUF_SHORT, &tag) || tag < 8 || tag > 4095 * 8 + 7)
		return false;
	f->number = (unsigned)(tag >> 3);
	f->wire = (enum protobuf_wire)(tag & 7);
	switch (f->wire) {
	case PROTOBUF_VARINT:
		return protobuf_varint(in, PROTOBUF_VALUE, &f->value);
	case PROTOBUF_BYTES:
		return protobuf_varint(in, PROTOBUF_SHORT, &f->value) &&
		       protobuf_take(in, f->value, &f->bytes);
	case PROTOBUF_FIXED32:
		if (!protobuf_take(in, 4, &f->bytes))
			return false;
		f->value = protobuf_fixed32(f->bytes);
		return true;
	case PROTOBUF_FIXED64:
		return protobuf_take(in, 8, &f->bytes);
	}
	return false;
}

#endif
