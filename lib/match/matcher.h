/*
 * What becomes of answer lines: whether their names are in the lists, and the lines with `tag` and
 * `rule`.
 *
 * The lines of one response follow each other and differ in ADDRESS alone: for such a line the
 * verdict on the line before holds. That is all that the matcher remembers.
 */
#ifndef MATCHER_H
#define MATCHER_H

#include "base/buf.h"
#include "match/lists.h"

enum matcher_pass { MATCHER_MATCHING, MATCHER_OTHERS, MATCHER_ALL };

struct matcher {
	enum matcher_pass pass;		/* the lines that pass */
	bool question_only;		/* names in `via` do not count */
	uint64_t lines, matched, passed;	/* counters; bad lines are in `lines` */

	struct lists_set *set;		/* not owned */

	/* About the line before. */
	bool holds;			/* its verdict holds for a line with another ADDRESS also */
	struct buf before;		/* its text */
	size_t address, rest, name;	/* where ADDRESS begins and ends, and where NAME begins */
	struct buf keys;		/* ` tag=... rule=...`, or empty: no list matches */
	/* The line from NAME on, for a line that had such keys before; else empty. */
	struct buf tail;
};

void matcher_open(struct matcher *m, enum matcher_pass pass, bool question_only);
void matcher_close(struct matcher *m);

/* Uses this set from now on, which stays the caller's. */
void matcher_use(struct matcher *m, struct lists_set *set);

/*
 * Reads a line, which is no comment. When it passes, it is appended to *out with its new keys and
 * an LF. NULL, or the reason why it is left out: it breaks the format, or it would be too long with
 * its keys.
 */
const char *matcher_line(struct matcher *m, struct str line, struct buf *out);

#endif
