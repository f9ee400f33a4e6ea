/*
 * Compares lists with a file of expected tags. A line is `NAME TAGS`: TAGS are separated by `,`, in
 * any order; `-` means no tag. A word that begins with `#` begins a comment.
 */
#ifndef LIST_TEST_H
#define LIST_TEST_H

#include "match/lists.h"

struct list_test {
	struct lists_set *set;	/* not owned */
	struct str rest;	/* lines that were not tested */
	unsigned long line;	/* number of the last tested line, from 1 */
	unsigned long names;	/* tested lines, without comments */
	struct list_entry entry;
	/* Fields of the last tested line, and the tags found; valid until the next call. */
	struct str name, expected, found;
};

/* Begins a test of the lines of `text`. Set and text are not owned. */
void list_test_open(struct list_test *t, struct lists_set *set, struct str text);

/*
 * Tests lines up to the next failure; returns false when no failure is left. *why is the reason why
 * the line is invalid, or NULL when the set gives the name other tags.
 */
bool list_test_next_failure(struct list_test *t, const char **why);

#endif
