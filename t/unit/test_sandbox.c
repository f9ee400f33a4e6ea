#include "io/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "io/pipe.h"
#include "unit.h"

#ifdef UNCONFINED
#define CONFINED 0
#else
#define CONFINED 1
#endif

#define REFUSED(error) (CONFINED ? (error) : 0)

static char folder[64];
/* The result of each attempt of the confined process: 0, or an errno. */
static int *seen;
static char *said;		/* the messages of the confined process */
#define SAID_MAX 2000

static const char *
in(const char *name)
{
	static char path[4][128];
	static unsigned turn;
	char *p = path[turn++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", folder, name);
	return p;
}

static int
errno_of(int result)
{
	return result < 0 ? errno : 0;
}

static int
try_open(const char *path, int flags)
{
	int fd = open(path, flags, 0600), error = errno_of(fd);

	if (fd >= 0)
		close(fd);
	return error;
}

static int
touch(const char *path)
{
	return try_open(path, O_WRONLY | O_CREAT | O_TRUNC);
}

/* Creates folders with files, and two/link as a link to one/list. */
static void
make_folders(void)
{
	snprintf(folder, sizeof(folder), "/tmp/test_sandbox.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(mkdir(in("one"), 0700), 0);
	ck_assert_int_eq(mkdir(in("two"), 0700), 0);
	ck_assert_int_eq(mkdir(in("three"), 0700), 0);
	ck_assert_int_eq(touch(in("one/list")), 0);
	ck_assert_int_eq(touch(in("two/file")), 0);
	ck_assert_int_eq(touch(in("three/file")), 0);
	ck_assert_int_eq(symlink("../one/list", in("two/link")), 0);
}

static void
remove_folders(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static void
enter(const char *path, unsigned may, unsigned does)
{
	struct sandbox s;

	sandbox_open(&s, does);
	if (path != NULL)
		sandbox_allow(&s, in(path), may);
	sandbox_allow(&s, NULL, SANDBOX_REPLACE);
	ck_assert_ptr_null(sandbox_enter(&s));
}

/* Makes the attempts in a child process, because Check does not work inside a sandbox. */
static void
confined(void attempts(void))
{
	pid_t pid;
	int status;

	seen = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	said = (char *)(seen + 100);
	make_folders();
	pid = fork();
	if (pid == 0) {
		attempts();
		_exit(7);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	remove_folders();
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

/* Compares the results with the expected results. */
#define EXPECT(...) do {						\
	const int expected[] = { __VA_ARGS__ };				\
									\
	for (size_t i = 0; i < sizeof(expected) / sizeof(int); i++)	\
		ck_assert_int_eq(seen[i], expected[i]);			\
} while (0)

static void
read_beside(void)
{
	enter("one/list", SANDBOX_READ, 0);
	seen[0] = try_open(in("one/list"), O_RDONLY);
	seen[1] = try_open(in("one/list"), O_WRONLY);
	seen[2] = touch(in("one/new"));
	seen[3] = try_open(in("two/file"), O_RDONLY);
	seen[4] = try_open("/etc/passwd", O_RDONLY);
}

START_TEST(files_in_an_allowed_folder_can_be_read)
{
	confined(read_beside);
	EXPECT(0, REFUSED(EACCES), REFUSED(EACCES), REFUSED(EACCES), REFUSED(EACCES));
}
END_TEST

static void
follow_link(void)
{
	enter("two/link", SANDBOX_READ, 0);
	seen[0] = try_open(in("two/link"), O_RDONLY);
	seen[1] = try_open(in("two/file"), O_RDONLY);
	seen[2] = try_open(in("three/file"), O_RDONLY);
}

START_TEST(the_target_of_an_allowed_link_can_be_read)
{
	confined(follow_link);
	EXPECT(0, 0, REFUSED(EACCES));
}
END_TEST

static void
replace(void)
{
	enter("one/list", SANDBOX_REPLACE, 0);
	seen[0] = touch(in("one/list.new"));
	seen[1] = touch(in("one/list.new"));	/* truncates the file */
	seen[2] = errno_of(link(in("one/list.new"), in("one/linked")));
	seen[3] = errno_of(rename(in("one/list.new"), in("one/list")));
	seen[4] = errno_of(unlink(in("one/linked")));
	seen[5] = errno_of(unlink(in("two/file")));
}

START_TEST(files_can_be_replaced_in_an_allowed_folder)
{
	confined(replace);
	EXPECT(0, 0, 0, 0, 0, REFUSED(EACCES));
}
END_TEST

static void
remove_file(void)
{
	enter("one/list", SANDBOX_REMOVE, 0);
	seen[0] = try_open(in("one/list"), O_RDONLY);
	seen[1] = errno_of(unlink(in("one/list")));
}

START_TEST(remove_access_does_not_include_reading)
{
	confined(remove_file);
	EXPECT(REFUSED(EACCES), 0);
}
END_TEST

static void *
read_in_thread(void *error)
{
	*(int *)error = try_open("/etc/passwd", O_RDONLY);
	return NULL;
}

/* Calls for files and pipes. If they failed, a program would not end, but be slow or wrong. */
static void
use_files(void)
{
	int ends[2];

	enter("one/list", SANDBOX_REPLACE, 0);
	seen[0] = errno_of(pipe(ends));
	seen[1] = pipe_unblock(ends[1]) ? 0 : errno;
	seen[2] = errno_of(utimensat(AT_FDCWD, in("one/list"), NULL, 0));
}

START_TEST(calls_for_files_and_pipes_are_allowed)
{
	confined(use_files);
	EXPECT(0, 0, 0);
}
END_TEST

static int
try_fork(void)
{
	pid_t pid = fork();
	int error = errno_of(pid);

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return error;
}

static void
make_threads_and_processes(void)
{
	pthread_t thread;

	signal(SIGUSR1, SIG_IGN);
	enter(NULL, 0, 0);
	seen[0] = pthread_create(&thread, NULL, read_in_thread, &seen[3]);
	if (seen[0] == 0)
		seen[1] = pthread_join(thread, NULL);
	seen[2] = errno_of(raise(SIGUSR1));
	seen[4] = try_fork();
	seen[5] = errno_of(kill(getppid(), 0));
	seen[6] = errno_of(execlp("sh", "sh", "-c", "exit 7", (char *)NULL));
}

START_TEST(threads_are_allowed_and_processes_refused)
{
	confined(make_threads_and_processes);
	EXPECT(0, 0, 0, REFUSED(EACCES), REFUSED(ENOSYS), REFUSED(ENOSYS), REFUSED(ENOSYS));
}
END_TEST

static void
make_socket_and_connect(void)
{
	enter(NULL, 0, SANDBOX_CONNECTS);
	seen[0] = errno_of(socket(AF_INET, SOCK_STREAM, 0));
}

static void
make_socket(void)
{
	enter(NULL, 0, 0);
	seen[0] = errno_of(socket(AF_INET, SOCK_STREAM, 0));
}

START_TEST(tcp_sockets_need_sandbox_connects)
{
	confined(make_socket_and_connect);
	EXPECT(0);
	confined(make_socket);
	EXPECT(REFUSED(ENOSYS));
}
END_TEST

/* Opens a TCP listener on loopback, and sets *port to its port. */
static int
listen_somewhere(uint16_t *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, size), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &size), 0);
	*port = ntohs(at.sin_port);
	return fd;
}

static int
try_connect(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int error = errno_of(connect(fd, (struct sockaddr *)&to, sizeof(to)));

	close(fd);
	return error;
}

/* Connects in a sandbox that allows all ports, then in a sandbox that allows a single port. */
static void
connect_and_narrow(void)
{
	uint16_t one, two;
	struct sandbox s;

	listen_somewhere(&one);
	listen_somewhere(&two);
	sandbox_open(&s, SANDBOX_CONNECTS | SANDBOX_NARROWS);
	sandbox_allow(&s, "/", SANDBOX_READ);
	ck_assert_ptr_null(sandbox_enter(&s));
	seen[0] = try_connect(two);
	seen[1] = try_open(in("one/list"), O_RDONLY);
	seen[2] = try_open(in("one/list"), O_WRONLY);
	sandbox_open(&s, SANDBOX_CONNECTS);
	sandbox_allow_port(&s, one);
	ck_assert_ptr_null(sandbox_narrow(&s));
	seen[3] = try_connect(one);
	seen[4] = try_connect(two);
	seen[5] = try_open(in("one/list"), O_RDONLY);
}

START_TEST(a_second_sandbox_narrows_ports_and_files)
{
	confined(connect_and_narrow);
	EXPECT(0, 0, REFUSED(EACCES), 0, REFUSED(EACCES), REFUSED(EACCES));
}
END_TEST

static int
try_map(int protection)
{
	void *p = mmap(NULL, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? errno : 0;
}

static void
map_code(void)
{
	enter(NULL, 0, 0);
	seen[0] = try_map(PROT_READ | PROT_WRITE);
	seen[1] = try_map(PROT_READ | PROT_WRITE | PROT_EXEC);
	seen[2] = errno_of(mprotect(seen, 4096, PROT_READ | PROT_WRITE | PROT_EXEC));
}

static void
compile(void)
{
	enter(NULL, 0, SANDBOX_COMPILES);
	seen[0] = try_map(PROT_READ | PROT_WRITE | PROT_EXEC);
}

START_TEST(executable_memory_needs_sandbox_compiles)
{
	confined(map_code);
	EXPECT(0, REFUSED(ENOSYS), REFUSED(ENOSYS));
	confined(compile);
	EXPECT(0);
}
END_TEST

/* Replaces stderr by a file that looks like the journal. */
static int
open_journal(void)
{
	int fd = open(in("journal"), O_RDWR | O_CREAT, 0600);
	char stream[64];
	struct stat st;

	fstat(fd, &st);
	snprintf(stream, sizeof(stream), "%lu:%lu", (unsigned long)st.st_dev,
	    (unsigned long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	dup2(fd, STDERR_FILENO);
	log_open("test");
	return fd;
}

/* Enters a sandbox as on a kernel without Landlock and seccomp. */
static void
go_without(void)
{
	int journal = open_journal();
	scmp_filter_ctx old = seccomp_init(SCMP_ACT_ALLOW);

	seccomp_rule_add(old, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(landlock_create_ruleset), 0);
	seccomp_rule_add(old, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(seccomp), 0);
	seccomp_rule_add(old, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1,
	    SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP, 0));
	seen[0] = -seccomp_load(old);
	seccomp_release(old);
	enter("one/list", SANDBOX_READ, 0);
	seen[1] = try_open("/etc/passwd", O_RDONLY);
	said[pread(journal, said, SAID_MAX, 0)] = '\0';
}

START_TEST(missing_kernel_features_are_skipped)
{
	confined(go_without);
	ck_assert(seen[0] == 0 || !CONFINED);	/* an emulator also lacks seccomp */
	ck_assert_int_eq(seen[1], 0);
	if (CONFINED) {
		ck_assert_ptr_nonnull(strstr(said,
		    "<7>test: files are not confined: no Landlock: "));
		ck_assert_ptr_nonnull(strstr(said,
		    "<7>test: system calls are not confined: no seccomp: "));
	} else {
		ck_assert_ptr_nonnull(strstr(said, "<7>test: not confined"));
	}
}
END_TEST

/* Closes the ruleset, so that no rule can be added. */
static void
lose_a_rule(void)
{
	struct sandbox s;

	sandbox_open(&s, 0);
	close(s.rules);
	sandbox_allow(&s, in("one/list"), SANDBOX_READ);
	seen[0] = s.rules >= 0 && sandbox_enter(&s) == NULL;
}

START_TEST(a_rule_that_cannot_be_added_is_a_failure)
{
	confined(lose_a_rule);
	EXPECT(0);
}
END_TEST

UNIT_MAIN("sandbox", files_in_an_allowed_folder_can_be_read,
    the_target_of_an_allowed_link_can_be_read, files_can_be_replaced_in_an_allowed_folder,
    remove_access_does_not_include_reading, calls_for_files_and_pipes_are_allowed,
    threads_are_allowed_and_processes_refused, tcp_sockets_need_sandbox_connects,
    a_second_sandbox_narrows_ports_and_files, executable_memory_needs_sandbox_compiles,
    missing_kernel_features_are_skipped, a_rule_that_cannot_be_added_is_a_failure)
