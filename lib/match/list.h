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
	bool negated;			/* the entry begins with `!` */
	struct str text;		/* the entry in the line, without blanks and comment */
	struct str name;		/* the canonical name, or the pattern of a regex */
	char store[NAME_STRLEN];	/* holds the text of `name` unless it is part of the line */
};

/* Reads a line without its LF. Returns NULL, or the reason why the line is invalid. */
const char *list_parse(struct str line, struct list_entry *e);

/*
 * Converts a name in any case, also in Unicode, to canonical form in e->name. Returns NULL, or the
 * reason. Accepts `/`, `*`, `#` and `:`, which are valid in answers, though not in lists.
 */
const char *list_question(struct str name, struct list_entry *e);

#endif
