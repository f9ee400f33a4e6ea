/*
 * What becomes of an answer line: whether its names are in the lists, and the line with `tag` and `rule`.
 *
 * The lines of one response follow each other and differ in ADDRESS alone, so a look mostly serves for more than one.
 */
#ifndef MATCHER_H
#define MATCHER_H

#include "buf.h"
#include "lists.h"

struct matcher {
	struct lists_set *set;		/* in force; not owned */
	bool question_only;		/* `via` does not count */

	/* About the line that was read last. */
	bool matched;
	struct buf line;		/* empty before the first, and after the set has changed */
	size_t address, rest;		/* where its ADDRESS begins and ends */
	size_t name;			/* where NAME begins */
	struct buf keys;		/* ` tag=... rule=...`, or nothing: what it gets */
	struct buf tail;		/* what it is from NAME on, where it had such keys before; else empty */
};

void matcher_open(struct matcher *m, bool question_only);
void matcher_close(struct matcher *m);

/* Puts a set in force till the next; it stays the caller's. */
void matcher_use(struct matcher *m, struct lists_set *set);

/* Reads a line and decides about it: NULL and m->matched, or the reason why it breaks the format. */
const char *matcher_read(struct matcher *m, struct str line);

/*
 * Appends the line that was read last, as it was given to matcher_read, with its new keys and LF. False when that
 * is longer than the format allows: then nothing is appended.
 */
bool matcher_put(const struct matcher *m, struct str line, struct buf *out);

#endif
