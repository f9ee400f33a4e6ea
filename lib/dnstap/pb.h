/*
 * The fields of a Protocol Buffers message, one after the other, where they lie.
 */
#ifndef PB_H
#define PB_H

#include "base/str.h"

enum pb_wire { PB_VARINT = 0, PB_FIXED64 = 1, PB_BYTES = 2, PB_FIXED32 = 5 };

struct pb_field {
	unsigned number;
	enum pb_wire wire;
	uint64_t value;		/* of a varint or a fixed32, else undefined */
	struct str bytes;	/* of the others: a view */
};

/* The most bytes that a number takes: a value's 64 bits, and the 32 bits of a tag or a length. */
#define PB_VALUE 10
#define PB_SHORT 5

/* Takes a number of at most `most` bytes off the front of *in. False where none stands there. */
static inline bool
pb_varint(struct str *in, unsigned most, uint64_t *value)
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
pb_take(struct str *in, uint64_t n, struct str *bytes)
{
	if (n > in->n)
		return false;
	*bytes = (struct str){ in->p, (size_t)n };
	in->p += n;
	in->n -= (size_t)n;
	return true;
}

static inline uint32_t
pb_fixed32(struct str bytes)
{
	const uint8_t *p = (const uint8_t *)bytes.p;

	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/*
 * Takes the next field off the front of *in, which is not empty. False where none stands there
 * whole, or one of a kind that went out of use (groups). Numbers of fields go up to 4095: of
 * greater ones it is false, too.
 */
static inline bool
pb_next(struct str *in, struct pb_field *f)
{
	uint64_t tag;

	if (!pb_varint(in, PB_SHORT, &tag) || tag < 8 || tag > 4095 * 8 + 7)
		return false;
	f->number = (unsigned)(tag >> 3);
	f->wire = (enum pb_wire)(tag & 7);
	switch (f->wire) {
	case PB_VARINT:
		return pb_varint(in, PB_VALUE, &f->value);
	case PB_BYTES:
		return pb_varint(in, PB_SHORT, &f->value) && pb_take(in, f->value, &f->bytes);
	case PB_FIXED32:
		if (!pb_take(in, 4, &f->bytes))
			return false;
		f->value = pb_fixed32(f->bytes);
		return true;
	case PB_FIXED64:
		return pb_take(in, 8, &f->bytes);
	}
	return false;
}

#endif
