#include "io/fifo.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/pipe.h"

const char *
fifo_create(const char *path)
{
	struct stat st;

	if (mkfifo(path, 0600) < 0 && errno != EEXIST)
		return strerror(errno);
	if (lstat(path, &st) < 0 || !S_ISFIFO(st.st_mode))
		return "not a FIFO";
	return NULL;
}

static int
open_fifo(const char *path, int how)
{
	int fd = open(path, how | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode)) {
		pipe_enlarge(fd);
		return fd;
	}
	close(fd);
	errno = EINVAL;
	return -1;
}

int
fifo_write(const char *path)
{
	return open_fifo(path, O_WRONLY);
}

int
fifo_read(const char *path)
{
	return open_fifo(path, O_RDWR);
}
