/*
 * The lists of a command line, [TAG=]FILE each: reading them, and the set of domains that they make.
 */
#ifndef LISTS_H
#define LISTS_H

#include "buf.h"
#include "domset.h"

struct lists_source {
	char *tag;		/* owned; escaped as in `tag=` */
	const char *path;
	struct buf text;	/* what a pipe gave, as it cannot be read again; empty of others */
	bool is_kept;		/* `text` is all of it */
};

struct lists {
	struct lists_source *sources;	/* owned */
	size_t n;
};

/* What the lists make. */
struct lists_set {
	struct domset *set;	/* owned */
	uint64_t bad_entries;	/* named, and left out */
};

/* Takes the words of the command line, which stay the caller's. One that has no tag ends the program. */
void lists_open(struct lists *l, char *const words[], size_t n);
void lists_close(struct lists *l);

/*
 * Reads the lists and makes a new set of all. Each line that does not parse is named and left out. False, with
 * a word about it and nothing to free, when a list cannot be read or no entry is in any.
 */
bool lists_build(struct lists *l, struct lists_set *new);

void lists_set_free(struct lists_set *s);

#endif
