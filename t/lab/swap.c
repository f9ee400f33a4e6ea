/*
 * Acts as a hostile owner of a directory who races with root: `swap PATH...` exchanges each PATH
 * with PATH.link, then with PATH.fifo, as fast as possible. On SIGTERM it prints the number of
 * exchanges and ends.
 */
#define _GNU_SOURCE	/* renameat2 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>

#define PATHS_MAX 32

struct place {
	const char *path;
	char link[4096], fifo[4096];
};

static volatile sig_atomic_t stopped;

static void
note_stop(int signal)
{
	(void)signal;
	stopped = 1;
}

/* Exchanges two files. Returns 1, or 0 on failure: root may have removed a or b. */
static unsigned long
exchange(const char *a, const char *b)
{
	return renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0;
}

int
main(int argc, char **argv)
{
	static struct place places[PATHS_MAX];
	unsigned long n = 0;

	if (argc < 2 || argc > PATHS_MAX)
		errx(2, "usage: swap PATH...");
	signal(SIGTERM, note_stop);
	for (int i = 1; i < argc; i++) {
		places[i].path = argv[i];
		snprintf(places[i].link, sizeof(places[i].link), "%s.link", argv[i]);
		snprintf(places[i].fifo, sizeof(places[i].fifo), "%s.fifo", argv[i]);
	}
	for (int i = 1; !stopped; i = i % (argc - 1) + 1)
		n += exchange(places[i].path, places[i].link) +
		    exchange(places[i].path, places[i].fifo);
	printf("%lu\n", n);
	return 0;
}
