/*
 * Builds the set of the lists in a thread of its own, so that the program's loop goes on meanwhile:
 * through a large list, and through a pipe that says nothing for long.
 *
 * While one is running, the lists are the thread's: nobody else looks at them. To end the program
 * then is allowed, and ends the thread.
 */
#ifndef LIST_LOADER_H
#define LIST_LOADER_H

#include <pthread.h>

#include "io/loop.h"
#include "match/list_files.h"

struct list_loader {
	struct list_files *lists;	/* not owned */
	struct lists_set built;	/* the thread's while it runs */
	bool good;		/* the same */
	bool running;		/* begun and not yet taken */
	pthread_t thread;
	int done[2];		/* a pipe, into which the thread writes a byte when it is through */
	size_t at;		/* its place in the poll set */
};

/*
 * NULL, or the reason why there is no pipe. The caller has blocked signals (loop_signals), so that
 * they come to the loop.
 */
const char *list_loader_open(struct list_loader *b, struct list_files *l);

/*
 * Begins; none is running. False, with a word about it, when the system has no room for a thread.
 */
bool list_loader_start(struct list_loader *b);

/* Every turn of the loop, before waiting: joins the poll set. */
void list_loader_turn(struct list_loader *b, struct loop *loop);

/*
 * After waiting: whether a set is through. *good tells whether there is one, which then is the
 * caller's.
 */
bool list_loader_take(
    struct list_loader *b, const struct loop *loop, struct lists_set *set, bool *good);

#endif
