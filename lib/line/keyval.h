/*
 * The KEY=VALUE fields at the end of an answer or a route line: parted by one space, a key once in
 * a line, the value any text, empty too. KEY has no `=`.
 */
#ifndef KEYVAL_H
#define KEYVAL_H

#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define KEYVAL_MAX 64	/* more keys than this in a line are not taken */

struct keyval {
	struct str rest;	/* not read yet */
	uint64_t bits;		/* by a hash of each key: a clear bit says that a key is new */
	size_t n;
	struct str seen[KEYVAL_MAX];
};

/* Starts over `fields`, which is absent when there are none. */
void keyval_begin(struct keyval *k, struct str fields);

/*
 * Takes the next field apart. False at the end, and at a field that breaks the rules: then *why is
 * the reason, which is NULL otherwise.
 */
bool keyval_next(struct keyval *k, struct str *key, struct str *value, const char **why);

/* Appends ` KEY=VALUE`; nothing when the value is absent. */
void keyval_put(struct buf *out, struct str key, struct str value);

#endif
