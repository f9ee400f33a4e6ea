/*
 * Tests a process of root with folders of another user. If this process is not root, only the case
 * of a process without root is tested; if root cannot change owners, nothing is tested.
 */
#include "io/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#define OTHER 54321		/* no user has this id */

static char folder[] = "/tmp/dnstap-bgp-unit.XXXXXX";

static const char *
in(const char *name)
{
	static char path[4][128];
	static unsigned turn;
	char *p = path[turn++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", folder, name);
	return p;
}

static void
make(const char *name, uid_t owner)
{
	int fd = open(in(name), O_WRONLY | O_CREAT, 0644);

	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(chown(in(name), owner, owner), 0);
}

static bool
is_root(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	if (geteuid() == 0 && chown(folder, OTHER, OTHER) == 0 && chown(folder, 0, 0) == 0)
		return true;
	ck_assert(geteuid() == 0 || !owner_is_other(in("x")));
	ck_assert(geteuid() == 0 || owner_become(in("x")) == NULL);
	rmdir(folder);
	return false;
}

static void
end(void)
{
	static const char *const names[] = { "file", "fifo", "link", "of-other", "sub/file",
		"sub" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (remove(in(names[i])) < 0)
			ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(rmdir(folder), 0);
}

START_TEST(a_path_of_root_is_not_of_another_user)
{
	if (!is_root())
		return;
	make("file", 0);
	ck_assert(!owner_is_other(in("file")));
	ck_assert(!owner_is_other(in("missing")));
	/* The owner of a regular file in a folder of root cannot replace the file. */
	make("of-other", OTHER);
	ck_assert(!owner_is_other(in("of-other")));
	ck_assert_ptr_null(owner_become(in("of-other")));
	ck_assert_uint_eq(geteuid(), 0);
	end();
}
END_TEST

START_TEST(folders_links_and_fifos_of_another_user_are_found)
{
	if (!is_root())
		return;
	ck_assert_int_eq(mkdir(in("sub"), 0755), 0);
	make("sub/file", 0);
	ck_assert(!owner_is_other(in("sub/file")));
	ck_assert_int_eq(chown(in("sub"), OTHER, OTHER), 0);
	ck_assert(owner_is_other(in("sub/file")));
	ck_assert(owner_is_other(in("sub/missing")));
	ck_assert_int_eq(symlink(in("sub/file"), in("link")), 0);
	ck_assert(owner_is_other(in("link")));
	ck_assert_int_eq(unlink(in("link")), 0);
	make("file", 0);
	ck_assert_int_eq(symlink("file", in("link")), 0);
	ck_assert(!owner_is_other(in("link")));
	ck_assert_int_eq(lchown(in("link"), OTHER, OTHER), 0);
	ck_assert(owner_is_other(in("link")));
	ck_assert_int_eq(mkfifo(in("fifo"), 0600), 0);
	ck_assert(!owner_is_other(in("fifo")));
	ck_assert_int_eq(chown(in("fifo"), OTHER, OTHER), 0);
	ck_assert(owner_is_other(in("fifo")));
	end();
}
END_TEST

START_TEST(a_writable_folder_is_shared_unless_sticky)
{
	if (!is_root())
		return;
	ck_assert_int_eq(mkdir(in("sub"), 0755), 0);
	make("sub/file", 0);
	ck_assert_int_eq(chmod(in("sub"), 0777), 0);
	ck_assert(owner_is_other(in("sub/file")));
	ck_assert(strstr(owner_become(in("sub/file")),
	    "users other than root may write to the folder") != NULL);
	ck_assert_int_eq(chmod(in("sub"), 01777), 0);
	ck_assert(!owner_is_other(in("sub/file")));
	/* In a sticky folder any file of another user counts. */
	ck_assert_int_eq(chown(in("sub/file"), OTHER, OTHER), 0);
	ck_assert(owner_is_other(in("sub/file")));
	ck_assert_int_eq(chown(in("sub/file"), 0, 0), 0);
	ck_assert_int_eq(chown(in("sub"), 0, OTHER), 0);
	ck_assert_int_eq(chmod(in("sub"), 0775), 0);
	ck_assert(owner_is_other(in("sub/file")));
	end();
}
END_TEST

START_TEST(root_opens_only_regular_files_of_another_user)
{
	int fd, reader;

	if (!is_root())
		return;
	ck_assert_int_eq(mkdir(in("sub"), 0755), 0);
	ck_assert_int_eq(chown(in("sub"), OTHER, OTHER), 0);
	make("sub/file", OTHER);
	fd = owner_open(in("sub/file"), O_RDONLY);
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(unlink(in("sub/file")), 0);
	ck_assert_int_eq(symlink("/etc/passwd", in("sub/file")), 0);
	ck_assert_int_eq(owner_open(in("sub/file"), O_RDONLY), -1);
	ck_assert_int_eq(errno, ELOOP);
	ck_assert_int_eq(unlink(in("sub/file")), 0);
	ck_assert_int_eq(mkfifo(in("sub/file"), 0600), 0);
	alarm(10);
	ck_assert_int_eq(owner_open(in("sub/file"), O_RDONLY), -1);
	ck_assert_int_eq(errno, EPERM);
	reader = open(in("sub/file"), O_RDONLY | O_NONBLOCK);
	fd = owner_open(in("sub/file"), O_WRONLY);
	ck_assert_int_ge(fd, 0);
	close(fd);
	close(reader);
	end();
}
END_TEST

START_TEST(root_becomes_the_owner)
{
	gid_t group = 1;
	int status;
	pid_t pid;

	if (!is_root())
		return;
	ck_assert_int_eq(mkdir(in("sub"), 0755), 0);
	ck_assert_int_eq(chown(in("sub"), OTHER, OTHER), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (setgroups(1, &group) != 0 || owner_become(in("sub/file")) != NULL)
			_exit(1);
		if (getuid() != OTHER || geteuid() != OTHER || getegid() != OTHER)
			_exit(2);
		_exit(getgroups(1, &group) == 0 && setuid(0) < 0 ? 0 : 3);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	end();
}
END_TEST

UNIT_MAIN("owner", a_path_of_root_is_not_of_another_user,
    folders_links_and_fifos_of_another_user_are_found, a_writable_folder_is_shared_unless_sticky,
    root_opens_only_regular_files_of_another_user, root_becomes_the_owner)
