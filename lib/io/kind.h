/*
 * The kind of data that a program received by mistake, by its first bytes, and what to do about it.
 * For messages only; no decision depends on it.
 */
#ifndef KIND_H
#define KIND_H

#include "base/str.h"

#define KIND_BYTES 64		/* the first bytes that matter, at most */

struct kind {
	const char *name;	/* "gzip" */
	const char *advice;	/* for a compressed kind: the program that unpacks it */
	bool is_packed;
};

/* The kind of data with these first bytes, or NULL: unknown, or plain text. */
const struct kind *kind_of(struct str start);

/* As kind_of, for data that must be binary: plain text is also a kind. */
const struct kind *kind_of_binary(struct str start);

/*
 * "NAME; ADVICE", valid until the next call. `reader` is the program that reads the unpacked data
 * from stdin, or NULL.
 */
const char *kind_text(const struct kind *k, const char *reader);

#endif
