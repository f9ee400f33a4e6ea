#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
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

bool
file_folder(const char *path, char folder[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	int n = slash != NULL ? (int)(slash - path) + 1 : 1;

	return snprintf(folder, PATH_MAX, "%.*s", n, slash != NULL ? path : ".") < PATH_MAX;
}

int
file_check_folder(const char *path)
{
	char folder[PATH_MAX];

	if (!file_folder(path, folder))
		return ENAMETOOLONG;
	return access(folder, W_OK | X_OK) == 0 ? 0 : errno;
}

int
file_sync_folder(const char *path)
{
	char folder[PATH_MAX];
	int error, fd = file_folder(path, folder) ?
	    open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd < 0)
		return 0;
	error = fsync(fd) != 0 && errno != EINVAL ? errno : 0;
	close(fd);
	return error;
}
