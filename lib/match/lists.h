/*
 * The lists of a command line, [!][TAG=]FILE each: reading them, the sets of domains that they
 * make, and what these say of an answer. A `!` makes an exception list, whose entries are
 * exceptions for all lists.
 */
#ifndef LISTS_H
#define LISTS_H

#include "base/buf.h"
#include "match/domset.h"

struct lists_source {
	char *tag;		/* owned; escaped as in `tag=` */
	const char *path;
	bool excepts;		/* an exception list */
	struct buf text;	/* when it is kept, all its lines */
	/* It came through a pipe, and so cannot be read again; or as lists.keep says. */
	bool is_kept;
};

struct lists {
	struct lists_source *sources;	/* owned */
	size_t n;
	bool keep;		/* set by the program: keeps the texts of all */
	uint32_t max_warnings;	/* set by the program: bad lines of a kind reported for each list */
	_Atomic(const char *) reading;	/* the path of the one that lists_build is at, or NULL */
};

/* What the lists make. */
struct lists_set {
	struct domset *set;	/* of the lists; owned */
	struct domset *exceptions;	/* of the exception lists, often empty; owned */
	uint64_t bad_entries;	/* named, and left out */
};

/*
 * Takes the words of the command line, which stay the caller's. One that has no tag ends the
 * program.
 */
void lists_open(struct lists *l, char *const words[], size_t n);
void lists_close(struct lists *l);

/* False, with a message for each, when the file of a list is absent or cannot be read. */
bool lists_check(const struct lists *l);

/*
 * Reads the lists and makes a new set of all. A line that does not parse is left out and reported;
 * of each kind max_warnings for each list, and then how many there are. False, with a message and
 * nothing to free, when a list cannot be read, is no text (compressed, UTF-16), or no entry is in
 * any but exception lists.
 */
bool lists_build(struct lists *l, struct lists_set *new);

void lists_set_free(struct lists_set *s);

size_t lists_entries(const struct lists_set *s);

/* Regular expressions: how often one was given up for a name, and how many are switched off. */
uint64_t lists_regex_limits(const struct lists_set *s);
size_t lists_regexes_off(const struct lists_set *s);

/*
 * Decides about an answer with this name and these in `via` (parted by `,`, or absent), all
 * canonical: rules[] gets, for each list of s->set, the rule that decides, or DOMSET_NO_RULE.
 * Reports each regular expression that is switched off.
 */
void lists_decide(struct lists_set *s, struct str name, struct str via, uint32_t rules[]);

/*
 * Appends `tag` and `rule` of the lists that match by these rules, in the order of the command
 * line.
 */
void lists_describe(const struct lists_set *s, const uint32_t rules[], struct buf *tag,
    struct buf *rule);

#endif
