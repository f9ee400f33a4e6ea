/*
 * Guesses from the first lines of a text which format of dnstap-list it has. The guess is for
 * messages and for `dnstap-list auto`, which reports it; no line is accepted because of it.
 */
#ifndef FOREIGN_H
#define FOREIGN_H

#include "base/str.h"

#define FOREIGN_FORMATS 18	/* rows of the table in foreign.c */
#define FOREIGN_LINES_MAX 200	/* further lines are ignored */

/* Counts of indications. Begin with an object of zeros. */
struct foreign {
	unsigned lines;			/* lines without comments and regular expressions */
	unsigned counts[FOREIGN_FORMATS];
};

/* Looks at one line, without its LF. */
void foreign_line(struct foreign *f, struct str line);

/* The FORMAT with the most lines, such as "adblock", or NULL: no line looks like a FORMAT. */
const char *foreign_format(const struct foreign *f);

/* What people call a result of foreign_format: "AdBlock". */
const char *foreign_title(const char *format);

/* The options that dnstap-list needs before this FORMAT, and a space: "--prefixes ", or "". */
const char *foreign_options(const char *format);

#endif
