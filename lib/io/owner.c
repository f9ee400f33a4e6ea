/*
 * find_other walks along a path as the kernel would. It checks the owner and mode of each part, and
 * whether other users may create files in the folder of the part. A symbolic link is replaced by
 * its target, and the walk begins again.
 */
#define _GNU_SOURCE	/* setresuid */
#include "io/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40		/* the most symbolic links in a path, as in the kernel */

/* A walk along a path from "/". Symbolic links that root owns are replaced by their targets. */
struct way {
	char path[PATH_MAX];
	struct stat root;	/* the status of "/" */
	struct stat part;	/* the status of the current part */
	bool in_shared;		/* other users may create files in the part's folder */
};

static bool
may_others_write(const struct stat *st)
{
	return S_ISDIR(st->st_mode) && ((st->st_mode & S_IWOTH) != 0 ||
	    ((st->st_mode & S_IWGRP) != 0 && st->st_gid != 0));
}

static bool
has_other_owner(const struct way *w)
{
	return w->part.st_uid != 0 && w->part.st_uid != w->root.st_uid;
}

static bool
is_in_other_hands(const struct way *w)
{
	if (may_others_write(&w->part) && (w->part.st_mode & S_ISVTX) == 0)
		return true;
	return has_other_owner(w) && (w->in_shared || !S_ISREG(w->part.st_mode));
}

static bool
begin_way(struct way *w, const char *path)
{
	char here[PATH_MAX] = "";

	if (lstat("/", &w->root) < 0 || (path[0] != '/' && getcwd(here, sizeof(here)) == NULL))
		return false;
	w->part = w->root;
	return (size_t)snprintf(w->path, sizeof(w->path), "%s/%s", here, path) < sizeof(w->path);
}

static bool
look_at_part(struct way *w, size_t end)
{
	char rest = w->path[end];
	int result;

	w->in_shared = may_others_write(&w->part);
	w->path[end] = '\0';
	result = lstat(w->path, &w->part);
	w->path[end] = rest;
	return result == 0;
}

/*
 * Replaces the link whose name is at the offsets `start` to `end` by its target. The walk then
 * begins again.
 */
static bool
follow_link(struct way *w, size_t start, size_t end)
{
	char target[PATH_MAX], whole[PATH_MAX], rest = w->path[end];
	ssize_t n;
	int size;

	w->path[end] = '\0';
	n = readlink(w->path, target, sizeof(target));
	w->path[end] = rest;
	if (n <= 0)
		return false;
	size = snprintf(whole, sizeof(whole), "%.*s%.*s%s", target[0] == '/' ? 0 : (int)start,
	    w->path, (int)n, target, w->path + end);
	if (size < 0 || (size_t)size >= sizeof(whole))
		return false;
	memcpy(w->path, whole, (size_t)size + 1);
	w->part = w->root;
	return true;
}

/*
 * Whether a part of the path belongs to another user. A missing part is safe: only root can create
 * it.
 */
static bool
find_other(struct way *w, const char *path)
{
	size_t start, end = 0;
	int links = 0;

	if (!begin_way(w, path))
		return false;
	while (w->path[end] != '\0') {
		start = end + strspn(w->path + end, "/");
		end = start + strcspn(w->path + start, "/");
		if (!look_at_part(w, end))
			return false;
		if (is_in_other_hands(w))
			return true;
		if (!S_ISLNK(w->part.st_mode))
			continue;
		if (++links > LINKS_MAX || !follow_link(w, start, end))
			return false;
		end = 0;
	}
	return false;
}

bool
owner_is_other(const char *path)
{
	struct way way;

	return geteuid() == 0 && find_other(&way, path);
}

/* A user who is not in the user database has no groups, and must not keep the groups of root. */
static const char *
become(uid_t uid)
{
	static char reason[128];
	const struct passwd *user = getpwuid(uid);
	gid_t gid = user != NULL ? user->pw_gid : (gid_t)uid;

	if ((user != NULL ? initgroups(user->pw_name, gid) : setgroups(0, NULL)) == 0 &&
	    setresgid(gid, gid, gid) == 0 && setresuid(uid, uid, uid) == 0)
		return NULL;
	snprintf(reason, sizeof(reason), "cannot change to user %ju, the owner of the folder: %s",
	    (uintmax_t)uid, strerror(errno));
	return reason;
}

const char *
owner_become(const char *path)
{
	struct way way;

	if (geteuid() != 0 || !find_other(&way, path))
		return NULL;
	if (!has_other_owner(&way))
		return "users other than root may write to the folder; run as the user that owns "
		    "the data";
	return become(way.part.st_uid);
}

static bool
is_harmless(int fd, int flags)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) ||
	    (S_ISFIFO(st.st_mode) && (flags & O_ACCMODE) == O_WRONLY));
}

int
owner_open(const char *path, int flags)
{
	bool other = owner_is_other(path);
	int fd = open(path, flags | O_CLOEXEC | (other ? O_NOFOLLOW | O_NONBLOCK : 0));

	if (other && fd >= 0 && !is_harmless(fd, flags)) {
		close(fd);
		errno = EPERM;
		return -1;
	}
	return fd;
}
