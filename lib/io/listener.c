/*
 * A unix socket is created in a private folder beside its path. When its mode and group are set and
 * it listens, it is renamed to its path; until then, no other user can connect to it or replace it.
 * An existing socket is replaced only if connect(2) to it is refused.
 */
#define _GNU_SOURCE	/* accept4, memrchr */
#include "io/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/num.h"
#include "io/file.h"
#include "io/tcp.h"

#define BACKLOG 128
#define IN_FOLDER "socket"	/* the name of the socket in the private folder */

/* A private folder beside the final path, in which the socket is created. */
struct folder {
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 32];
	int fd;
};

static char reason[256];

static const char *
failed(const char *what)
{
	snprintf(reason, sizeof(reason), "%s: %s", what, strerror(errno));
	return reason;
}

/* Returns the reason of a failure (errno) in the folder of `path`. */
static const char *
folder_failed(const char *path)
{
	const char *slash = strrchr(path, '/');
	int n = slash == path || slash == NULL ? 1 : (int)(slash - path);
	const char *error = strerror(errno), *advice = errno == ENOENT ? "; create it" :
	    errno == EACCES ? "; give this user write permission" : "";

	snprintf(reason, sizeof(reason), "folder %.*s: %s%s", n,
	    slash != NULL ? path : ".", error, advice);
	return reason;
}

static const char *
group_failed(const char *group)
{
	snprintf(reason, sizeof(reason), "group %s: %s%s", group, strerror(errno),
	    errno == EPERM ? "; run as root or as a member of the group" : "");
	return reason;
}

static struct sockaddr_un
unix_address(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	/* The caller has checked the length. */
	memcpy(address.sun_path, path, strlen(path));
	return address;
}

/* Whether no process listens at `path`: connect(2) is refused. Other errors may be temporary. */
static bool
is_dead(const char *path)
{
	struct sockaddr_un address = unix_address(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool dead;

	if (fd < 0)
		return false;
	dead = connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 &&
	    (errno == ECONNREFUSED || errno == ENOENT);
	close(fd);
	return dead;
}

/* Checks that `path` is a socket or does not exist. */
static const char *
check_path(const char *path)
{
	struct stat st;

	if (path[0] == '\0')
		return "empty path";
	if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return "path too long for a socket";
	if (lstat(path, &st) < 0)
		return errno == ENOENT ? NULL : strerror(errno);
	return S_ISSOCK(st.st_mode) ? NULL : "exists and is not a socket";
}

static const char *
check_place(const char *path)
{
	const char *why = check_path(path);

	if (why != NULL)
		return why;
	return is_dead(path) ? NULL : "in use: another process listens on this socket";
}

static const char *
find_group(const char *group, gid_t *gid)
{
	struct group *found = getgrnam(group);
	uint32_t number = 0;

	if (found == NULL && !num_parse(str_of(group), INT32_MAX, &number)) {
		snprintf(reason, sizeof(reason), "group %s: no such group; list the groups with "
		    "getent group", group);
		return reason;
	}
	*gid = found != NULL ? found->gr_gid : number;
	return NULL;
}

/* Checks the opened folder: the owner of the parent folder may have replaced the private folder. */
static bool
is_private(int folder)
{
	struct stat st;

	if (fstat(folder, &st) < 0)
		return false;
	errno = EPERM;
	return st.st_uid == geteuid() && (st.st_mode & 07777) == 0700;
}

static const char *
folder_open(struct folder *f, const char *path)
{
	const char *slash = strrchr(path, '/'), *why;
	int dir = slash != NULL ? (int)(slash - path) + 1 : 0;

	snprintf(f->path, sizeof(f->path), "%.*s.socket.XXXXXX", dir, path);
	if (mkdtemp(f->path) == NULL)
		return folder_failed(path);
	f->fd = open(f->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (f->fd >= 0 && is_private(f->fd))
		return NULL;
	why = failed("cannot use the private folder of the socket");
	if (f->fd >= 0)
		close(f->fd);
	rmdir(f->path);
	return why;
}

static void
folder_close(struct folder *f)
{
	unlinkat(f->fd, IN_FOLDER, 0);	/* the socket is here only after a failure */
	close(f->fd);
	rmdir(f->path);
}

/* Binds `fd` to a path relative to the folder: the full path may be too long for sun_path. */
static const char *
bind_in(int folder, int fd)
{
	struct sockaddr_un address = unix_address(IN_FOLDER);
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *why = NULL;

	if (here < 0)
		return failed("the current directory cannot be used");
	if (fchdir(folder) < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		why = failed("bind");
	if (fchdir(here) < 0)
		why = failed("the current directory cannot be used");
	close(here);
	return why;
}

/*
 * Creates the socket in the private folder, where no other user can reach it, and renames it to its
 * path. Returns NULL, or the reason of a failure.
 */
static const char *
make_in(const struct folder *f, struct listener *l, mode_t mode, const char *group)
{
	const char *why = bind_in(f->fd, l->fd);
	gid_t gid = (gid_t)-1;
	struct stat st;

	if (why == NULL && group != NULL)
		why = find_group(group, &gid);
	if (why != NULL)
		return why;
	if (group != NULL && fchownat(f->fd, IN_FOLDER, (uid_t)-1, gid, AT_SYMLINK_NOFOLLOW) < 0)
		return group_failed(group);
	if (fchmodat(f->fd, IN_FOLDER, mode, 0) < 0)
		return failed("mode");
	if (fstatat(f->fd, IN_FOLDER, &st, AT_SYMLINK_NOFOLLOW) < 0 || listen(l->fd, BACKLOG) < 0)
		return failed("listen");
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	return renameat(f->fd, IN_FOLDER, AT_FDCWD, l->name) < 0 ? failed("rename") : NULL;
}

const char *
listener_open(struct listener *l, const char *path, mode_t mode, const char *group)
{
	const char *why = check_place(path);
	struct folder folder;

	if (why != NULL)
		return why;
	*l = (struct listener){ .name = path, .is_ours = true };
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0)
		return failed("socket");
	why = folder_open(&folder, path);
	if (why == NULL) {
		why = make_in(&folder, l, mode, group);
		folder_close(&folder);
	}
	if (why != NULL)
		close(l->fd);
	return why;
}

/* Whether this process may set the group `gid` of a file: only root need not be a member. */
static bool
may_give_to(gid_t gid)
{
	static gid_t groups[65536];	/* the maximum of Linux */
	int n = getgroups(sizeof(groups) / sizeof(groups[0]), groups);

	if (geteuid() == 0 || getegid() == gid)
		return true;
	while (n > 0)
		if (groups[--n] == gid)
			return true;
	return false;
}

const char *
listener_check(const char *path, const char *group)
{
	const char *why = NULL;
	gid_t gid;

	if (path != NULL)
		why = check_path(path);
	if (path != NULL && why == NULL && (errno = file_check_folder(path)) != 0)
		why = folder_failed(path);
	if (why == NULL && group != NULL)
		why = find_group(group, &gid);
	if (why == NULL && path != NULL && group != NULL && !may_give_to(gid)) {
		errno = EPERM;
		why = group_failed(group);
	}
	return why;
}

/* Splits `[ADDRESS]:PORT` or `ADDRESS:PORT`. */
static const char *
parse_place(struct str where, struct addr *addr, uint16_t *port)
{
	const char *colon = where.n > 0 ? memrchr(where.p, ':', where.n) : NULL;
	struct str host = { where.p, colon != NULL ? (size_t)(colon - where.p) : 0 };
	struct str digits = { host.p + host.n + 1, colon != NULL ? where.n - host.n - 1 : 0 };
	bool bracketed = host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';
	uint32_t number;

	if (bracketed)
		host = (struct str){ host.p + 1, host.n - 2 };
	if (colon == NULL || !addr_parse(host, addr) || bracketed != (addr->family == ADDR_V6))
		return "not ADDRESS:PORT, or [ADDRESS]:PORT for IPv6";
	if (!num_parse(digits, UINT16_MAX, &number) || number == 0)
		return "not a port from 1 to 65535";
	*port = (uint16_t)number;
	return NULL;
}

const char *
listener_open_tcp(struct listener *l, const char *where)
{
	struct addr addr;
	uint16_t port;
	const char *why = parse_place(str_of(where), &addr, &port);

	if (why != NULL)
		return why;
	*l = (struct listener){ .name = where, .fd = tcp_listen(&addr, port, BACKLOG) };
	return l->fd < 0 ? failed("listen") : NULL;
}

const char *
listener_check_tcp(const char *where)
{
	struct addr addr;
	uint16_t port;

	return parse_place(str_of(where), &addr, &port);
}

/* The first inherited descriptor: SD_LISTEN_FDS_START of sd_listen_fds(3). */
#define INHERITED_FIRST 3

int
listener_inherited(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	uint32_t ours, n = 0;

	if (pid == NULL || fds == NULL || !num_parse(str_of(pid), INT32_MAX, &ours) ||
	    ours != (uint32_t)getpid() || !num_parse(str_of(fds), 1024, &n))
		n = 0;
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return (int)n;
}

const char *
listener_inherit(struct listener *l, int n)
{
	int fd = INHERITED_FIRST + n, type, listening = 0;
	socklen_t size = sizeof(int);

	*l = (struct listener){ .fd = fd, .name = "inherited socket", .is_inherited = true };
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0 || type != SOCK_STREAM ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) < 0 || !listening)
		return "not a listening stream socket";
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ||
	    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
		return failed("fcntl");
	return NULL;
}

int
listener_accept(const struct listener *l)
{
	return accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

static void
remove_file(struct listener *l)
{
	struct stat st;

	if (l->is_ours && lstat(l->name, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino)
		unlink(l->name);
	l->is_ours = false;
}

/* On a unix socket, shutdown(2) keeps the queued connections; on TCP it would reset them. */
void
listener_stop(struct listener *l)
{
	if (l->is_inherited) {
		listener_close(l);
	} else if (l->is_ours) {
		remove_file(l);
		shutdown(l->fd, SHUT_RD);
	}
}

void
listener_close(struct listener *l)
{
	if (l->fd < 0)
		return;
	remove_file(l);
	close(l->fd);
	l->fd = -1;
}
