/*
 * Preloaded into a program under test, this library simulates a disk with failing syncs and power
 * cuts:
 *
 *	POWERCUT_DB=FILE	the disk has this file and all files whose paths begin with FILE
 *	POWERCUT_FAIL=N		the Nth sync of a file or of the directory fails, once
 *	POWERCUT_AT=N		the power is cut when the Nth sync begins; SIGPWR also cuts it
 *	POWERCUT_SEED=N		a random part of the unsynced writes survives (default: none)
 *
 * The disk has an image of each file. Writes wait for a sync, which applies them to the image. When
 * a sync fails, waiting writes are dropped, as by Linux: no later sync applies them. Names wait for
 * a sync of the directory in the same way. At the power cut, each file is replaced by its image.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FILES_MAX 256
#define NAMES_MAX 64
#define WAITING_MAX 65536

struct change {
	bool cut;		/* truncates to `at` bytes; otherwise a write */
	off_t at;
	size_t n;
	char *data;		/* owned */
};

struct image {
	ino_t inode;		/* 0: the file was removed */
	char *data;		/* owned */
	off_t size, cap;
	struct change waiting[WAITING_MAX];
	size_t waiting_n;
};

struct name {
	char path[512];
	struct image *now, *on_disk;	/* the file with this name, now and on disk; or NULL */
	bool waits;
};

static struct image *files[FILES_MAX];
static size_t files_n;
static struct name names[NAMES_MAX];
static size_t names_n;
static const char *db;
static char folder[512];
static long syncs, fail_at, cut_at, seed;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static long
number(const char *variable)
{
	const char *text = getenv(variable);

	return text != NULL ? strtol(text, NULL, 10) : 0;
}

static bool
chance(void)
{
	seed = seed * 1103515245 + 12345;
	return number("POWERCUT_SEED") != 0 && (seed >> 16 & 1) != 0;
}

/* --- Images --- */

static void
image_size(struct image *i, off_t size)
{
	if (size > i->cap) {
		i->cap = size + size / 2;
		i->data = realloc(i->data, (size_t)i->cap);
	}
	if (size > i->size)
		memset(i->data + i->size, 0, (size_t)(size - i->size));
	i->size = size;
}

static void
do_change(struct image *i, const struct change *c)
{
	if (c->cut || c->at + (off_t)c->n > i->size)
		image_size(i, c->cut ? c->at : c->at + (off_t)c->n);
	if (!c->cut)
		memcpy(i->data + c->at, c->data, c->n);
}

/* Applies all waiting writes, or a random part, to the image, and drops the other writes. */
static void
end_wait(struct image *i, bool all)
{
	for (size_t n = 0; n < i->waiting_n; n++) {
		if (all || chance())
			do_change(i, &i->waiting[n]);
		free(i->waiting[n].data);
	}
	i->waiting_n = 0;
}

static void
end_wait_of_names(bool all)
{
	for (size_t i = 0; i < names_n; i++) {
		if (names[i].waits && (all || chance()))
			names[i].on_disk = names[i].now;
		names[i].waits = false;
	}
}

static struct image *
image_of(int fd)
{
	struct stat st;

	if (db == NULL || fstat(fd, &st) != 0)
		return NULL;
	for (size_t i = 0; i < files_n; i++)
		if (files[i]->inode == st.st_ino)
			return files[i];
	return NULL;
}

static void
wait_for_sync(struct image *i, struct change c)
{
	if (i->waiting_n == WAITING_MAX)
		abort();
	i->waiting[i->waiting_n++] = c;
}

/* --- Names --- */

static bool
is_ours(const char *path)
{
	return db != NULL && strncmp(path, db, strlen(db)) == 0;
}

static struct name *
name_of(const char *path)
{
	for (size_t i = 0; i < names_n; i++)
		if (strcmp(names[i].path, path) == 0)
			return &names[i];
	if (names_n == NAMES_MAX)
		abort();
	snprintf(names[names_n].path, sizeof(names[0].path), "%s", path);
	return &names[names_n++];
}

static void
set_name(const char *path, struct image *to)
{
	struct name *n = name_of(path);

	n->now = to;
	n->waits = true;
}

static void
read_image(struct image *i, int fd, off_t size)
{
	image_size(i, size);
	for (off_t at = 0; at < size;) {
		ssize_t n = pread(fd, i->data + at, (size_t)(size - at), at);

		if (n <= 0)
			abort();
		at += n;
	}
}

/* Adds a file at its first open, unless it is known. `made`: the file was just created. */
static void
add_file(const char *path, int fd, bool made)
{
	struct image *i = image_of(fd);
	struct stat st;

	if (i != NULL && made)
		i->inode = 0;		/* the old file was removed; the new one has its inode */
	else if (i != NULL)
		return;
	if (files_n == FILES_MAX || fstat(fd, &st) != 0)
		abort();
	i = files[files_n++] = calloc(1, sizeof(*i));
	i->inode = st.st_ino;
	if (made) {
		set_name(path, i);
		return;
	}
	read_image(i, fd, st.st_size);
	*name_of(path) = (struct name){ .now = i, .on_disk = i };
	snprintf(names[names_n - 1].path, sizeof(names[0].path), "%s", path);
}

/* --- The cut --- */

static void
cut(void)
{
	for (size_t i = 0; i < files_n; i++)
		end_wait(files[i], false);
	end_wait_of_names(false);
	for (size_t i = 0; i < names_n; i++) {
		struct image *image = names[i].on_disk;
		int fd;

		syscall(SYS_unlink, names[i].path);
		if (image == NULL)
			continue;
		fd = (int)syscall(SYS_openat, AT_FDCWD, names[i].path, O_WRONLY | O_CREAT, 0600);
		if (fd < 0 || write(fd, image->data, (size_t)image->size) != image->size)
			abort();
	}
	_exit(99);
}

/* Blocks SIGPWR in this thread while it has the mutex, which the signal handler locks. */
static void
enter(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPWR);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	pthread_mutex_lock(&mutex);
}

static void
leave(void)
{
	sigset_t set;
	int error = errno;

	sigemptyset(&set);
	sigaddset(&set, SIGPWR);
	pthread_mutex_unlock(&mutex);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	errno = error;
}

static void
cut_by_signal(int signal_number)
{
	(void)signal_number;
	pthread_mutex_lock(&mutex);
	cut();
}

__attribute__((constructor)) static void
begin_call(void)
{
	const char *path = getenv("POWERCUT_DB"), *slash = path != NULL ? strrchr(path, '/') : NULL;

	if (slash == NULL)
		return;
	db = path;
	snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
	fail_at = number("POWERCUT_FAIL");
	cut_at = number("POWERCUT_AT");
	seed = number("POWERCUT_SEED");
	signal(SIGPWR, cut_by_signal);
}

/* --- Replaced functions --- */

static int
do_sync(int fd)
{
	struct image *i = image_of(fd);
	struct stat st, of;
	bool names_too = db != NULL && fstat(fd, &st) == 0 && stat(folder, &of) == 0 &&
	    st.st_ino == of.st_ino && st.st_dev == of.st_dev, fails;

	if (i == NULL && !names_too)
		return 0;
	if (++syncs == cut_at)
		cut();
	fails = syncs == fail_at;
	if (names_too)
		end_wait_of_names(!fails);
	else
		end_wait(i, !fails);
	errno = EIO;
	return fails ? -1 : 0;
}

int
fdatasync(int fd)
{
	int result;

	enter();
	result = do_sync(fd);
	leave();
	return result;
}

int
fsync(int fd)
{
	return fdatasync(fd);
}

ssize_t
pwrite64(int fd, const void *data, size_t n, off64_t at)
{
	struct image *i;
	ssize_t done;

	enter();
	done = syscall(SYS_pwrite64, fd, data, n, at);
	i = done > 0 ? image_of(fd) : NULL;
	if (i != NULL) {
		char *copy = malloc((size_t)done);

		memcpy(copy, data, (size_t)done);
		wait_for_sync(i, (struct change){ false, at, (size_t)done, copy });
	}
	leave();
	return done;
}

ssize_t
pwrite(int fd, const void *data, size_t n, off_t at)
{
	return pwrite64(fd, data, n, at);
}

int
ftruncate64(int fd, off64_t size)
{
	struct image *i;
	int result;

	enter();
	result = (int)syscall(SYS_ftruncate, fd, size);
	i = result == 0 ? image_of(fd) : NULL;
	if (i != NULL)
		wait_for_sync(i, (struct change){ true, size, 0, NULL });
	leave();
	return result;
}

int
ftruncate(int fd, off_t size)
{
	return ftruncate64(fd, size);
}

int
open64(const char *path, int flags, ...)
{
	struct stat st;
	va_list args;
	mode_t mode;
	bool there;
	int fd;

	va_start(args, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
	va_end(args);
	enter();
	there = stat(path, &st) == 0;
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
	if (fd >= 0 && is_ours(path))
		add_file(path, fd, !there);
	leave();
	return fd;
}

int
open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
	va_end(args);
	return open64(path, flags, mode);
}

int
rename(const char *from, const char *to)
{
	int result;

	enter();
	result = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
	if (result == 0 && is_ours(to)) {
		set_name(to, name_of(from)->now);
		set_name(from, NULL);
	}
	leave();
	return result;
}

int
link(const char *from, const char *to)
{
	int result;

	enter();
	result = (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
	if (result == 0 && is_ours(to))
		set_name(to, name_of(from)->now);
	leave();
	return result;
}

int
unlink(const char *path)
{
	int result;

	enter();
	result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
	if (result == 0 && is_ours(path))
		set_name(path, NULL);
	leave();
	return result;
}
