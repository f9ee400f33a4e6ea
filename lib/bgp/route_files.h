/*
 * The files of bgp-announce --routes. A file contains comments and `announce` lines
 * (dnstap-route(5)). originate.h explains how routes of files and of stdin coexist.
 */
#ifndef ROUTE_FILES_H
#define ROUTE_FILES_H

#include "bgp/originate.h"

#define ROUTE_FILES_MAX 1000

struct route_files {
	struct route_file {
		const char *path;	/* not owned */
		bool is_old;		/* the file was bad when last read; its old routes remain */
	} *list;			/* owned */
	size_t n, cap;
	const char *path;		/* the file that is being read, or NULL; for messages */
	uint64_t line;			/* number of the current line of this file */
};

/* Adds a file of the command line; `path` must stay valid. NULL, or a reason. */
const char *route_files_add(struct route_files *f, const char *path);

/*
 * Reads all files and reports their mistakes, without effect on routes. Returns whether there is no
 * mistake. A refused route is not a mistake. Clears o->on_refused, so that refused routes are not
 * reported.
 */
bool route_files_check(struct route_files *f, struct originate *o);

/*
 * Reads all files and replaces the routes of each. A file that cannot be read or has a bad line is
 * reported, and its former routes remain. Returns whether all files were good.
 */
bool route_files_read(struct route_files *f, struct originate *o);

/* The number of files that were bad when they were read last. */
size_t route_files_old(const struct route_files *f);

void route_files_free(struct route_files *f);

#endif
