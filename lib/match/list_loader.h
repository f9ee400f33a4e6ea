/*
 * Reads the lists in a thread, so that a large list or a slow pipe does not stop the program's
 * loop.
 *
 * While the thread runs, the program may use only the member `reading` of the lists. The program
 * may exit at any time, which ends the thread.
 */
#ifndef LIST_LOADER_H
#define LIST_LOADER_H

#include <pthread.h>

#include "io/loop.h"
#include "match/list_files.h"

struct list_loader {
	struct list_files *lists;	/* not owned */
	struct lists_set built;	/* used by the thread while it runs */
	bool good;		/* `built` is valid; also used by the thread while it runs */
	bool running;		/* true from list_loader_start to list_loader_take */
	pthread_t thread;
	int done[2];		/* a pipe: the thread writes a byte when it ends */
	size_t at;		/* index of the pipe in the poll set */
};

/* Returns NULL, or the reason. Call loop_signals first, so that the loop receives all signals. */
const char *list_loader_open(struct list_loader *b, struct list_files *l);

/* Starts the thread, which must not be running. Returns false, with a message, after a failure. */
bool list_loader_start(struct list_loader *b);

/* Adds the pipe to the poll set. Call in every turn, before the loop waits. */
void list_loader_turn(struct list_loader *b, struct loop *loop);

/*
 * Call after the loop has waited. Returns whether the thread has ended; then *good is the result of
 * list_files_build, and the caller owns *set.
 */
bool list_loader_take(
    struct list_loader *b, const struct loop *loop, struct lists_set *set, bool *good);

#endif
