/*
 * Files of dnstap data, which are opened and read one after the other. `-` is stdin.
 */
#ifndef FILES_H
#define FILES_H

#include "dnstap/source.h"
#include "io/loop.h"

struct files {
	char *const *names;	/* not copied */
	int n, next;		/* `next` is the first that was not opened */
	struct source source;	/* the open file; its fd is -1 between two files */
	size_t place;		/* in the poll set; SIZE_MAX: not there */
	struct block block;	/* what one read gave */
	bool stopped;		/* no other file is opened */
	bool failed;		/* a file before the open one was not read to its end */
};

void files_open(struct files *f, char *const *names, int n);

/*
 * Before waiting: opens the next file where none is open, and puts it into the poll set; without
 * `ask` it is not read.
 */
void files_begin(struct files *f, struct loop *l, bool ask);

/* After it: one read into f->block, if that is used up. */
void files_read(struct files *f, const struct loop *l);

/* Opens no other file, and closes a regular one; a pipe is read to its end. */
void files_stop(struct files *f);

/* No file is open, and none will be. */
bool files_are_read(const struct files *f);

/* A file was not opened, or not read to its end; messages have been logged. */
bool files_have_failed(const struct files *f);

void files_free(struct files *f);

#endif
