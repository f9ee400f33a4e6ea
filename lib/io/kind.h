/*
 * Recognizes by its first bytes data that a program received by mistake, and gives advice. This is
 * for messages only; no decision depends on it.
 */
#ifndef KIND_H
#define KIND_H

#include "base/str.h"

#define KIND_BYTES 64		/* the most bytes that are compared */

struct kind {
	const char *name;	/* "gzip" */
	const char *advice;	/* what to do; if is_packed, the program that unpacks it */
	bool is_packed;
};

/* The kind of data with these first bytes, or NULL: unknown, or plain text. */
const struct kind *kind_of(struct str start);

/* As kind_of, for data that must be binary: plain text is also a kind. */
const struct kind *kind_of_binary(struct str start);

/*
 * Returns "NAME; ADVICE", valid until the next call. `reader` is the program that reads unpacked
 * data from stdin, or NULL.
 */
const char *kind_text(const struct kind *k, const char *reader);

#endif
