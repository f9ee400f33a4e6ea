/*
 * The KEY=VALUE fields at the end of an answer or a route line, separated by one space. A line has
 * a key at most once. KEY has no `=`; VALUE may be empty.
 */
#ifndef KEYVAL_H
#define KEYVAL_H

#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define KEYVAL_MAX 64	/* keys of a line */

struct keyval {
	struct str rest;	/* fields that were not read */
	size_t n;
	struct str seen[KEYVAL_MAX];
};

/* Starts at the first of `fields`, which is absent when there are none. */
void keyval_begin(struct keyval *k, struct str fields);

/* Reads the next field. False at the end, with *why NULL, and at an invalid field. */
bool keyval_next(struct keyval *k, struct str *key, struct str *value, const char **why);

/* Appends ` KEY=VALUE`, or nothing when the value is absent. */
void keyval_put(struct buf *out, struct str key, struct str value);

#endif
