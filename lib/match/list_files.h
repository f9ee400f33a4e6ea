/*
 * The lists of a command line, each as [!][TAG=]FILE, where `!` marks an exception list: reads
 * their files into a struct lists_set.
 */
#ifndef LIST_FILES_H
#define LIST_FILES_H

#include "base/buf.h"
#include "match/lists.h"

struct list_file {
	char *tag;		/* owned; escaped as in `tag=` */
	const char *path;
	bool excepts;		/* an exception list */
	struct buf text;	/* all lines, when they are kept */
	bool is_kept;		/* `keep` is set, or the file is a pipe, which is read only once */
};

struct list_files {
	struct list_file *sources;	/* owned */
	size_t n;
	bool keep;		/* set by the program: keep the lines of all lists */
	uint32_t max_warnings;	/* set by the program: reports of each reason for each list */
	_Atomic(const char *) reading;	/* the path that list_files_build reads now, or NULL */
};

/* Parses the words, which the caller keeps. NULL, or the [TAG=]FILE that has no tag. */
const char *list_files_open(struct list_files *l, char *const words[], size_t n);
void list_files_close(struct list_files *l);

/* Reports each list that is absent or unreadable. Returns whether all are readable. */
bool list_files_check(const struct list_files *l);

/*
 * Reads the lists into a new set. An invalid line is reported, up to max_warnings of a reason for
 * each list, and skipped. Returns false, with a message and nothing to free, when a list cannot be
 * read or is not text (compressed, UTF-16), or when only exception lists have entries.
 */
bool list_files_build(struct list_files *l, struct lists_set *new);

#endif
