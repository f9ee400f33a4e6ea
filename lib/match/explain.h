/*
 * Why a name has the tags that it has: every entry that matches it, found by reading the lists once
 * more, line after line and by the letter of the grammar. So the set need not remember where its
 * entries stand, and what is told here does not rest on how the set is made.
 */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "match/list_files.h"

/*
 * Appends a line for each entry that matches a name, `NAME TAG RESULT ENTRY FILE:LINE`: the
 * exception lists first, then the lists in the order of the command line; in each the entry that
 * decides, then those it beat. Of a name that no entry matches, `NAME - unmatched`. Names are
 * canonical; the lists have kept their texts. Returns whether every name has a tag.
 */
bool explain(const struct list_files *l, const struct str names[], size_t n, struct buf *out);

#endif
