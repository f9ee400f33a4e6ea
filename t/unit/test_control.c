#include "control/control.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/control_client.h"
#include "control/control_reply.h"
#include "unit.h"

/* A service whose jobs end when their input lines end, and reply with the request. */
struct job {
	struct str request;
	char text[REQUEST_MAX];
	bool done;
};

static const char *
open_job(void *to, const void *host, struct str request, struct buf *out)
{
	struct job *j = to;

	(void)host, (void)out;
	memcpy(j->text, request.p, request.n);
	j->request = (struct str){ j->text, request.n };
	j->done = false;
	return NULL;
}

static bool
takes(const void *job)
{
	return !((const struct job *)job)->done;
}

static void
ignore_line(void *job, struct str line, uint64_t number, int64_t now, struct buf *out)
{
	(void)job, (void)line, (void)number, (void)now, (void)out;
}

static void
ignore_bad_line(void *job, uint64_t number, const char *why, struct buf *out)
{
	(void)job, (void)number, (void)why, (void)out;
}

static void
end_job(void *job, struct buf *out)
{
	struct job *j = job;

	buf_str(out, j->request);
	buf_byte(out, '\n');
	control_reply_status(out, 0);
	j->done = true;
}

static bool
has_ended(const void *job)
{
	return ((const struct job *)job)->done;
}

static const struct service service = { .job_size = sizeof(struct job), .line_max = 100,
    .step_max = 1024, .open = open_job, .takes = takes, .line = ignore_line,
    .bad_line = ignore_bad_line, .end = end_job, .is_done = has_ended };

static struct control control;
static struct loop loop;
static char folder[] = "/tmp/test_control.XXXXXX";
static control_path path;

static void
open_control(void)
{
	char db[64];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(db, sizeof(db), "%s/db", folder);
	ck_assert(control_path_of(db, path));
	ck_assert_ptr_null(control_open(&control, path, &service));
}

static void
close_control(void)
{
	control_close(&control);
	loop_free(&loop);
	ck_assert_int_ne(access(path, F_OK), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}

static int
connect_client(void)
{
	int fd = control_client_connect(path);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void
loop_once(void)
{
	loop_begin(&loop);
	control_begin(&control, &loop);
	loop_wake(&loop, clock_mono() + SECOND / 100);
	loop_wait(&loop);
	control_turn(&control, &loop);
}

/* Runs the loop until `n` clients in total were accepted. Fails after 20 seconds. */
static void
turn_until_taken(uint64_t n)
{
	int64_t end_at = clock_mono() + 20 * SECOND;

	while (control.taken < n && clock_mono() < end_at)
		loop_once();
	ck_assert_uint_eq(control.taken, n);
}

/* All text that the client receives until the server closes the connection. */
static const char *
reply_of(int fd)
{
	static char text[4096];
	int64_t end_at = clock_mono() + 20 * SECOND;
	size_t n = 0;
	ssize_t got = -1;

	while (got != 0 && clock_mono() < end_at) {
		loop_once();
		while ((got = read(fd, text + n, sizeof(text) - 1 - n)) > 0)
			n += (size_t)got;
	}
	ck_assert_int_eq(got, 0);
	text[n] = '\0';
	return text;
}

static void
send_text(int fd, const char *text)
{
	ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
}

START_TEST(a_path_that_is_too_long_is_refused)
{
	char db[200];

	memset(db, 'x', sizeof(db));
	db[199] = '\0';
	ck_assert(!control_path_of(db, path));
	ck_assert_int_eq(control_client_connect(db), -1);
}
END_TEST

START_TEST(each_client_receives_its_own_reply)
{
	int first, second;

	open_control();
	first = connect_client();
	second = connect_client();
	send_text(first, "one\n");
	send_text(second, "two\n");
	shutdown(second, SHUT_WR);
	ck_assert_str_eq(reply_of(second), "two\n!status 0\n");
	shutdown(first, SHUT_WR);
	ck_assert_str_eq(reply_of(first), "one\n!status 0\n");
	ck_assert_uint_eq(control.taken, 2);
	ck_assert_uint_eq(control.n, 0);
	close(first);
	close(second);
	close_control();
}
END_TEST

/* The last client connects when the first one may be replaced. */
START_TEST(an_idle_client_remains_while_no_other_waits)
{
	int fds[CONTROL_CLIENTS];

	open_control();
	for (int i = 0; i < CONTROL_CLIENTS; i++) {
		if (i == CONTROL_CLIENTS - 1)
			usleep(150 * 1000);
		fds[i] = connect_client();
		turn_until_taken((uint64_t)i + 1);
	}
	loop_once();
	ck_assert_uint_eq(control.n, CONTROL_CLIENTS);
	ck_assert_uint_eq(control_refused(&control), 0);
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		close(fds[i]);
	close_control();
}
END_TEST

START_TEST(a_new_client_replaces_one_without_a_request)
{
	int fds[CONTROL_CLIENTS], late;

	open_control();
	for (int i = 0; i < CONTROL_CLIENTS; i++) {
		fds[i] = connect_client();
		if (i > 0)
			send_text(fds[i], "x\n");
		turn_until_taken((uint64_t)i + 1);
	}
	late = connect_client();
	send_text(late, "late\n");
	shutdown(late, SHUT_WR);
	ck_assert_str_eq(reply_of(late), "late\n!status 0\n");
	ck_assert_str_eq(reply_of(fds[0]), "");
	ck_assert_uint_eq(control_refused(&control), 1);
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		close(fds[i]);
	close(late);
	close_control();
}
END_TEST

START_TEST(a_new_client_is_refused_when_all_slots_have_a_job)
{
	int fds[CONTROL_CLIENTS], late;

	open_control();
	for (int i = 0; i < CONTROL_CLIENTS; i++) {
		fds[i] = connect_client();
		send_text(fds[i], "x\n");
		turn_until_taken((uint64_t)i + 1);
	}
	loop_once();
	late = connect_client();
	ck_assert_str_eq(reply_of(late),
	    "!warn too many clients: 64 are connected; try again later\n!status 2\n");
	ck_assert_uint_eq(control_refused(&control), 1);
	ck_assert_uint_eq(control.n, CONTROL_CLIENTS);
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		close(fds[i]);
	close(late);
	close_control();
}
END_TEST

UNIT_MAIN("control", a_path_that_is_too_long_is_refused, each_client_receives_its_own_reply,
    an_idle_client_remains_while_no_other_waits, a_new_client_replaces_one_without_a_request,
    a_new_client_is_refused_when_all_slots_have_a_job)
