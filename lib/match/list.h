/*
 * One line of a list of domains. dnstap-match(1) describes the grammar.
 */
#ifndef LIST_H
#define LIST_H

#include "base/str.h"
#include "line/name.h"

enum list_form {
	LIST_NOTHING,	/* an empty line or a comment */
	LIST_DOMAIN,	/* `name`, `.name`: the name and all names below it */
	LIST_EXACT,	/* `=name`: the name only */
	LIST_BELOW,	/* `*.name`: only the names below it */
	LIST_REGEX,	/* `/regex/` */
};

struct list_entry {
	enum list_form form;
	bool negated;			/* begins with `!` */
	struct str text;		/* the entry in the line, without blanks and comment */
	struct str name;		/* canonical name, in the line or `store`; or the pattern */
	char store[NAME_STRLEN];
};

/* Reads a line without its LF. NULL, or the reason why the line is invalid. */
const char *list_parse(struct str line, struct list_entry *e);

/*
 * Converts a name in any case, also in Unicode, to canonical form. NULL, with e->name in the text
 * or in `store`; or a reason. Accepts `/`, `*`, `#` and `:`, as answers do but lists do not.
 */
const char *list_question(struct str name, struct list_entry *e);

#endif
