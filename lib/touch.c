#include "touch.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>

#include "mem.h"

#define ASKED_MAX 16	/* pages at once; more are wanted only where much is loaded, which does not wait for them */

static void *pages[ASKED_MAX];
static atomic_uint asked, done;	/* how many, in turn */
static sem_t wake;

/* Without a change: it may be in use already. */
static void *
touch(void *unused)
{
	for (unsigned n = 0;; n++) {
		while (sem_wait(&wake) != 0)
			;
		__atomic_fetch_or((char *)pages[n % ASKED_MAX], 0, __ATOMIC_RELAXED);
		atomic_store(&done, n + 1);
	}
	return unused;
}

static void
ask(void *page)
{
	unsigned n = atomic_load(&asked);

	if (n - atomic_load(&done) == ASKED_MAX)
		return;
	pages[n % ASKED_MAX] = page;
	atomic_store(&asked, n + 1);
	sem_post(&wake);
}

static void
wait_for_touch(void)
{
	while (atomic_load(&done) != atomic_load(&asked))
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
		mem_will_move = wait_for_touch;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}
