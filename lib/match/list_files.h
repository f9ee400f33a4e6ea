/*
 * Reads the lists of a command line into a struct lists_set. Each list is given as [!][TAG=]FILE;
 * `!` marks an exception list.
 */
#ifndef LIST_FILES_H
#define LIST_FILES_H

#include "base/buf.h"
#include "match/lists.h"

struct list_file {
	char *tag;		/* owned; escaped as in `tag=` */
	const char *path;
	bool excepts;		/* an exception list */
	struct buf text;	/* all lines, if is_kept */
	unsigned long entries;	/* valid entries in the last successful build */
	unsigned long next;	/* valid entries in the current build */
	bool is_kept;		/* `keep` is set, or FILE is a pipe, which is read only once */
};

struct list_files {
	struct list_file *sources;	/* owned */
	size_t n;
	bool keep;		/* set by the program: keep the lines of all lists */
	uint32_t max_warnings;	/* set by the program: most warnings for each reason in a list */
	_Atomic(const char *) reading;	/* the path that list_files_build reads now, or NULL */
};

/* Parses the words, which must stay valid. Returns NULL, or the word that has an empty TAG. */
const char *list_files_open(struct list_files *l, char *const words[], size_t n);
void list_files_close(struct list_files *l);

/* Reports each list that is absent or unreadable. Returns whether all are readable. */
bool list_files_check(const struct list_files *l);

/*
 * Reads the lists into a new set. An invalid line is skipped, and reported unless max_warnings
 * lines of the list were reported for the same reason. Unless max_warnings is 0, a list is reported
 * that has less than half as many entries as in the last successful build. Returns false, with a
 * message and nothing to free, when a list cannot be read or is not text (compressed, UTF-16), or
 * when no list other than exception lists has an entry.
 */
bool list_files_build(struct list_files *l, struct lists_set *new);

#endif
