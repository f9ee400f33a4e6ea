/*
 * sandbox_enter first enables Landlock, which limits files, ports and signals, then seccomp with a
 * list of allowed system calls. Each works alone if the kernel lacks the other.
 *
 * Invariants: if a rule cannot be added, sandbox_enter fails. After sandbox_enter, restrictions can
 * only increase.
 */
#define _GNU_SOURCE	/* O_PATH, CLONE_THREAD, MSG_FASTOPEN */
#include "io/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <net/if.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "io/file.h"

#ifdef UNCONFINED
#define CONFINES false
#else
#define CONFINES true
#endif

/* Only one program of a pipeline logs this: the launcher sets the variable for the others. */
#define NOTE(...) (getenv("CONFINEMENT_NOTED") == NULL ? log_debug(__VA_ARGS__) : (void)0)

static const char *
failed(const char *what, int error)
{
	static char reason[PATH_MAX + 128];

	snprintf(reason, sizeof(reason), "cannot confine the process: %s: %s", what,
	    strerror(error));
	return reason;
}

/* --- Files, ports and scopes: Landlock --- */

/*
 * The kernel headers may be older than the kernel, so newer interfaces are declared here. An older
 * kernel accepts the longer structures of a newer kernel if the additional bytes are zero.
 */
#define ACCESS_1 ((UINT64_C(1) << 13) - 1)	/* all rights of version 1 */
#define ACCESS_TRUNCATE (UINT64_C(1) << 14)	/* since version 3 */
#define ACCESS_IOCTL_DEV (UINT64_C(1) << 15)	/* since version 5 */
#define NET_BIND_TCP UINT64_C(1)		/* since version 4 */
#define NET_CONNECT_TCP UINT64_C(2)
#define SCOPE_ABSTRACT_SOCKETS UINT64_C(1)	/* since version 6 */
#define SCOPE_SIGNALS UINT64_C(2)
#define RULE_PORT 2

struct ruleset {
	uint64_t fs, net, scoped;
};

struct port_rule {
	uint64_t access, port;
};

/* The rights that are refused unless a rule allows them. */
static struct ruleset
handled(const struct sandbox *s)
{
	struct ruleset all = { .fs = ACCESS_1 };

	if (s->version >= 3)
		all.fs |= ACCESS_TRUNCATE;
	if (s->version >= 4)
		all.net = NET_BIND_TCP | (s->does & SANDBOX_NARROWS ? 0 : NET_CONNECT_TCP);
	if (s->version >= 5)
		all.fs |= ACCESS_IOCTL_DEV;
	if (s->version >= 6)
		all.scoped = SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS;
	return all;
}

static void
add_rule(struct sandbox *s, int type, const void *rule, const char *what)
{
	if (syscall(SYS_landlock_add_rule, s->rules, type, rule, 0) != 0 && s->failure == NULL)
		s->failure = failed(what, errno);
}

/* For NET_BIND_TCP, port 0 allows bind(2) to port 0: the system chooses a port. */
static void
allow_port(struct sandbox *s, uint64_t access, uint16_t port)
{
	struct port_rule rule = { access, port };

	if (s->rules >= 0 && (handled(s).net & access) != 0)
		add_rule(s, RULE_PORT, &rule, "Landlock: TCP port");
}

void
sandbox_open(struct sandbox *s, unsigned does)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset all;

	*s = (struct sandbox){ .rules = -1, .does = does };
	if (!CONFINES)
		return;
	if (version < 1) {
		s->error = errno;
		return;
	}
	s->version = (unsigned)version;
	all = handled(s);
	s->rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	if (s->rules < 0)
		s->error = errno;
	if (does & SANDBOX_CONNECTS)
		allow_port(s, NET_BIND_TCP, 0);
}

void
sandbox_allow_port(struct sandbox *s, uint16_t port)
{
	allow_port(s, NET_CONNECT_TCP, port);
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

/* A missing folder needs no rule: it has no files to open. */
static void
allow_folder(struct sandbox *s, const char *path, unsigned may)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = access_of(s, may) };
	char folder[PATH_MAX];

	if (!file_folder(path, folder))
		return;
	rule.parent_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return;
	add_rule(s, LANDLOCK_RULE_PATH_BENEATH, &rule, folder);
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

static const char *
restrict_self(struct sandbox *s)
{
	if (s->rules < 0 || s->failure != NULL)
		return s->failure;
	if (syscall(SYS_landlock_restrict_self, s->rules, 0) != 0)
		return failed("Landlock", errno);
	close(s->rules);
	s->rules = -1;
	return NULL;
}

static void
note_landlock(const struct sandbox *s)
{
	if (s->rules < 0)
		NOTE("files are not confined: no Landlock: %s", strerror(s->error));
	else if ((s->does & SANDBOX_CONNECTS) && s->version < 4)
		NOTE("ports are not confined: Landlock of version %u; needs 4", s->version);
}

/* --- System calls: seccomp --- */

/*
 * System calls that the programs and libc need after the start, in old and new variants, allowed
 * with any arguments. sendmsg and recvmsg are absent, since they pass descriptors.
 */
static const char *const calls[] = {
	"read", "readv", "pread64", "preadv", "write", "writev", "pwrite64", "pwritev", "lseek",
	"_llseek", "pipe", "pipe2", "poll", "ppoll", "ppoll_time64", "close", "dup", "dup2", "dup3",
	"open", "openat", "openat2", "readlink", "readlinkat", "getcwd",
	"access", "faccessat", "faccessat2", "stat", "stat64", "lstat", "lstat64", "fstat",
	"fstat64", "fstatat64", "newfstatat", "statx", "statfs", "fstatfs", "rename", "renameat",
	"renameat2", "link", "linkat", "unlink", "unlinkat", "umask", "ftruncate", "ftruncate64",
	"fallocate", "fsync", "fdatasync", "flock", "msync", "utime", "utimes", "utimensat",
	"utimensat_time64", "accept", "accept4", "getsockopt", "setsockopt", "getsockname",
	"getpeername", "shutdown", "recv", "recvfrom",
	"brk", "mremap", "munmap", "madvise", "membarrier",
	"futex", "futex_time64", "set_robust_list", "rseq", "sched_yield", "sched_getaffinity",
	"set_tid_address", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending",
	"sigreturn", "sigaltstack", "restart_syscall", "getpid", "gettid", "exit", "exit_group",
	"getuid", "getuid32", "geteuid", "geteuid32", "getgid", "getgid32", "getegid", "getegid32",
	"clock_gettime", "clock_gettime64", "clock_getres", "gettimeofday", "time", "nanosleep",
	"clock_nanosleep", "clock_nanosleep_time64", "getrandom", "getrlimit",
	"ugetrlimit", "sysinfo", "uname",
};

static const char *const connecting[] = { "connect", "bind" };

/* System calls of sandbox_narrow, which can only remove rights. */
static const char *const narrowing[] = {
	"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self",
};

/* A system call that is allowed if all these conditions on arguments match. */
#define ARGS_MAX 3
struct rule {
	const char *call;
	unsigned n;
	struct scmp_arg_cmp args[ARGS_MAX];
};

#define IS(arg, value) { arg, SCMP_CMP_EQ, value, 0 }
#define BITS(arg, mask, value) { arg, SCMP_CMP_MASKED_EQ, mask, value }
#define FCNTL(command) { "fcntl", 1, { IS(1, command) } }, { "fcntl64", 1, { IS(1, command) } }
#define TYPE_BITS 0xf		/* the type of a socket; other bits are flags */

#ifdef __s390__		/* clone(2): first two arguments swapped */
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

/*
 * fcntl: F_SETOWN, F_SETSIG and O_ASYNC are not allowed, since they can send signals to any process
 * of the user. prlimit64: only reads the limits of this process. clone: only creates threads.
 * sendto, send: MSG_FASTOPEN would connect without a check by Landlock.
 */
static const struct rule limited[] = {
	FCNTL(F_DUPFD), FCNTL(F_DUPFD_CLOEXEC), FCNTL(F_GETFD), FCNTL(F_SETFD), FCNTL(F_GETFL),
	FCNTL(F_GETLK), FCNTL(F_SETLK), FCNTL(F_SETLKW), FCNTL(F_GETPIPE_SZ), FCNTL(F_SETPIPE_SZ),
#if F_SETLK64 != F_SETLK
	FCNTL(F_GETLK64), FCNTL(F_SETLK64), FCNTL(F_SETLKW64),
#endif
	{ "fcntl", 2, { IS(1, F_SETFL), BITS(2, O_ASYNC, 0) } },
	{ "fcntl64", 2, { IS(1, F_SETFL), BITS(2, O_ASYNC, 0) } },
	{ "prlimit64", 2, { IS(0, 0), IS(2, 0) } },
	{ "clone", 1, { BITS(CLONE_FLAGS, CLONE_THREAD, CLONE_THREAD) } },
	{ "sendto", 1, { BITS(3, MSG_FASTOPEN, 0) } },
	{ "send", 1, { BITS(3, MSG_FASTOPEN, 0) } },
};

/* The old mmap of some architectures passes its arguments in memory, which seccomp cannot read. */
#if defined(__i386__)
static const struct rule data_memory[] = {
	{ "mmap2", 1, { BITS(2, PROT_EXEC, 0) } }, { "mprotect", 1, { BITS(2, PROT_EXEC, 0) } },
};
#elif defined(__s390__)
static const struct rule data_memory[] = {
	{ "mmap", 0, { { 0 } } }, { "mprotect", 1, { BITS(2, PROT_EXEC, 0) } },
};
#else
static const struct rule data_memory[] = {
	{ "mmap", 1, { BITS(2, PROT_EXEC, 0) } }, { "mmap2", 1, { BITS(2, PROT_EXEC, 0) } },
	{ "mprotect", 1, { BITS(2, PROT_EXEC, 0) } },
};
#endif
/* Allowed with SANDBOX_COMPILES. Some architectures need a call to flush the instruction cache. */
static const char *const code_memory[] = {
	"mmap", "mmap2", "mprotect", "cacheflush", "riscv_flush_icache",
};

/*
 * Landlock limits only TCP ports, so other protocols, such as MPTCP or SCTP, are not allowed. The
 * ioctl returns the interface index of a link-local peer.
 */
static const struct rule connecting_limited[] = {
	{ "socket", 3, { IS(0, AF_INET), BITS(1, TYPE_BITS, SOCK_STREAM), IS(2, 0) } },
	{ "socket", 3, { IS(0, AF_INET6), BITS(1, TYPE_BITS, SOCK_STREAM), IS(2, 0) } },
	{ "ioctl", 1, { IS(1, SIOCGIFINDEX) } },
};

/* libpcap asks for the state of an interface whose socket has failed. */
static const struct rule capturing[] = {
	{ "ioctl", 1, { IS(1, SIOCGIFFLAGS) } },
};

struct filter {
	scmp_filter_ctx context;
	int error;		/* the first error, as a negative errno, or 0 */
};

/* Allows a system call, or skips one that this architecture or libseccomp does not know. */
static void
allow_rule(struct filter *filter, const struct rule *rule)
{
	int call = seccomp_syscall_resolve_name(rule->call);

	if (call != __NR_SCMP_ERROR && call >= 0 && filter->error == 0)
		filter->error = seccomp_rule_add_array(filter->context, SCMP_ACT_ALLOW, call,
		    rule->n, rule->args);
}

static void
allow_rules(struct filter *filter, const struct rule rules[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		allow_rule(filter, &rules[i]);
}

static void
allow_calls(struct filter *filter, const char *const names[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		allow_rule(filter, &(struct rule){ .call = names[i] });
}

#define ALL(list) (list), sizeof(list) / sizeof((list)[0])

static void
allow_all(struct filter *filter, unsigned does)
{
	const struct rule own_signals = { "tgkill", 1, { IS(0, (scmp_datum_t)getpid()) } };

	allow_calls(filter, ALL(calls));
	allow_rules(filter, ALL(limited));
	allow_rule(filter, &own_signals);
	if (does & SANDBOX_COMPILES)
		allow_calls(filter, ALL(code_memory));
	else
		allow_rules(filter, ALL(data_memory));
	if (does & SANDBOX_CONNECTS) {
		allow_calls(filter, ALL(connecting));
		allow_rules(filter, ALL(connecting_limited));
	}
	if (does & SANDBOX_CAPTURES)
		allow_rules(filter, ALL(capturing));
	if (does & SANDBOX_NARROWS)
		allow_calls(filter, ALL(narrowing));
}

/* System calls that are not allowed fail with ENOSYS, so that libc falls back to older ones. */
static const char *
confine_calls(unsigned does)
{
	struct filter filter = { .context = seccomp_init(SCMP_ACT_ERRNO(ENOSYS)) };
	int error;

	if (filter.context == NULL)
		return failed("seccomp", ENOMEM);
	allow_all(&filter, does);
	error = filter.error == 0 ? seccomp_load(filter.context) : 0;
	if (error != 0)
		NOTE("system calls are not confined: no seccomp: %s", strerror(-error));
	seccomp_release(filter.context);
	return filter.error != 0 ? failed("seccomp", -filter.error) : NULL;
}

const char *
sandbox_enter(struct sandbox *s)
{
	const char *why;

	if (!CONFINES) {
		NOTE("not confined: this build has neither Landlock nor seccomp");
		return NULL;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return failed("no new privileges", errno);
	note_landlock(s);
	why = restrict_self(s);
	return why != NULL ? why : confine_calls(s->does);
}

const char *
sandbox_narrow(struct sandbox *s)
{
	return restrict_self(s);
}
