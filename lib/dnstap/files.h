/* Files of dnstap data, read one after the other. `-` is stdin. */
#ifndef FILES_H
#define FILES_H

#include "dnstap/source.h"
#include "io/loop.h"

struct files {
	char *const *names;	/* not copied */
	int n, next;		/* `next`: the index of the next file to open */
	struct source source;	/* the open file; its fd is -1 while no file is open */
	size_t place;		/* the file's index in the poll set, or SIZE_MAX */
	struct block block;	/* the data of one read */
	bool stopped;		/* set by files_stop: no other file is opened */
	bool failed;		/* an earlier file was not opened, or not read to its end */
};

void files_open(struct files *f, char *const *names, int n);

/* Call before waiting. Opens the next file if none is open; with `ask`, polls the open file. */
void files_begin(struct files *f, struct loop *l, bool ask);

/* Call after waiting. Reads once into f->block, if the block is used up. */
void files_read(struct files *f, const struct loop *l);

/*
 * Ends the list of files: no further file is opened, and an open regular file is closed. files_read
 * still reads an open pipe to its end.
 */
void files_stop(struct files *f);

/* Whether all files have been read or stopped. */
bool files_are_read(const struct files *f);

/* Whether a file was not opened, or not read to its end. The error has been logged. */
bool files_have_failed(const struct files *f);

void files_free(struct files *f);

#endif
