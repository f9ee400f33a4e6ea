#include "io/folder.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

int
folder_check(const char *path)
{
	char folder[PATH_MAX] = ".";
	const char *slash = strrchr(path, '/');
	size_t n;

	if (slash != NULL) {
		n = slash == path ? 1 : (size_t)(slash - path);
		if (n >= sizeof(folder))
			return ENAMETOOLONG;
		memcpy(folder, path, n);
		folder[n] = '\0';
	}
	return access(folder, W_OK | X_OK) == 0 ? 0 : errno;
}
