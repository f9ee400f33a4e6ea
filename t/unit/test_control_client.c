#include "control/control_client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/listener.h"
#include "unit.h"

static int server;		/* the server's end of the connection */
static int printed;		/* the reading end of the pipe at stdout */
static struct control_client client = { .opening = STR("request\none\n"), .line_max = 100,
    .prints = true, .cut = "incomplete" };

/* Each test is a process: a pipe replaces its stdout. */
static int
open_client(void)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	printed = ends[0];
	dup2(ends[1], STDOUT_FILENO);
	close(ends[1]);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	server = ends[1];
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	return ends[0];
}

static void
set_stdin(const char *text)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], text, strlen(text)), (int)strlen(text));
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
}

static void
reply(const char *text)
{
	ck_assert_int_eq(write(server, text, strlen(text)), (int)strlen(text));
}

/* The text that has arrived at `fd`. */
static const char *
text_of(int fd)
{
	static char text[4096];
	size_t n = 0;
	ssize_t got;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	while ((got = read(fd, text + n, sizeof(text) - 1 - n)) > 0)
		n += (size_t)got;
	text[n] = '\0';
	return text;
}

START_TEST(a_connection_needs_a_listener)
{
	char folder[] = "/tmp/test_control_client.XXXXXX", path[100], long_path[200];
	struct listener listener;
	int fd;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/sock", folder);
	ck_assert_int_eq(control_client_connect(path), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_ptr_null(listener_open(&listener, path, 0600, NULL));
	fd = control_client_connect(path);
	ck_assert_int_ge(fd, 0);
	ck_assert((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	close(fd);
	listener_close(&listener);
	memset(long_path, 'x', sizeof(long_path));
	long_path[sizeof(long_path) - 1] = '\0';
	ck_assert_int_eq(control_client_connect(long_path), -1);
	ck_assert_int_eq(errno, ENAMETOOLONG);
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(the_reply_is_printed_and_its_status_returned)
{
	int fd = open_client();

	reply("one line\n!warn of something\nanother\n!status 1\n");
	ck_assert_int_eq(control_client_run(&client, fd), 1);
	ck_assert_str_eq(text_of(printed), "one line\nanother\n");
	ck_assert_str_eq(text_of(server), "request\none\n");
	ck_assert_int_eq(recv(server, &fd, 1, 0), 0);
}
END_TEST

START_TEST(stdin_follows_the_opening)
{
	int fd = open_client(), status;
	pid_t child;

	client.sends_stdin = true;
	set_stdin("two\nthree\n");
	child = fork();
	if (child == 0) {
		close(server);
		_exit(control_client_run(&client, fd));
	}
	close(fd);
	for (const char *rest = "request\none\ntwo\nthree\n"; *rest != '\0'; rest++) {
		char c;

		ck_assert_int_eq(read(server, &c, 1), 1);
		ck_assert_int_eq(c, *rest);
	}
	ck_assert_int_eq(read(server, &fd, 1), 0);
	reply("!status 3\n");
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 3);
}
END_TEST

START_TEST(a_reply_without_a_status_is_a_failure)
{
	int fd = open_client();

	reply("half a reply\n");
	shutdown(server, SHUT_WR);
	ck_assert_int_eq(control_client_run(&client, fd), 2);
	ck_assert_str_eq(text_of(printed), "half a reply\n");
}
END_TEST

START_TEST(an_early_status_ends_the_exchange)
{
	int fd = open_client(), endless[2];

	ck_assert_int_eq(pipe(endless), 0);	/* the writing end stays open */
	dup2(endless[0], STDIN_FILENO);
	client.sends_stdin = true;
	reply("!warn too many clients\n!status 2\n");
	ck_assert_int_eq(control_client_run(&client, fd), 2);
}
END_TEST

START_TEST(a_reader_that_closes_stdout_ends_a_client_that_prints)
{
	int fd = open_client();

	close(printed);
	reply("a line\n");
	ck_assert_int_eq(control_client_run(&client, fd), 0);
}
END_TEST

START_TEST(a_stdin_that_cannot_be_read_is_a_failure)
{
	int fd = open_client();

	dup2(open("/tmp", O_RDONLY | O_DIRECTORY), STDIN_FILENO);
	client.sends_stdin = true;
	client.opening = STR("");
	/* The server replies only after the last line, so that the client's error comes first. */
	if (fork() == 0) {
		char c;

		close(fd);
		while (read(server, &c, 1) > 0)
			;
		reply("!status 0\n");
		_exit(0);
	}
	close(server);
	ck_assert_int_eq(control_client_run(&client, fd), 2);
}
END_TEST

UNIT_MAIN("control_client", a_connection_needs_a_listener,
    the_reply_is_printed_and_its_status_returned, stdin_follows_the_opening,
    a_reply_without_a_status_is_a_failure, an_early_status_ends_the_exchange,
    a_reader_that_closes_stdout_ends_a_client_that_prints, a_stdin_that_cannot_be_read_is_a_failure)
