/*
 * Recognizes, by the first bytes, data that a program received by mistake, and gives advice. The
 * result is used in messages only.
 */
#ifndef KIND_H
#define KIND_H

#include "base/str.h"

#define KIND_BYTES 64		/* the most bytes that are compared */

struct kind {
	const char *name;	/* for messages, such as "gzip" */
	const char *advice;	/* if is_packed, the program that unpacks it; else an instruction */
	bool is_packed;
};

/* Returns the kind of data that begins with `start`; NULL for unknown data and plain text. */
const struct kind *kind_of(struct str start);

/* Like kind_of, but for data that must be binary: plain text also has a kind. */
const struct kind *kind_of_binary(struct str start);

/* Whether data of this kind is a capture of packets. */
bool kind_is_capture(const struct kind *k);

/*
 * Returns "NAME; ADVICE", valid until the next call. `reader` is the program that reads unpacked
 * data from stdin, or NULL.
 */
const char *kind_text(const struct kind *k, const char *reader);

#endif
