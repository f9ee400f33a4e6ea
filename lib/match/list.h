/*
 * One line of a list of domains: the grammar of dnstap-match(1).
 */
#ifndef LIST_H
#define LIST_H

#include "base/str.h"
#include "line/name.h"

enum list_form {
	LIST_NOTHING,	/* an empty line or a comment */
	LIST_DOMAIN,	/* `name`, `.name`: it and everything below */
	LIST_EXACT,	/* `=name`: it only */
	LIST_BELOW,	/* `*.name`: everything below it only */
	LIST_REGEX,	/* `/regex/` */
};

struct list_entry {
	enum list_form form;
	bool negated;			/* `!` stood before it */
	struct str text;		/* as the list has it, without blanks around and comment */
	/* Canonical, in the line or in `store`; of a regex, the pattern. */
	struct str name;
	char store[NAME_STRLEN];
};

/* Reads a line without its LF. NULL and the entry, which points into the line, or the reason. */
const char *list_parse(struct str line, struct list_entry *e);

/*
 * Reads a name that somebody asks about, in Unicode or upper case too: NULL and e->name, in the
 * text or in `store`, or the reason why it is none. It may have what a list refuses as a slip, `/`,
 * `*`, `#` and `:`, as answers may.
 */
const char *list_question(struct str name, struct list_entry *e);

#endif
