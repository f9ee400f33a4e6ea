/* Settings of a pipe that the shell created. */
#ifndef PIPE_H
#define PIPE_H

#include <stdbool.h>

/* Enlarges a pipe, if the system can: fewer context switches between stages under load. */
void pipe_enlarge(int fd);

/*
 * Makes writes to `fd` non-blocking for this process only: it reopens the file, since O_NONBLOCK on
 * a shared terminal or pipe would affect other processes. False when the system cannot reopen it.
 */
bool pipe_unblock(int fd);

#endif
