/*
 * Waiting: the one place where a program sleeps. A turn of a program's loop makes the poll set
 * anew, names the nearest timer and waits; signals are held back but while it waits, so that none
 * is missed between looking and sleeping.
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
	int64_t wake;		/* when to wake at the latest: clock_mono(), or NEVER */
};

/* Blocks SIGTERM, SIGINT, SIGHUP and SIGUSR1 but while waiting, and ignores SIGPIPE. */
void loop_signals(void);

/* Treats another signal as those. */
void loop_catch(int sig);

/* True once for each signal `sig` (or several of a kind) that has come. */
bool loop_signalled(int sig);

/* Empties the poll set and forgets the timer. */
void loop_begin(struct loop *l);

/* Adds a descriptor; `events` may be 0, for errors only. Returns its place, for loop_events. */
size_t loop_add(struct loop *l, int fd, short events);

/* Wakes at `when` (clock_mono) or sooner. */
void loop_wake(struct loop *l, int64_t when);

/* Waits for an event, a signal or the timer. The results of before are replaced. */
void loop_wait(struct loop *l);

/* The same without waiting. Returns how many descriptors have something to say. */
int loop_look(struct loop *l);

/* What happened to the descriptor at this place: poll(2)'s revents. */
static inline short
loop_events(const struct loop *l, size_t place)
{
	return l->fds[place].revents;
}

void loop_free(struct loop *l);

#endif
