/* Files of dnstap data, read one after the other. `-` is stdin. */
#ifndef FILES_H
#define FILES_H

#include "dnstap/source.h"
#include "io/loop.h"

struct files {
	char *const *names;	/* not copied */
	int n, next;		/* `next` is the next to open */
	struct source source;	/* the open file; fd is -1 between two files */
	size_t place;		/* its index in the poll set, or SIZE_MAX */
	struct block block;	/* the data of one read */
	bool stopped;		/* do not open another file */
	bool failed;		/* an earlier file was not read to its end */
};

void files_open(struct files *f, char *const *names, int n);

/* Before waiting: opens the next file if none is open, and polls it if `ask`. */
void files_begin(struct files *f, struct loop *l, bool ask);

/* After waiting: one read into f->block, if that is empty. */
void files_read(struct files *f, const struct loop *l);

/* Opens no other file and closes a regular one; a pipe is read to its end. */
void files_stop(struct files *f);

/* All files have been read or stopped. */
bool files_are_read(const struct files *f);

/* A file was not opened, or not read to its end; this has been logged. */
bool files_have_failed(const struct files *f);

void files_free(struct files *f);

#endif
