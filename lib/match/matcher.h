/*
 * What becomes of answer lines: whether their names are in the lists, and the lines with `tag` and
 * `rule`.
 *
 * The lines of one response follow each other and differ in ADDRESS alone, so they are taken
 * together; and what is asked of a resolver is mostly what was asked a moment ago, so what was said
 * of it then is kept.
 */
#ifndef MATCHER_H
#define MATCHER_H

#include "base/buf.h"
#include "match/lists.h"
#include "match/verdict_cache.h"

#define MATCHER_RUNS 64		/* that are fetched at once, at most */

/* A line of a run that the next ADDRESS is compared with. */
struct matcher_model {
	const char *line;
	size_t last_part;	/* where that of its ADDRESS begins, as addr.h has it; or 0 */
	uint8_t family;
};

/* A line, and those behind it that are as it but for ADDRESS. */
struct matcher_run {
	/* The caller's. */
	struct str first;
	uint64_t number;	/* of the first line in the input */

	/* The matcher's; lengths are in bytes. */
	size_t lines;
	size_t more;		/* length of the lines behind the first, each with its LF */
	const char *why;	/* what is wrong with them before NAME, or NULL */
	struct matcher_model model;
	size_t address, rest;	/* where ADDRESS begins and ends in the first line */
	size_t name;		/* where NAME begins there */
	struct str question;	/* what decides about them; absent when that can not be told yet */
	uint64_t hash;		/* of the question */
};

struct matcher {
	struct lists_set *set;		/* in force; not owned */
	struct verdict_cache memo;		/* the keys, by the question */
	bool question_only;		/* `via` does not count */
	struct str client;		/* that was met last, in the text of a run; or absent */
	bool unsure;			/* a regular expression was given up in the last decision */

	/* About the run that was read last. */
	bool matched;
	struct buf keys;		/* ` tag=... rule=...`, or nothing: what they get */
	/* What its lines are from NAME on, where they had such keys before; else empty. */
	struct buf tail;
};

void matcher_open(struct matcher *m, bool question_only);
void matcher_close(struct matcher *m);

/*
 * Puts a set in force till the next; it stays the caller's. To be called when all runs that were
 * taken are read.
 */
void matcher_use(struct matcher *m, struct lists_set *set);

/*
 * Up to MATCHER_RUNS are taken, into one array, then fetched together, so that what memory has
 * about each is near, and then read in order. A run is taken by its first line; then it may be
 * joined by the lines that the input goes on with, `most` at most, as long as they, and the LF of
 * each, are there: r->lines and r->more tell by how many. The text has to stay till all are read.
 */
void matcher_take(struct matcher *m, struct matcher_run *r);
void matcher_join(struct matcher_run *r, struct str ahead, size_t most);
void matcher_fetch(struct matcher *m, const struct matcher_run runs[], size_t n);

/* The line of the run after *line, the first one after an absent one. False when there is none. */
bool matcher_next(const struct matcher_run *r, struct str *line);

/*
 * Reads the next run and decides about it: NULL and m->matched, or the reason why its lines break
 * the format.
 */
const char *matcher_read(struct matcher *m, const struct matcher_run *r);

/*
 * Appends a line of the run that was read last, with its new keys and LF. False when that is longer
 * than the format allows: then nothing is appended.
 */
bool matcher_put(const struct matcher *m, const struct matcher_run *r, struct str line,
    struct buf *out);

#endif
