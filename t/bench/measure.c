/*
 * Measures a command: `measure NAME FILE COMMAND...` runs it and appends one line to FILE, in one
 * write:
 *	NAME wall=SECONDS cpu=SECONDS rss=KIB
 * cpu: user and system time; rss: peak resident memory. Signals received while the command runs are
 * forwarded to it; the exit status is that of the command, as in a shell.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

static const int handed_on[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };
static pid_t child;

static void
hand_on(int sig)
{
	kill(child, sig);
}

static void
block_signals(sigset_t *before)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(handed_on) / sizeof(handed_on[0]); i++)
		sigaddset(&set, handed_on[i]);
	sigprocmask(SIG_BLOCK, &set, before);
}

/* A signal that arrives before the command has started is forwarded after the start. */
static void
run(char **command)
{
	struct sigaction act = { .sa_handler = hand_on };
	sigset_t before;

	block_signals(&before);
	child = fork();
	if (child < 0)
		err(2, "fork");
	if (child > 0)
		for (size_t i = 0; i < sizeof(handed_on) / sizeof(handed_on[0]); i++)
			sigaction(handed_on[i], &act, NULL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (child > 0)
		return;
	execvp(command[0], command);
	err(127, "%s", command[0]);
}

static double
seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / SECOND;
}

static void
tell(const char *path, const char *name, int64_t wall, const struct rusage *u)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);

	if (fd < 0 || dprintf(fd, "%s wall=%.6f cpu=%.6f rss=%ld\n", name, (double)wall / SECOND,
	    seconds(&u->ru_utime) + seconds(&u->ru_stime), u->ru_maxrss) < 0)
		err(2, "%s", path);
	close(fd);
}

int
main(int argc, char **argv)
{
	int64_t start = clock_mono();
	struct rusage usage;
	int status;

	if (argc < 4)
		errx(2, "usage: measure NAME FILE COMMAND...");
	run(argv + 3);
	while (wait4(child, &status, 0, &usage) < 0)
		if (errno != EINTR)
			err(2, "wait4");
	tell(argv[2], argv[1], clock_mono() - start, &usage);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
