/*
 * Matches answer lines with the lists and adds `tag` and `rule`.
 *
 * The lines of one response follow each other and differ only in ADDRESS. For such a line the
 * verdict on the previous line holds; the matcher remembers nothing else.
 */
#ifndef MATCHER_H
#define MATCHER_H

#include "base/buf.h"
#include "match/lists.h"

enum matcher_pass { MATCHER_MATCHING, MATCHER_OTHERS, MATCHER_ALL };

struct matcher {
	enum matcher_pass pass;		/* which lines pass */
	bool question_only;		/* ignore the names in `via` */
	uint64_t lines, matched, passed;	/* counters; `lines` has bad ones */

	struct lists_set *set;		/* not owned */

	/* The previous line: */
	bool holds;			/* its verdict holds for another ADDRESS */
	struct buf before;		/* its text */
	size_t address, rest, name;	/* offsets: ADDRESS, the space after ADDRESS + 1, NAME */
	struct buf keys;		/* ` tag=... rule=...`, or empty: no list matches */
	struct buf tail;		/* from NAME on, if the input had tag or rule; else empty */
};

void matcher_open(struct matcher *m, enum matcher_pass pass, bool question_only);
void matcher_close(struct matcher *m);

/* Replaces the set. The caller keeps it and frees it. */
void matcher_use(struct matcher *m, struct lists_set *set);

/*
 * Reads a line that is not a comment, and appends it with its new keys and an LF to *out if it
 * passes. Returns NULL, or the reason why the line is invalid or too long with its keys.
 */
const char *matcher_line(struct matcher *m, struct str line, struct buf *out);

#endif
