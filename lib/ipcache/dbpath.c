#include "ipcache/dbpath.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/folder.h"

/* Where a link leads whose file does not exist yet. NULL: not a link, or too long. */
static const char *
target_of(const char *path)
{
	static char at[2 * PATH_MAX];
	char target[PATH_MAX], *slash;
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n < 0 || (size_t)n == sizeof(target) - 1 || strlen(path) >= PATH_MAX)
		return NULL;
	target[n] = '\0';
	strcpy(at, path);
	slash = strrchr(at, '/');
	strcpy(target[0] == '/' || slash == NULL ? at : slash + 1, target);
	return at;
}

const char *
dbpath_resolve(const char *path)
{
	static char real[PATH_MAX];
	const char *target;

	if (realpath(path, real) != NULL)
		return real;
	target = target_of(path);
	return target != NULL ? target : path;
}

const char *
dbpath_reject_reason(const char *path)
{
	int error = folder_check(path);

	if (error == 0 && access(path, R_OK | W_OK) < 0 && errno != ENOENT)
		error = errno;
	return error != 0 ? strerror(error) : NULL;
}
