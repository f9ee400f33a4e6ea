/*
 * What a person says of addresses that may or may not be routed, in options and files.
 */
#ifndef GUARDFILE_H
#define GUARDFILE_H

#include "cache/guard.h"
#include "base/str.h"

/*
 * Adds a prefix, an address for itself, or `any` for all. NULL, or the reason why it is none of
 * these.
 */
const char *guard_read(struct guard *g, struct str text, bool deny);

/*
 * Denies what stands in a file, one a line; what follows a space is a comment. An error ends the
 * program.
 */
void guard_read_file(struct guard *g, const char *path);

#endif
