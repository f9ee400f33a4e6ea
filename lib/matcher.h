/*
 * What becomes of answer lines: whether their names are in the lists, and the lines with `tag` and `rule`.
 *
 * The lines of one response follow each other and differ in ADDRESS alone, so a look mostly serves for more than one;
 * and what is asked of a resolver is mostly what was asked a moment ago, so what was said of it then is kept.
 */
#ifndef MATCHER_H
#define MATCHER_H

#include "buf.h"
#include "lists.h"
#include "memo.h"

#define MATCHER_LINES 64	/* that are fetched at once, at most */

struct matcher_line {
	/* The caller's. */
	struct str text;
	uint64_t number;	/* in the input */

	/* The matcher's. */
	const char *why;	/* what is wrong with it before NAME, or NULL */
	bool alike;		/* it is as the line before it, but for ADDRESS, and that is one */
	uint8_t family;		/* of ADDRESS */
	size_t address, rest;	/* where its ADDRESS begins and ends */
	size_t last_part;	/* where that of ADDRESS begins, as addr.h has it; or 0 */
	size_t name;		/* where NAME begins */
	struct str question;	/* what decides about it; absent when that can not be told yet */
	struct str client;	/* an address that comes last, or absent */
	uint64_t hash;		/* of the question, when the line is not alike */
};

struct matcher {
	struct lists_set *set;		/* in force; not owned */
	struct memo memo;		/* the keys, by the question */
	bool question_only;		/* `via` does not count */
	const struct matcher_line *before;	/* the line that was taken last */
	struct matcher_line last;	/* of the lines that were fetched last; its text is absent when there is none */
	struct buf last_text;

	/* About the line that was read last. */
	const char *why;
	bool matched;
	struct buf keys;		/* ` tag=... rule=...`, or nothing: what it gets */
	struct buf tail;		/* what it is from NAME on, where it had such keys before; else empty */
};

void matcher_open(struct matcher *m, bool question_only);
void matcher_close(struct matcher *m);

/* Puts a set in force till the next; it stays the caller's. To be called when all lines that were taken are read. */
void matcher_use(struct matcher *m, struct lists_set *set);

/*
 * Up to MATCHER_LINES lines are taken one by one, into one array, then fetched together, so that what memory has about
 * each is near, and then read in order. A line is taken from what is ahead in the input, when it begins with a line, and
 * its LF, that is as the one that was taken before but for ADDRESS: then the text is set; false when it does not. Any
 * other is taken by its text. The number is the caller's.
 */
bool matcher_take_alike(struct matcher *m, struct str ahead, struct matcher_line *l);
void matcher_take(struct matcher *m, struct matcher_line *l);
void matcher_fetch(struct matcher *m, const struct matcher_line lines[], size_t n);

/* Reads the next line and decides about it: NULL and m->matched, or the reason why it breaks the format. */
const char *matcher_read(struct matcher *m, const struct matcher_line *l);

/*
 * Appends the line that was read last with its new keys and LF. False when that is longer than the format allows: then
 * nothing is appended.
 */
bool matcher_put(const struct matcher *m, const struct matcher_line *l, struct buf *out);

#endif
