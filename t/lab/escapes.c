/*
 * Attempts to escape from the sandbox, as an attacker who controls a program would. t/70-sandbox.t
 * preloads this library into each program. When the program has confined itself and waits for
 * input, the library makes each attempt once, and writes the name and result of the attempt to the
 * file ESCAPES. The result is `ok` or the name of an error. Environment variables:
 *
 *	ESCAPES_VICTIM		a process of the same user
 *	ESCAPES_SECRET		a file in a folder that the program does not use
 *	ESCAPES_FOLDER		the folder of ESCAPES_SECRET, also with a file `removable`
 *	ESCAPES_OWN		a folder that the program may write to, or "/nowhere"
 *	ESCAPES_SOCKET		a listening unix socket
 *	ESCAPES_PORT		a listening TCP port of 127.0.0.1 that no peer has
 *	ESCAPES_PEER_PORT	a listening TCP port of a peer
 *	ESCAPES_WATCH		a file; the result `parsed` shows if it is read in the sandbox
 *	ESCAPES_AT_ONCE		if set, the attempts are made at the start, without a sandbox
 *
 * If fork works, each attempt runs in its own process.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096

static struct {
	int out;		/* descriptor for results; -1: this process makes no attempts */
	pid_t victim;
	const char *secret, *folder, *own, *socket;
	int port, peer_port;
	struct stat watched;
	bool watches, done;
} e = { .out = -1 };

/* --- The attempts: each returns a negative number and sets errno if it fails --- */

static const char *
in(const char *folder, const char *name)
{
	static char paths[2][512];
	static unsigned turn;
	char *path = paths[turn++ % 2];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static long read_secret(void) { return open(e.secret, O_RDONLY); }
static long write_secret(void) { return open(e.secret, O_WRONLY); }
static long truncate_secret(void) { return truncate(e.secret, 0); }
static long chmod_secret(void) { return chmod(e.secret, 0777); }
static long chown_secret(void) { return chown(e.secret, getuid(), getgid()); }
static long xattr_secret(void) { return setxattr(e.secret, "user.x", "x", 1, 0); }
static long link_secret(void) { return link(e.secret, in(e.own, "linked")); }
static long unlink_outside(void) { return unlink(in(e.folder, "removable")); }
static long read_passwd(void) { return open("/etc/passwd", O_RDONLY); }
static long list_root(void) { return open("/", O_RDONLY | O_DIRECTORY); }
static long create_in_tmp(void) { return open("/tmp", O_TMPFILE | O_WRONLY, 0600); }
static long own_memory(void) { return open("/proc/self/mem", O_RDWR); }
static long open_device(void) { return open("/dev/zero", O_RDWR); }
static long make_link(void) { return symlink("/etc/passwd", in(e.own, "symlink")); }
static long make_folder(void) { return mkdir(in(e.own, "folder"), 0700); }
static long make_fifo(void) { return mkfifo(in(e.own, "fifo"), 0600); }
static long change_root(void) { return chroot("/tmp"); }
static long change_folder(void) { return chdir("/tmp"); }
static long mount_tmp(void) { return mount("none", "/mnt", "tmpfs", 0, NULL); }

static long
rename_secret(void)
{
	const char *to = in(e.own, "renamed");

	return rename(e.secret, to) < 0 ? -1 : rename(to, e.secret);
}

static long
victim_memory(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)e.victim);
	return open(path, O_RDWR);
}

/* Sockets. */

static long unix_stream(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }
static long unix_datagram(void) { return socket(AF_UNIX, SOCK_DGRAM, 0); }
static long unix_packets(void) { return socket(AF_UNIX, SOCK_SEQPACKET, 0); }
static long netlink(void) { return socket(AF_NETLINK, SOCK_RAW, 0); }
static long udp(void) { return socket(AF_INET, SOCK_DGRAM, 0); }
static long udp6(void) { return socket(AF_INET6, SOCK_DGRAM, 0); }
static long raw(void) { return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP); }
static long packet(void) { return socket(AF_PACKET, SOCK_RAW, 0); }
static long mptcp(void) { return socket(AF_INET, SOCK_STREAM, 262); }
static long sctp(void) { return socket(AF_INET, SOCK_STREAM, 132); }
static long crypto(void) { return socket(AF_ALG, SOCK_SEQPACKET, 0); }
static long tcp(void) { return socket(AF_INET, SOCK_STREAM, 0); }
static long tcp6(void) { return socket(AF_INET6, SOCK_STREAM, 0); }

static long
pair(void)
{
	int ends[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
}

static long
connect_unix(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", e.socket);
	return fd < 0 ? fd : connect(fd, (struct sockaddr *)&to, sizeof(to));
}

/* Removes the filter of a socket, which then receives all packets of its interface. */
static long
detach_filter(void)
{
	const int unused = 0;

	for (int fd = 0; fd < 32; fd++)
		if (setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused)) == 0)
			return fd;
	errno = EPERM;
	return -1;
}

static struct sockaddr_in
local(int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static long
connect_tcp(int port)
{
	struct sockaddr_in to = local(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 ? fd : connect(fd, (struct sockaddr *)&to, sizeof(to));
}

static long connect_port(void) { return connect_tcp(e.port); }
static long connect_peer_port(void) { return connect_tcp(e.peer_port); }

static long
fast_open(void)
{
	struct sockaddr_in to = local(e.port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 ? fd : sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&to, sizeof(to));
}

static long
fast_open_message(void)
{
	struct sockaddr_in to = local(e.port);
	struct iovec x = { "x", 1 };
	struct msghdr message = { .msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &x,
	    .msg_iovlen = 1 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 ? fd : sendmsg(fd, &message, MSG_FASTOPEN);
}

static long
bind_port(void)
{
	struct sockaddr_in at = local(1179);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 ? fd : bind(fd, (struct sockaddr *)&at, sizeof(at));
}

static long
listen_anywhere(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 ? fd : listen(fd, 1);
}

/* Signals, and other control of processes. */

static siginfo_t
word(void)
{
	return (siginfo_t){ .si_signo = SIGWINCH, .si_code = SI_QUEUE };
}

static long send_kill(void) { return kill(e.victim, SIGWINCH); }
static long send_tkill(void) { return syscall(SYS_tkill, e.victim, SIGWINCH); }
static long send_tgkill(void) { return syscall(SYS_tgkill, e.victim, e.victim, SIGWINCH); }
static long open_pidfd(void) { return syscall(SYS_pidfd_open, e.victim, 0); }

static long
send_queue(void)
{
	siginfo_t info = word();

	return syscall(SYS_rt_sigqueueinfo, e.victim, SIGWINCH, &info);
}

static long
send_thread_queue(void)
{
	siginfo_t info = word();

	return syscall(SYS_rt_tgsigqueueinfo, e.victim, e.victim, SIGWINCH, &info);
}

static long
send_by_pidfd(void)
{
	long fd = open_pidfd();

	return fd < 0 ? fd : syscall(SYS_pidfd_send_signal, fd, SIGWINCH, NULL, 0);
}

static int
end_of_pipe(void)
{
	int ends[2];

	return pipe(ends) < 0 ? -1 : ends[0];
}

static long set_owner(void) { return fcntl(end_of_pipe(), F_SETOWN, e.victim); }
static long set_signal(void) { return fcntl(end_of_pipe(), F_SETSIG, SIGKILL); }
static long set_async(void) { return fcntl(end_of_pipe(), F_SETFL, O_ASYNC); }
static long set_lease(void) { return fcntl(end_of_pipe(), F_SETLEASE, F_UNLCK); }

static long
set_owner_ex(void)
{
	struct f_owner_ex owner = { F_OWNER_PID, e.victim };

	return fcntl(end_of_pipe(), F_SETOWN_EX, &owner);
}

static long
set_owner_by(unsigned long request)
{
	int owner = e.victim, fd = socket(AF_INET, SOCK_STREAM, 0);

	/* If there is no socket, use a pipe: the sandbox refuses the request for any descriptor. */
	return ioctl(fd >= 0 ? fd : end_of_pipe(), request, &owner);
}

static long set_owner_fiosetown(void) { return set_owner_by(FIOSETOWN); }
static long set_owner_siocspgrp(void) { return set_owner_by(SIOCSPGRP); }

static long
set_timer(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGWINCH };
	int timer;

	return syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer);
}

static long
limit_victim(void)
{
	struct rlimit few = { 1, 1 };

	return prlimit(e.victim, RLIMIT_NOFILE, &few, NULL);
}

static long
read_victim_limit(void)
{
	struct rlimit now;

	return prlimit(e.victim, RLIMIT_NOFILE, NULL, &now);
}

static long
limit_self(void)
{
	struct rlimit none = { 0, 0 };

	return setrlimit(RLIMIT_CORE, &none);
}

static long
pin_victim(void)
{
	cpu_set_t all;

	memset(&all, 0xff, sizeof(all));
	return sched_setaffinity(e.victim, sizeof(all), &all);
}

static long
read_victim(void)
{
	char byte;
	struct iovec to = { &byte, 1 }, from = { (void *)environ, 1 };

	return process_vm_readv(e.victim, &to, 1, &from, 1, 0);
}

static long
write_victim(void)
{
	char byte = 0;
	struct iovec from = { &byte, 1 }, to = { (void *)&e, 1 };

	return process_vm_writev(e.victim, &from, 1, &to, 1, 0);
}

static long nice_victim(void) { return setpriority(PRIO_PROCESS, (id_t)e.victim, 19); }
static long trace_victim(void) { return ptrace(PTRACE_SEIZE, e.victim, NULL, NULL); }
static long trace_me(void) { return ptrace(PTRACE_TRACEME, 0, NULL, NULL); }
static long descriptor_of_victim(void) { return syscall(SYS_pidfd_getfd, open_pidfd(), 0, 0); }
static long new_process(void) { return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }

/* An allowed clone3 without arguments fails with EINVAL. */
static long
new_process3(void)
{
	return syscall(SYS_clone3, NULL, 0) < 0 && errno == EINVAL ? 0 : -1;
}

static long run_program(void) { return execl("/bin/true", "true", (char *)NULL); }

static long
run_descriptor(void)
{
	char *argv[] = { "true", NULL };

	return execveat(AT_FDCWD, "/bin/true", argv, argv + 1, 0);
}

/* Memory. */

static long
map(int protection)
{
	void *p = mmap(NULL, PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? -1 : 0;
}

static long map_writable_code(void) { return map(PROT_READ | PROT_WRITE | PROT_EXEC); }
static long map_code(void) { return map(PROT_READ | PROT_EXEC); }

static void *
data_page(void)
{
	return mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static long protect_code(void) { return mprotect(data_page(), PAGE, PROT_READ | PROT_EXEC); }

static long
protect_code_by_key(void)
{
	return syscall(SYS_pkey_mprotect, data_page(), PAGE, PROT_READ | PROT_EXEC, -1);
}

static long file_in_memory(void) { return memfd_create("x", 0); }
static long shared_memory(void) { return shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0700); }
static long code_by_reading(void) { return personality(READ_IMPLIES_EXEC); }

static long
attach_code(void)
{
	int id = shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0700);
	void *p = id < 0 ? (void *)-1 : shmat(id, NULL, SHM_EXEC);

	if (id >= 0)
		shmctl(id, IPC_RMID, NULL);
	return p == (void *)-1 ? -1 : 0;
}

/* Other parts of the kernel. */

static long
rings(void)
{
	char parameters[256] = { 0 };

	return syscall(SYS_io_uring_setup, 1, parameters);
}

static long user_faults(void) { return syscall(SYS_userfaultfd, 1); }
static long keys(void) { return syscall(SYS_keyctl, 0, -3, 0); }
static long request_key(void) { return syscall(SYS_request_key, "user", "x", NULL, 0); }
static long add_key(void) { return syscall(SYS_add_key, "user", "x", "x", 1, -3); }
static long perf(void) { return syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0); }
static long bpf(void) { return syscall(SYS_bpf, 0, NULL, 0); }
static long new_namespace(void) { return unshare(CLONE_NEWUSER); }
static long modules(void) { return syscall(SYS_init_module, NULL, 0, ""); }
static long control_process(void) { return prctl(PR_SET_DUMPABLE, 1); }
static long set_user(void) { return setuid(getuid()); }
static long set_mask(void) { return syscall(SYS_seccomp, 0, 0, NULL); }
static long open_handle(void) { return syscall(SYS_open_by_handle_at, -1, NULL, 0); }

static const struct attempt {
	const char *name;
	long (*make)(void);
} attempts[] = {
	{ "read-secret", read_secret }, { "write-secret", write_secret },
	{ "truncate-secret", truncate_secret }, { "chmod-secret", chmod_secret },
	{ "chown-secret", chown_secret }, { "xattr-secret", xattr_secret },
	{ "link-secret", link_secret }, { "rename-secret", rename_secret },
	{ "unlink-outside", unlink_outside },
	{ "read-passwd", read_passwd }, { "list-root", list_root },
	{ "create-in-tmp", create_in_tmp }, { "own-memory", own_memory },
	{ "victim-memory", victim_memory }, { "open-device", open_device },
	{ "symlink", make_link }, { "mkdir", make_folder }, { "mkfifo", make_fifo },
	{ "chroot", change_root }, { "chdir", change_folder }, { "mount", mount_tmp },
	{ "unix-stream", unix_stream }, { "unix-datagram", unix_datagram },
	{ "unix-packets", unix_packets }, { "socketpair", pair }, { "connect-unix", connect_unix },
	{ "netlink", netlink }, { "udp", udp }, { "udp6", udp6 }, { "raw", raw },
	{ "packet", packet }, { "detach-filter", detach_filter }, { "mptcp", mptcp },
	{ "sctp", sctp }, { "crypto", crypto },
	{ "tcp", tcp }, { "tcp6", tcp6 }, { "connect-peer-port", connect_peer_port },
	{ "connect-port", connect_port }, { "fast-open", fast_open },
	{ "fast-open-message", fast_open_message }, { "bind-port", bind_port },
	{ "listen", listen_anywhere },
	{ "kill", send_kill }, { "tkill", send_tkill }, { "tgkill", send_tgkill },
	{ "sigqueue", send_queue }, { "thread-sigqueue", send_thread_queue },
	{ "pidfd", open_pidfd }, { "pidfd-signal", send_by_pidfd }, { "setown", set_owner },
	{ "setown-ex", set_owner_ex }, { "setsig", set_signal }, { "async", set_async },
	{ "lease", set_lease }, { "fiosetown", set_owner_fiosetown },
	{ "siocspgrp", set_owner_siocspgrp }, { "timer", set_timer },
	{ "limit-victim", limit_victim }, { "read-victim-limit", read_victim_limit },
	{ "limit-self", limit_self }, { "pin-victim", pin_victim }, { "nice-victim", nice_victim },
	{ "read-victim", read_victim }, { "write-victim", write_victim },
	{ "trace-victim", trace_victim }, { "trace-me", trace_me },
	{ "descriptor-of-victim", descriptor_of_victim },
	{ "map-writable-code", map_writable_code }, { "map-code", map_code },
	{ "protect-code", protect_code }, { "protect-code-by-key", protect_code_by_key },
	{ "file-in-memory", file_in_memory }, { "shared-memory", shared_memory },
	{ "attach-code", attach_code }, { "code-by-reading", code_by_reading },
	{ "io-uring", rings }, { "userfaultfd", user_faults }, { "keyctl", keys },
	{ "request-key", request_key }, { "add-key", add_key }, { "perf", perf }, { "bpf", bpf },
	{ "namespace", new_namespace }, { "module", modules }, { "prctl", control_process },
	{ "setuid", set_user }, { "seccomp", set_mask }, { "open-handle", open_handle },
	{ "clone", new_process }, { "clone3", new_process3 },
	{ "execve", run_program }, { "execveat", run_descriptor },
};

/* --- Making the attempts --- */

/* Makes an attempt. Returns 0 or an errno. */
static int
make(const struct attempt *a)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return a->make() < 0 ? errno : 0;
	if (pid == 0)
		_exit(a->make() < 0 ? errno : 0);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

static void
report(const char *name, const char *result)
{
	dprintf(e.out, "%s %s\n", name, result);
}

static void
make_all(void)
{
	e.done = true;
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		int error = make(&attempts[i]);

		report(attempts[i].name, error == 0 ? "ok" : strerrorname_np(error));
	}
	report("end", "ok");
}

/* Whether this process is in the sandbox, which refuses prctl. */
static bool
is_inside(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0;
}

static void
look(void)
{
	if (e.out >= 0 && !e.done && is_inside())
		make_all();
}

static void
look_at_reading(int fd)
{
	struct stat st;

	if (!e.watches || fstat(fd, &st) < 0 || st.st_dev != e.watched.st_dev ||
	    st.st_ino != e.watched.st_ino)
		return;
	e.watches = false;
	report("parsed", is_inside() ? "inside" : "outside");
}

#define NEXT(type, name) type *next = (type *)(uintptr_t)dlsym(RTLD_NEXT, name)
typedef int ppoll_fn(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
typedef ssize_t read_fn(int, void *, size_t);
typedef ssize_t pread_fn(int, void *, size_t, off_t);

int
ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
	NEXT(ppoll_fn, "ppoll");

	look();
	return next(fds, n, timeout, mask);
}

ssize_t
read(int fd, void *to, size_t n)
{
	NEXT(read_fn, "read");

	look_at_reading(fd);
	if (fd == STDIN_FILENO)
		look();
	return next(fd, to, n);
}

ssize_t
pread(int fd, void *to, size_t n, off_t at)
{
	NEXT(pread_fn, "pread");

	look_at_reading(fd);
	return next(fd, to, n, at);
}

ssize_t
pread64(int fd, void *to, size_t n, off_t at)
{
	return pread(fd, to, n, at);
}

static const char *
setting(const char *name)
{
	const char *value = getenv(name);

	return value != NULL ? value : "/nowhere";
}

__attribute__((constructor)) static void
begin(void)
{
	if (getenv("ESCAPES") == NULL)
		return;
	e.out = open(getenv("ESCAPES"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	e.victim = atoi(setting("ESCAPES_VICTIM"));
	e.secret = setting("ESCAPES_SECRET");
	e.folder = setting("ESCAPES_FOLDER");
	e.own = setting("ESCAPES_OWN");
	e.socket = setting("ESCAPES_SOCKET");
	e.port = atoi(setting("ESCAPES_PORT"));
	e.peer_port = atoi(setting("ESCAPES_PEER_PORT"));
	e.watches = stat(setting("ESCAPES_WATCH"), &e.watched) == 0;
	unsetenv("LD_PRELOAD");
	if (getenv("ESCAPES_AT_ONCE") != NULL)
		make_all();
}
