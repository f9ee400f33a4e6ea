#define _GNU_SOURCE	/* F_SETPIPE_SZ */
#include "io/pipe.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

void
pipe_enlarge(int fd)
{
	const int wanted = 256 * 1024;

	if (fcntl(fd, F_GETPIPE_SZ) < wanted)
		fcntl(fd, F_SETPIPE_SZ, wanted);	/* best effort */
}

size_t
pipe_size(int fd)
{
	int n = fcntl(fd, F_GETPIPE_SZ);

	return n > 0 ? (size_t)n : 0;
}

bool
pipe_unblock(int fd)
{
	char path[32];
	int own, done;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (own < 0)
		return false;
	done = dup2(own, fd);
	close(own);
	return done == fd;
}
