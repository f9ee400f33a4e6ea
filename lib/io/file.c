#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/owner.h"

#define BLOCK (64 * 1024)

static int
read_all(int fd, struct buf *text)
{
	for (;;) {
		char *room = buf_room(text, BLOCK);
		ssize_t n;

		if (room == NULL)
			return EFBIG;
		n = read(fd, room, BLOCK);
		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return errno;
		if (n > 0)
			text->len += (size_t)n;
	}
}

int
file_read(const char *path, struct buf *text, bool *seekable)
{
	int fd = owner_open(path, O_RDONLY), error;
	struct stat st;

	if (fd < 0)
		return errno;
	*seekable = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	error = read_all(fd, text);
	close(fd);
	return error;
}

static int
open_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];

	snprintf(folder, sizeof(folder), "%.*s", slash == NULL ? 1 : (int)(slash - path + 1),
	    slash == NULL ? "." : path);
	return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int
file_sync_folder(const char *path)
{
	int fd = open_folder(path), error;

	if (fd < 0)
		return 0;
	error = fsync(fd) != 0 && errno != EINVAL ? errno : 0;
	close(fd);
	return error;
}
