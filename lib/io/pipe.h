/* Settings of a pipe that the shell created. */
#ifndef PIPE_H
#define PIPE_H

#include <stdbool.h>
#include <stddef.h>

/* Enlarges a pipe, if possible, to reduce context switches between programs under load. */
void pipe_enlarge(int fd);

/* The number of bytes that a pipe can hold; 0 if `fd` is no pipe. */
size_t pipe_size(int fd);

/*
 * Makes writes to `fd` non-blocking for this process only: reopens the file, since O_NONBLOCK on a
 * shared terminal or pipe would affect other processes. False when the file cannot be reopened.
 */
bool pipe_unblock(int fd);

#endif
