/*
 * Reads the lists in a thread, so that a large list or a slow pipe does not stop the program's
 * loop.
 *
 * While the thread runs, only it may use the lists, except `reading`. The program may exit at any
 * time, which ends the thread.
 */
#ifndef LIST_LOADER_H
#define LIST_LOADER_H

#include <pthread.h>

#include "io/loop.h"
#include "match/list_files.h"

struct list_loader {
	struct list_files *lists;	/* not owned */
	struct lists_set built;	/* used by the thread while it runs */
	bool good;		/* likewise: whether `built` is valid */
	bool running;		/* from list_loader_start to list_loader_take */
	pthread_t thread;
	int done[2];		/* a pipe: the thread writes a byte when it ends */
	size_t at;		/* of the pipe in the poll set */
};

/* NULL, or the reason. Call loop_signals first, so that the loop receives all signals. */
const char *list_loader_open(struct list_loader *b, struct list_files *l);

/* Starts the thread; none is running. Returns false, with a message, when that fails. */
bool list_loader_start(struct list_loader *b);

/* In every turn of the loop, before it waits: adds the pipe to the poll set. */
void list_loader_turn(struct list_loader *b, struct loop *loop);

/*
 * After the wait: returns whether the thread has ended. Then *good is the result of
 * list_files_build, and the caller owns *set.
 */
bool list_loader_take(
    struct list_loader *b, const struct loop *loop, struct lists_set *set, bool *good);

#endif
