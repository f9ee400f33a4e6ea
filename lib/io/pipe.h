/*
 * What can be done to a pipe that the shell made for us.
 */
#ifndef PIPE_H
#define PIPE_H

#include <stdbool.h>

/*
 * Asks for a larger pipe, where the system has that: fewer switches between the stages under load.
 */
void pipe_enlarge(int fd);

/*
 * Makes writing to `fd` non-blocking without touching the open file that others share (O_NONBLOCK
 * on a terminal or a pipe would reach them too): the descriptor gets an open file of its own where
 * the system can make one. False when it cannot.
 */
bool pipe_unblock(int fd);

#endif
