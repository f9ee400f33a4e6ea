/*
 * What a person says of addresses that may or may not be routed, in options and files.
 */
#ifndef MARTIANS_FILE_H
#define MARTIANS_FILE_H

#include "base/str.h"
#include "cache/martians.h"

/*
 * Adds a prefix, an address for itself, or `any` for all. NULL, or the reason why it is none of
 * these.
 */
const char *martians_read(struct martians *g, struct str text, bool deny);

/*
 * Denies what stands in a file, one a line; what follows a space is a comment. An error ends the
 * program.
 */
void martians_read_file(struct martians *g, const char *path);

#endif
