/*
 * The KEY=VALUE fields at the end of an answer line or a route line, separated by one space. Each
 * key occurs at most once in a line. KEY contains no `=`; VALUE may be empty.
 */
#ifndef KEYVAL_H
#define KEYVAL_H

#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define KEYVAL_MAX 64	/* the most keys of a line */

struct keyval {
	struct str rest;	/* the fields left to read */
	size_t n;
	struct str seen[KEYVAL_MAX];
};

/* Starts at the first field. `fields` is absent when the line has no fields. */
void keyval_begin(struct keyval *k, struct str fields);

/* Reads the next field. False at the end (*why is NULL), or if invalid (*why is the reason). */
bool keyval_next(struct keyval *k, struct str *key, struct str *value, const char **why);

/* Appends ` KEY=VALUE`, or nothing when the value is absent. */
void keyval_put(struct buf *out, struct str key, struct str value);

#endif
