/*
 * Guesses, from the first lines of a text, which FORMAT of dnstap-list(1) the text has. Messages
 * and `dnstap-list auto` report the guess; dnstap-match never accepts a line because of a guess.
 */
#ifndef FOREIGN_H
#define FOREIGN_H

#include "base/str.h"

#define FOREIGN_FORMATS 18	/* rows of the table in foreign.c */
#define FOREIGN_LINES_MAX 200	/* the most lines of a text that are examined */

/* The counts on which a guess is based. Must be zeroed before use. */
struct foreign {
	unsigned lines;			/* examined lines; no comments and regular expressions */
	unsigned counts[FOREIGN_FORMATS];	/* lines by format, in the order of the table */
};

/* Counts a line, given without its LF. */
void foreign_line(struct foreign *f, struct str line);

/* The FORMAT with the most lines, such as "adblock"; NULL if no line looks like a FORMAT. */
const char *foreign_format(const struct foreign *f);

/* The name of a FORMAT for messages: "AdBlock" for "adblock". */
const char *foreign_title(const char *format);

/* The options that dnstap-list needs before this FORMAT, each followed by a space; or "". */
const char *foreign_options(const char *format);

#endif
