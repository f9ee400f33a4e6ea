/*
 * The loop of a program. Each turn builds a new poll set, sets the timer to the earliest deadline
 * and waits. Signals are blocked except while waiting, so that no signal is missed between a check
 * and the wait.
 */
#ifndef LOOP_H
#define LOOP_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop {
	struct pollfd *fds;	/* owned */
	size_t n, cap;
	int64_t wake;		/* the time at which the timer expires (clock_mono), or NEVER */
};

/* Blocks SIGTERM, SIGINT, SIGHUP and SIGUSR1 except while waiting, and ignores SIGPIPE. */
void loop_signals(void);

/* Blocks another signal except while waiting. */
void loop_catch(int sig);

/* Whether `sig` has arrived since the last call. */
bool loop_signalled(int sig);

/* Empties the poll set and clears the timer. */
void loop_begin(struct loop *l);

/* Adds a descriptor; `events` is 0 for errors only. Returns the index for loop_events. */
size_t loop_add(struct loop *l, int fd, short events);

/* Sets the timer to `when` (clock_mono), unless the timer is already earlier. */
void loop_wake(struct loop *l, int64_t when);

/* Waits for an event, a signal or the timer. Sets the results of loop_events. */
void loop_wait(struct loop *l);

/* Like loop_wait, but does not wait. Returns the number of descriptors that have events. */
int loop_look(struct loop *l);

/* The revents of poll(2) for the descriptor at this index. */
static inline short
loop_events(const struct loop *l, size_t place)
{
	return l->fds[place].revents;
}

void loop_free(struct loop *l);

#endif
