#define _GNU_SOURCE	/* O_PATH, CLONE_THREAD */
#include "sandbox.h"

#include <stdlib.h>

#include "log.h"

/* Once for all programs of a pipeline: what starts them says in the environment which one does. */
#define NOTE(...) (getenv("CONFINEMENT_NOTED") == NULL ? log_debug(__VA_ARGS__) : (void)0)

#if !defined(__linux__) || defined(UNCONFINED)

void
sandbox_open(struct sandbox *s)
{
	*s = (struct sandbox){ .rules = -1 };
}

void
sandbox_allow(struct sandbox *s, const char *path, unsigned may)
{
	(void)s;
	(void)path;
	(void)may;
}

void
sandbox_enter(struct sandbox *s, bool connects)
{
	(void)s;
	(void)connects;
	NOTE("not confined: neither Landlock nor seccomp is here");
}

#else

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <net/if.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- Files: Landlock --- */

/*
 * Its first version has all up to here; the headers may be older than the kernel, and the kernel
 * than the headers.
 */
#define ACCESS_1 ((UINT64_C(1) << 13) - 1)
#define ACCESS_TRUNCATE (UINT64_C(1) << 14)	/* since version 3 */

void
sandbox_open(struct sandbox *s)
{
	struct landlock_ruleset_attr handled = { .handled_access_fs = ACCESS_1 };
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	*s = (struct sandbox){ .rules = -1 };
	if (version < 1) {
		NOTE("files are not confined: no Landlock: %s", strerror(errno));
		return;
	}
	s->version = (unsigned)version;
	if (version >= 3)
		handled.handled_access_fs |= ACCESS_TRUNCATE;
	s->rules = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);
	if (s->rules < 0)
		NOTE("files are not confined: Landlock: %s", strerror(errno));
}

static uint64_t
access_of(const struct sandbox *s, unsigned may)
{
	uint64_t access = 0;

	if (may & (SANDBOX_READ | SANDBOX_REPLACE))
		access |= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
	if (may & (SANDBOX_WRITE | SANDBOX_REPLACE))
		access |= LANDLOCK_ACCESS_FS_WRITE_FILE | (s->version >= 3 ? ACCESS_TRUNCATE : 0);
	if (may & (SANDBOX_REMOVE | SANDBOX_REPLACE))
		access |= LANDLOCK_ACCESS_FS_REMOVE_FILE;
	if (may & SANDBOX_REPLACE)
		access |= LANDLOCK_ACCESS_FS_MAKE_REG;
	return access;
}

/* A folder that is not there needs no rule: opening a file in it fails anyway. */
static void
allow_folder(const struct sandbox *s, const char *path, unsigned may)
{
	const char *slash = strrchr(path, '/');
	struct landlock_path_beneath_attr rule = { .allowed_access = access_of(s, may) };
	char folder[PATH_MAX] = ".";
	/* With the slash, for that of the root. */
	size_t n = slash != NULL ? (size_t)(slash - path) + 1 : 0;

	if (n >= sizeof(folder))
		return;
	if (n > 0) {
		memcpy(folder, path, n);
		folder[n] = '\0';
	}
	rule.parent_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return;
	if (syscall(SYS_landlock_add_rule, s->rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
		log_die("%s: Landlock: %s", folder, strerror(errno));
	close(rule.parent_fd);
}

void
sandbox_allow(struct sandbox *s, const char *path, unsigned may)
{
	char real[PATH_MAX];

	if (s->rules < 0 || path == NULL)
		return;
	allow_folder(s, path, may);
	if (realpath(path, real) != NULL)
		allow_folder(s, real, may);
}

static void
confine_files(struct sandbox *s)
{
	if (s->rules < 0)
		return;
	if (syscall(SYS_landlock_restrict_self, s->rules, 0) != 0)
		log_die("Landlock: %s", strerror(errno));
	close(s->rules);
	s->rules = -1;
}

/* --- System calls: seccomp --- */

/*
 * What the programs, and libc in their name, have to do after the start; with older and newer calls
 * for the same.
 */
static const char *const calls[] = {
	"read", "readv", "pread64", "preadv", "write", "writev", "pwrite64", "pwritev", "lseek",
	"_llseek", "pipe", "pipe2", "poll", "ppoll", "ppoll_time64", "close", "dup", "dup2", "dup3",
	"fcntl", "fcntl64", "open", "openat", "openat2", "readlink", "readlinkat", "getcwd",
	"access", "faccessat", "faccessat2", "stat", "stat64", "lstat", "lstat64", "fstat",
	"fstat64", "fstatat64", "newfstatat", "statx", "statfs", "fstatfs", "rename", "renameat",
	"renameat2", "link", "linkat", "unlink", "unlinkat", "umask", "ftruncate", "ftruncate64",
	"fallocate", "fsync", "fdatasync", "flock", "msync", "utime", "utimes", "utimensat",
	"utimensat_time64", "accept", "accept4", "getsockopt", "setsockopt", "getsockname",
	"getpeername", "shutdown", "recv", "recvfrom", "recvmsg", "send", "sendto", "sendmsg",
	"brk", "mmap", "mmap2", "mprotect", "mremap", "munmap", "madvise", "membarrier",
	"futex", "futex_time64", "set_robust_list", "rseq", "sched_yield", "sched_getaffinity",
	"set_tid_address", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending",
	"sigreturn", "sigaltstack", "restart_syscall", "getpid", "gettid", "exit", "exit_group",
	"getuid", "getuid32", "geteuid", "geteuid32", "getgid", "getgid32", "getegid", "getegid32",
	"clock_gettime", "clock_gettime64", "clock_getres", "gettimeofday", "time", "nanosleep",
	"clock_nanosleep", "clock_nanosleep_time64", "getrandom", "prlimit64", "getrlimit",
	"ugetrlimit", "sysinfo", "uname",
};

static const char *const connecting[] = { "socket", "connect", "bind" };

static int
allow_calls(scmp_filter_ctx filter, const char *const names[], size_t n)
{
	int error = 0;

	for (size_t i = 0; i < n && error == 0; i++) {
		int call = seccomp_syscall_resolve_name(names[i]);

		/* Not all architectures, nor all versions of the library, know all of them. */
		if (call != __NR_SCMP_ERROR && call >= 0)
			error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
	}
	return error;
}

#ifdef __s390__		/* which has the arguments the other way round */
#define CLONE_FLAGS SCMP_A1
#else
#define CLONE_FLAGS SCMP_A0
#endif

/* Threads and signals, but no other process, and none to another. */
static int
allow_own(scmp_filter_ctx filter)
{
	int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
	    CLONE_FLAGS(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));

	return error != 0 ? error : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
	    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
}

/* The index of a link-local peer's interface is asked for by an ioctl. */
static int
allow_connecting(scmp_filter_ctx filter)
{
	int error = allow_calls(filter, connecting, sizeof(connecting) / sizeof(connecting[0]));

	return error != 0 ? error : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
	    SCMP_A1(SCMP_CMP_EQ, SIOCGIFINDEX, 0));
}

/*
 * All else is as if it did not exist: so libc takes an older call where it tries a newer one first.
 */
static void
confine_calls(bool connects)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int error = filter == NULL ? -ENOMEM : allow_calls(filter, calls,
	    sizeof(calls) / sizeof(calls[0]));

	if (error == 0)
		error = allow_own(filter);
	if (error == 0 && connects)
		error = allow_connecting(filter);
	if (error != 0)
		log_die("seccomp: %s", strerror(-error));
	error = seccomp_load(filter);
	if (error != 0)
		NOTE("system calls are not confined: no seccomp: %s", strerror(-error));
	seccomp_release(filter);
}

void
sandbox_enter(struct sandbox *s, bool connects)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		log_die("no new privileges: %s", strerror(errno));
	confine_files(s);
	confine_calls(connects);
}

#endif
