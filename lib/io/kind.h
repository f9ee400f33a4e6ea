/*
 * What a program was given by mistake: the kind of data by its first bytes, and what to do with
 * data of that kind. For messages only; no decision depends on it.
 */
#ifndef KIND_H
#define KIND_H

#include "base/str.h"

#define KIND_BYTES 64		/* the first bytes that are looked at, at most */

struct kind {
	const char *name;	/* "gzip" */
	const char *advice;	/* of a compressed kind the program that unpacks it */
	bool is_packed;
};

/* The kind of data that begins so, or NULL: unknown. Plain text is none of the kinds. */
const struct kind *kind_of(struct str start);

/* As kind_of, for data that must be binary: plain text is a kind too. */
const struct kind *kind_of_binary(struct str start);

/*
 * "NAME; ADVICE". `reader` is the program that can read the unpacked data from stdin, or NULL. Good
 * until the next call.
 */
const char *kind_text(const struct kind *k, const char *reader);

#endif
