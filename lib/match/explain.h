/*
 * Explains the tags of a name: prints every entry that matches the name, and which entry decides.
 */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "match/list_files.h"

/*
 * Appends `NAME TAG RESULT ENTRY FILE:LINE` for each entry that matches a name: first the exception
 * lists, then the lists in the order of the command line; in each list by precedence. Appends `NAME
 * - unmatched` for a name that no entry matches. Names are canonical; `l` was read with `keep` set.
 * Returns whether every name has a tag.
 */
bool explain(const struct list_files *l, const struct str names[], size_t n, struct buf *out);

#endif
