/*
 * The lists of a command line, [!][TAG=]FILE each: their files, read into the sets of lists.h. A
 * `!` makes an exception list.
 */
#ifndef LIST_FILES_H
#define LIST_FILES_H

#include "base/buf.h"
#include "match/lists.h"

struct list_file {
	char *tag;		/* owned; escaped as in `tag=` */
	const char *path;
	bool excepts;		/* an exception list */
	struct buf text;	/* when it is kept, all its lines */
	/* It came through a pipe, and so cannot be read again; or as keep says. */
	bool is_kept;
};

struct list_files {
	struct list_file *sources;	/* owned */
	size_t n;
	bool keep;		/* set by the program: keeps the texts of all */
	uint32_t max_warnings;	/* set by the program: bad lines of a kind reported for each list */
	_Atomic(const char *)
	    reading; /* the path of the one that list_files_build is at, or NULL */
};

/*
 * Takes the words of the command line, which stay the caller's. NULL, or the [TAG=]FILE that has no
 * tag.
 */
const char *list_files_open(struct list_files *l, char *const words[], size_t n);
void list_files_close(struct list_files *l);

/* False, with a message for each, when the file of a list is absent or cannot be read. */
bool list_files_check(const struct list_files *l);

/*
 * Reads the lists and makes a new set of all. A line that does not parse is left out and reported;
 * of each kind max_warnings for each list, and then how many there are. False, with a message and
 * nothing to free, when a list cannot be read, is no text (compressed, UTF-16), or no entry is in
 * any but exception lists.
 */
bool list_files_build(struct list_files *l, struct lists_set *new);

#endif
