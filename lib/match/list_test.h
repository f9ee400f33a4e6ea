/*
 * What people expect of their lists: a file of `NAME TAGS` lines, to be kept beside the lists. TAGS
 * are parted by `,`, in any order; `-` is none. A word that begins with `#` begins a comment.
 */
#ifndef LIST_TEST_H
#define LIST_TEST_H

#include <stdio.h>

#include "match/lists.h"

/*
 * Holds the set against the file, and prints `FILE:LINE: NAME: TAGS instead of TAGS` where they
 * differ. Returns an exit status: 0, or 1 when a line differs or is none, or, with a word about it,
 * 2 when the file cannot be read or expects nothing.
 */
int list_test_check(struct lists_set *s, const char *path, FILE *to);

#endif
