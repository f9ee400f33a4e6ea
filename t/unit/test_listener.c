/* Unix sockets in a temporary folder, and TCP sockets on loopback. */
#include "io/listener.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "unit.h"

static char folder[] = "/tmp/dnstap-bgp-unit.XXXXXX", path[64];

static void
begin(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/x.sock", folder);
}

/* The number of files in the folder. */
static unsigned
count_files(void)
{
	DIR *dir = opendir(folder);
	unsigned n = 0;

	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n - 2;
}

static void
end(void)
{
	unlink(path);
	ck_assert_uint_eq(count_files(), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}

static int
connect_unix(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	strcpy(to.sun_path, path);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool
has_part(const char *reason, const char *part)
{
	return reason != NULL && strstr(reason, part) != NULL;
}

START_TEST(a_unix_socket_has_its_mode_and_accepts)
{
	struct listener l;
	struct stat st;
	int fd, accepted;

	begin();
	ck_assert_ptr_null(listener_open(&l, path, 0620, NULL));
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISSOCK(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 07777, 0620);
	ck_assert_uint_eq(count_files(), 1);
	ck_assert_int_lt(listener_accept(&l), 0);
	ck_assert_int_eq(errno, EAGAIN);
	fd = connect_unix();
	ck_assert_int_ge(fd, 0);
	accepted = listener_accept(&l);
	ck_assert_int_ge(accepted, 0);
	ck_assert_int_ne(fcntl(accepted, F_GETFL) & O_NONBLOCK, 0);
	listener_close(&l);
	ck_assert_int_eq(l.fd, -1);
	listener_close(&l);
	end();
}
END_TEST

START_TEST(a_socket_gets_its_group_by_number)
{
	struct listener l;
	char group[16];
	struct stat st;

	begin();
	snprintf(group, sizeof(group), "%u", (unsigned)getegid());
	ck_assert_ptr_null(listener_check(path, group));
	ck_assert_uint_eq(count_files(), 0);
	ck_assert_ptr_null(listener_open(&l, path, 0660, group));
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert_uint_eq(st.st_gid, getegid());
	listener_close(&l);
	end();
}
END_TEST

START_TEST(only_a_dead_socket_is_replaced)
{
	struct listener first, second;
	FILE *f;

	begin();
	ck_assert_ptr_null(listener_open(&first, path, 0600, NULL));
	ck_assert(has_part(listener_open(&second, path, 0600, NULL), "in use"));
	ck_assert_ptr_null(listener_check(path, NULL));
	close(first.fd);	/* the file of the socket remains */
	ck_assert_ptr_null(listener_open(&second, path, 0600, NULL));
	listener_close(&second);
	ck_assert_int_ne(access(path, F_OK), 0);
	f = fopen(path, "w");
	fclose(f);
	ck_assert(has_part(listener_open(&second, path, 0600, NULL), "not a socket"));
	ck_assert(has_part(listener_check(path, NULL), "not a socket"));
	ck_assert_int_eq(access(path, F_OK), 0);
	end();
}
END_TEST

START_TEST(a_socket_that_cannot_be_created_has_a_reason)
{
	char missing[128], longest[200];
	struct listener l;

	begin();
	snprintf(missing, sizeof(missing), "%s/missing/x", folder);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	ck_assert(has_part(listener_open(&l, "", 0600, NULL), "empty path"));
	ck_assert(has_part(listener_open(&l, longest, 0600, NULL), "too long"));
	ck_assert(has_part(listener_open(&l, missing, 0600, NULL), "; create it"));
	ck_assert(has_part(listener_check(missing, NULL), "; create it"));
	ck_assert(has_part(listener_open(&l, path, 0600, "no-such-group"), "no such group"));
	ck_assert(has_part(listener_check(path, "no-such-group"), "no such group"));
	ck_assert(has_part(listener_check(NULL, "no-such-group"), "no such group"));
	ck_assert_uint_eq(count_files(), 0);
	end();
}
END_TEST

START_TEST(a_file_that_replaced_the_socket_is_not_removed)
{
	struct listener l;
	FILE *f;

	begin();
	ck_assert_ptr_null(listener_open(&l, path, 0600, NULL));
	ck_assert_int_eq(unlink(path), 0);
	f = fopen(path, "w");
	fclose(f);
	listener_close(&l);
	ck_assert_int_eq(access(path, F_OK), 0);
	end();
}
END_TEST

START_TEST(after_stop_the_queue_is_accepted_and_no_other)
{
	struct listener l;
	char second[64];
	int fd;

	begin();
	ck_assert_ptr_null(listener_open(&l, path, 0600, NULL));
	snprintf(second, sizeof(second), "%s/y.sock", folder);
	ck_assert_int_eq(link(path, second), 0);
	fd = connect_unix();
	ck_assert_int_ge(fd, 0);
	listener_stop(&l);
	ck_assert_int_ne(access(path, F_OK), 0);
	ck_assert_int_ge(listener_accept(&l), 0);
	ck_assert_int_eq(rename(second, path), 0);
	ck_assert_int_lt(connect_unix(), 0);
	listener_close(&l);
	end();
}
END_TEST

/* Returns a socket that listens on a loopback port, which the system chooses. */
static int
listen_on_loopback(struct sockaddr_in *at)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t size = sizeof(*at);

	*at = (struct sockaddr_in){ .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	ck_assert_int_eq(bind(fd, (struct sockaddr *)at, size), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)at, &size), 0);
	return fd;
}

START_TEST(tcp_listens_on_a_port_that_is_free)
{
	const char *why = "no try";
	struct sockaddr_in at;
	struct listener l;
	char where[32];
	int fd;

	/* Another process may take the port before it is reused, so try again. */
	for (int i = 0; i < 20 && why != NULL; i++) {
		int taken = listen_on_loopback(&at);

		snprintf(where, sizeof(where), "127.0.0.1:%u", ntohs(at.sin_port));
		ck_assert(has_part(listener_open_tcp(&l, where), strerror(EADDRINUSE)));
		close(taken);
		why = listener_open_tcp(&l, where);
	}
	ck_assert_ptr_null(why);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_ge(listener_accept(&l), 0);
	listener_stop(&l);
	ck_assert_int_ge(l.fd, 0);
	listener_close(&l);
}
END_TEST

START_TEST(a_tcp_listener_needs_an_address_and_a_port)
{
	static const char *const good[] = { "127.0.0.1:1", "0.0.0.0:65535", "[::1]:53",
		"[::]:6000" };
	static const char *const bad[] = { "", ":", "127.0.0.1", "127.0.0.1:", ":53", "::1:53",
		"[127.0.0.1]:53", "[::1]", "[::1]53", "localhost:53", "127.0.0.1:0",
		"127.0.0.1:65536", "127.0.0.1:x", "127.0.0.1: 53" };
	struct listener l;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_ptr_null(listener_check_tcp(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert(has_part(listener_check_tcp(bad[i]), "not "));
		ck_assert(has_part(listener_open_tcp(&l, bad[i]), "not "));
	}
}
END_TEST

START_TEST(inherited_sockets_are_counted_for_this_process_only)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", getpid());
	ck_assert_int_eq(listener_inherited(), 0);
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "2", 1);
	ck_assert_int_eq(listener_inherited(), 2);
	ck_assert_ptr_null(getenv("LISTEN_FDS"));
	snprintf(pid, sizeof(pid), "%d", getppid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "2", 1);
	ck_assert_int_eq(listener_inherited(), 0);
	ck_assert_ptr_null(getenv("LISTEN_PID"));
}
END_TEST

/* The first inherited descriptor is 3. */
START_TEST(an_inherited_socket_must_listen)
{
	struct sockaddr_in at;
	struct listener l;
	int fd = listen_on_loopback(&at), idle = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_ptr_null(listener_inherit(&l, fd - 3));
	ck_assert_int_eq(l.fd, fd);
	ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	listener_stop(&l);
	ck_assert_int_eq(l.fd, -1);
	ck_assert_ptr_nonnull(listener_inherit(&l, idle - 3));
}
END_TEST

UNIT_MAIN("listener", a_unix_socket_has_its_mode_and_accepts, a_socket_gets_its_group_by_number,
    only_a_dead_socket_is_replaced, a_socket_that_cannot_be_created_has_a_reason,
    a_file_that_replaced_the_socket_is_not_removed, after_stop_the_queue_is_accepted_and_no_other,
    tcp_listens_on_a_port_that_is_free, a_tcp_listener_needs_an_address_and_a_port,
    inherited_sockets_are_counted_for_this_process_only, an_inherited_socket_must_listen)
