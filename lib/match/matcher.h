/*
 * Matches answer lines with the lists and adds `tag` and `rule`.
 *
 * The lines of one response follow each other and differ only in ADDRESS. The matcher stores the
 * previous line and its verdict, and reuses the verdict if the next line differs only in ADDRESS.
 */
#ifndef MATCHER_H
#define MATCHER_H

#include "base/buf.h"
#include "match/lists.h"

enum matcher_pass { MATCHER_MATCHING, MATCHER_OTHERS, MATCHER_ALL };

struct matcher {
	enum matcher_pass pass;		/* which lines pass */
	bool question_only;		/* ignore the names in `via` */
	uint64_t lines, matched, passed;	/* counters; `lines` includes invalid lines */

	struct lists_set *set;		/* not owned */

	/* The previous line: */
	bool holds;			/* the verdict may be reused for another ADDRESS */
	struct buf before;		/* text of the previous line */
	size_t address, rest, name;	/* offsets of ADDRESS, TTL and NAME */
	struct buf keys;		/* new keys ` tag=... rule=...`; empty: no list matches */
	struct buf tail;		/* NAME to the end without old keys; or empty */
};

void matcher_open(struct matcher *m, enum matcher_pass pass, bool question_only);
void matcher_close(struct matcher *m);

/* Replaces the set, which the caller continues to own. */
void matcher_use(struct matcher *m, struct lists_set *set);

/*
 * Matches a line. If the line passes, appends it with its new keys and an LF to *out. Of comments,
 * only barriers pass. Returns NULL, or the reason why the line is invalid, or too long with its
 * keys.
 */
const char *matcher_line(struct matcher *m, struct str line, struct buf *out);

#endif
