#include "base/touch.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

/* Pages at once; more are wanted only where much is loaded, which does not wait for them. */
#define ASKED_MAX 16

static char *pages[ASKED_MAX];
static atomic_uint asked, done;	/* how many, in turn */
static sem_t wake;

/*
 * Without a change: others may write to it already, and an atomic OR of nothing loses nothing of
 * that.
 */
static void *
touch(void *unused)
{
	for (unsigned n = 0;; n++) {
		while (sem_wait(&wake) != 0)
			;
		__atomic_fetch_or(pages[n % ASKED_MAX], 0, __ATOMIC_RELAXED);
		atomic_store(&done, n + 1);
	}
	return unused;
}

/* What goes up and down at the beginning of a page asks for it again and again. */
static void
ask(void *page)
{
	static void *last;
	unsigned n = atomic_load(&asked);

	if (page == last || n - atomic_load(&done) == ASKED_MAX)
		return;
	last = pages[n % ASKED_MAX] = page;
	atomic_store(&asked, n + 1);
	sem_post(&wake);
}

static bool
is_waited_for(const char *p, size_t n)
{
	for (unsigned i = atomic_load(&done); i != atomic_load(&asked); i++)
		if (pages[i % ASKED_MAX] >= p && pages[i % ASKED_MAX] < p + n)
			return true;
	return false;
}

static void
wait_for_touch(void *p, size_t n)
{
	while (is_waited_for(p, n))
		sched_yield();
}

void
touch_start(void)
{
	sigset_t all, before;
	pthread_t thread;

	sem_init(&wake, 0, 0);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&thread, NULL, touch, NULL) == 0) {
		pthread_detach(thread);
		mem_will_use = ask;
		mem_will_go = wait_for_touch;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}
