/*
 * With _FORTIFY_SOURCE and _TIME_BITS=64 on a 32-bit machine, glibc (at least 2.36) passes the
 * 64-bit timeout to the ppoll that expects 32 bits. Timeouts would lose their fraction of a second,
 * and a wait of less than a second would become a busy loop.
 */
#undef _FORTIFY_SOURCE
#define _GNU_SOURCE	/* ppoll */
#include "io/loop.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"

static const int caught[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };
static volatile sig_atomic_t pending[NSIG];
static sigset_t while_waiting;

static void
note(int sig)
{
	pending[sig] = 1;
}

void
loop_catch(int sig)
{
	struct sigaction act = { .sa_handler = note };
	sigset_t block;

	sigemptyset(&block);
	sigaddset(&block, sig);
	sigprocmask(SIG_BLOCK, &block, NULL);
	sigaction(sig, &act, NULL);
	sigdelset(&while_waiting, sig);
}

void
loop_signals(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGPIPE, &ignore, NULL);
	sigprocmask(SIG_SETMASK, NULL, &while_waiting);
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		loop_catch(caught[i]);
}

bool
loop_signalled(int sig)
{
	if (!pending[sig])
		return false;
	pending[sig] = 0;
	return true;
}

void
loop_begin(struct loop *l)
{
	l->n = 0;
	l->wake = NEVER;
}

size_t
loop_add(struct loop *l, int fd, short events)
{
	l->fds = mem_grow(l->fds, l->n, &l->cap, sizeof(*l->fds));
	l->fds[l->n] = (struct pollfd){ .fd = fd, .events = events };
	return l->n++;
}

void
loop_wake(struct loop *l, int64_t when)
{
	if (when < l->wake)
		l->wake = when;
}

static int
wait_for(struct loop *l, const struct timespec *timeout)
{
	static const struct timespec none;
	int n = ppoll(l->fds, l->n, timeout, &while_waiting);

	if (n > 0) {
		/* When a descriptor is ready, as under load, the first ppoll delivers no signal. */
		ppoll(NULL, 0, &none, &while_waiting);
		return n;
	}
	/* revents is undefined when ppoll fails because of a signal. */
	for (size_t i = 0; i < l->n; i++)
		l->fds[i].revents = 0;
	return 0;
}

void
loop_wait(struct loop *l)
{
	int64_t left = l->wake == NEVER ? 0 : l->wake - clock_mono();
	struct timespec ts;

	if (left < 0)
		left = 0;
	ts = (struct timespec){ left / SECOND, left % SECOND * 1000 };
	wait_for(l, l->wake == NEVER ? NULL : &ts);
}

int
loop_look(struct loop *l)
{
	static const struct timespec none;

	return wait_for(l, &none);
}

void
loop_free(struct loop *l)
{
	free(l->fds);
	*l = (struct loop){ .wake = NEVER };
}
