#include "control/control_conn.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/control_reply.h"
#include "unit.h"

/*
 * A small service. `count` reads all lines and reports the numbers of good and bad lines. `fill`
 * writes `fill_n` lines, one in each step. `limited` is a `count` with its own limit of clients.
 */
#define STEP_MAX 1024
#define LIMIT 2

enum { FREE, LIMITED };

struct job {
	bool fills, limited, ended, done;
	unsigned lines, bad, written;
};

static unsigned fill_n;
static bool held_up, outlives;
static int opened, closed;	/* numbers of jobs */

static const char *
open_job(void *to, const void *host, struct str request, struct buf *out)
{
	struct job *j = to;

	(void)host, (void)out;
	*j = (struct job){ .fills = str_eq(request, STR("fill")),
	    .limited = str_eq(request, STR("limited")) };
	if (!j->fills && !j->limited && !str_eq(request, STR("count")))
		return "no such request";
	opened++;
	return NULL;
}

static void
close_job(void *job)
{
	(void)job;
	closed++;
}

static unsigned
kind(const void *job)
{
	return ((const struct job *)job)->limited ? LIMITED : FREE;
}

static bool
takes(const void *job)
{
	return !((const struct job *)job)->ended;
}

static void
give_line(void *job, struct str line, uint64_t number, int64_t now, struct buf *out)
{
	struct job *j = job;

	(void)line, (void)now, (void)out;
	ck_assert_uint_eq(number, ++j->lines + j->bad);
}

static void
give_bad_line(void *job, uint64_t number, const char *why, struct buf *out)
{
	struct job *j = job;

	ck_assert_uint_eq(number, j->lines + ++j->bad);
	control_reply_warn(out, "%s", why);
}

static void
finish(struct job *j, struct buf *out)
{
	buf_num(out, j->lines);
	buf_byte(out, ' ');
	buf_num(out, j->bad);
	buf_byte(out, '\n');
	control_reply_status(out, 0);
	j->done = true;
}

static void
give_end(void *job, struct buf *out)
{
	struct job *j = job;

	j->ended = true;
	if (!j->fills)
		finish(j, out);
}

static int64_t
due(const void *job)
{
	const struct job *j = job;

	return j->ended && !j->done ? 0 : NEVER;
}

static void
step(void *job, int64_t now, struct buf *out)
{
	struct job *j = job;

	(void)now;
	if (j->written++ < fill_n)
		buf_str(out, STR("a line of data, as long as some others are\n"));
	else
		finish(j, out);
}

static bool
is_held_up(const void *job)
{
	(void)job;
	return held_up;
}

static bool
outlives_client(const void *job)
{
	(void)job;
	return outlives;
}

static bool
is_done(const void *job)
{
	return ((const struct job *)job)->done;
}

static const struct service_kind kinds[] = {
	[FREE] = { 0, NULL }, [LIMITED] = { LIMIT, "too many limited jobs" },
};

static const struct service service = { .job_size = sizeof(struct job), .line_max = 100,
    .step_max = STEP_MAX, .open = open_job, .close = close_job, .kinds = kinds, .kind = kind,
    .takes = takes, .line = give_line, .bad_line = give_bad_line, .end = give_end, .due = due,
    .step = step, .is_held_up = is_held_up, .outlives_client = outlives_client,
    .is_done = is_done };

static struct control_conn conn;
static struct control_conn_slots slots;
static struct loop loop;
static int client;

static void
open_conn(void)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	client = ends[1];
	control_conn_open(&conn, ends[0], &service, &slots, 0);
}

static void
close_conn(void)
{
	control_conn_close(&conn);
	close(client);
	loop_free(&loop);
	ck_assert_int_eq(closed, opened);
}

static void
send_text(const char *text)
{
	ck_assert_int_eq(write(client, text, strlen(text)), (int)strlen(text));
}

/* Runs `n` turns of a server's loop without waiting. */
static void
run_turns(int n)
{
	while (n-- > 0) {
		loop_begin(&loop);
		control_conn_begin(&conn, &loop);
		loop_look(&loop);
		control_conn_carry(&conn, &loop, 0);
		control_conn_work(&conn, clock_mono() + SECOND);
	}
}

static const char *
received(void)
{
	static char text[4096];
	ssize_t n = read(client, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

START_TEST(a_silent_client_is_closed_after_ten_seconds)
{
	open_conn();
	run_turns(3);
	send_text("cou");
	run_turns(3);
	ck_assert(control_conn_is_idle(&conn));
	ck_assert(!control_conn_is_over(&conn, 10 * SECOND - 1));
	ck_assert(control_conn_is_over(&conn, 10 * SECOND));
	close_conn();
}
END_TEST

START_TEST(a_refused_request_is_answered_with_the_reason)
{
	open_conn();
	send_text("sing\n");
	run_turns(3);
	ck_assert_str_eq(received(), "!warn no such request\n!status 2\n");
	ck_assert(control_conn_is_over(&conn, 0));
	close_conn();
}
END_TEST

START_TEST(a_request_that_is_too_long_is_refused)
{
	char line[REQUEST_MAX + 2];

	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 2] = '\n';
	line[sizeof(line) - 1] = '\0';
	open_conn();
	send_text(line);
	run_turns(3);
	ck_assert_str_eq(received(), "!warn line too long\n!status 2\n");
	ck_assert(control_conn_is_over(&conn, 0));
	close_conn();
}
END_TEST

START_TEST(a_job_receives_its_lines_and_their_end)
{
	open_conn();
	send_text("count\none\ntwo\n");
	run_turns(3);
	ck_assert_str_eq(received(), "");
	ck_assert(control_conn_is_idle(&conn) && !control_conn_is_over(&conn, 100 * SECOND));
	shutdown(client, SHUT_WR);
	run_turns(3);
	ck_assert_str_eq(received(), "2 0\n!status 0\n");
	ck_assert(control_conn_is_over(&conn, 0));
	close_conn();
}
END_TEST

START_TEST(a_line_without_its_newline_is_a_bad_line)
{
	open_conn();
	send_text("count\none\ntwo");
	shutdown(client, SHUT_WR);
	run_turns(3);
	ck_assert_str_eq(received(), "!warn line cut off: the input ends without a newline\n"
	    "1 1\n!status 0\n");
	close_conn();
}
END_TEST

START_TEST(a_client_that_does_not_read_stops_its_job)
{
	size_t held;

	fill_n = 20000;
	open_conn();
	send_text("fill\n");
	shutdown(client, SHUT_WR);
	run_turns(1000);
	held = linewriter_pending(&conn.out);
	ck_assert(control_conn_is_idle(&conn) && !control_conn_is_over(&conn, 100 * SECOND));
	ck_assert_uint_le(held, 64 * 1024 + STEP_MAX);
	run_turns(10);
	ck_assert_uint_eq(linewriter_pending(&conn.out), held);
	while (*received() != '\0' || !control_conn_is_over(&conn, 0))
		run_turns(1);
	ck_assert_uint_eq(((struct job *)conn.job)->written, fill_n + 1);
	close_conn();
}
END_TEST

START_TEST(a_job_that_is_held_up_does_nothing)
{
	fill_n = 1;
	held_up = true;
	open_conn();
	send_text("fill\n");
	shutdown(client, SHUT_WR);
	run_turns(5);
	ck_assert_str_eq(received(), "");
	held_up = false;
	run_turns(5);
	ck_assert_ptr_nonnull(strstr(received(), "!status 0\n"));
	close_conn();
}
END_TEST

START_TEST(a_kind_of_jobs_has_a_limit_of_its_own)
{
	slots = (struct control_conn_slots){ .taken = { 60, LIMIT - 1 } };
	open_conn();
	send_text("limited\n");
	run_turns(3);
	ck_assert_str_eq(received(), "");
	ck_assert_uint_eq(slots.taken[LIMITED], LIMIT);
	ck_assert(control_conn_kind_is_full(&conn));
	close_conn();
	ck_assert_uint_eq(slots.taken[LIMITED], LIMIT - 1);
	slots.taken[LIMITED] = LIMIT;
	open_conn();
	send_text("limited\n");
	run_turns(3);
	ck_assert_str_eq(received(), "!warn too many limited jobs\n!status 2\n");
	close_conn();
	ck_assert_uint_eq(slots.taken[LIMITED], LIMIT);
	ck_assert_uint_eq(slots.refused, 1);
	open_conn();
	send_text("count\n");
	run_turns(3);
	ck_assert(!control_conn_kind_is_full(&conn));
	ck_assert_str_eq(received(), "");
	close_conn();
	slots = (struct control_conn_slots){ .refused = 0 };
}
END_TEST

START_TEST(a_job_ends_with_its_client_unless_it_outlives_it)
{
	for (int i = 0; i < 2; i++) {
		outlives = i == 1;
		fill_n = 1000;
		held_up = true;
		open_conn();
		send_text("fill\n");
		run_turns(3);
		ck_assert(!control_conn_is_over(&conn, 0));
		close(client);
		client = dup(STDIN_FILENO);
		run_turns(3);
		ck_assert(control_conn_is_over(&conn, 0) == !outlives);
		held_up = false;
		run_turns(3);
		ck_assert(((struct job *)conn.job)->done);
		ck_assert(control_conn_is_over(&conn, 0));
		close_conn();
	}
	outlives = false;
}
END_TEST

/* Closing a socket with unread data causes a read error at the other end. */
START_TEST(a_client_that_disconnects_frees_its_slot)
{
	char some;
	char line[200];

	memset(line, 'x', sizeof(line));
	line[198] = '\n';
	line[199] = '\0';
	open_conn();
	send_text("count\n");
	send_text(line);
	run_turns(3);
	ck_assert_uint_eq(slots.taken[conn.kind], 1);
	ck_assert_int_eq(recv(client, &some, 1, MSG_PEEK), 1);
	close(client);
	run_turns(3);
	client = dup(STDIN_FILENO);
	ck_assert_uint_eq(slots.taken[FREE], 0);
	close_conn();
}
END_TEST

UNIT_MAIN("control_conn", a_silent_client_is_closed_after_ten_seconds,
    a_refused_request_is_answered_with_the_reason, a_request_that_is_too_long_is_refused,
    a_job_receives_its_lines_and_their_end, a_line_without_its_newline_is_a_bad_line,
    a_client_that_does_not_read_stops_its_job, a_job_that_is_held_up_does_nothing,
    a_kind_of_jobs_has_a_limit_of_its_own, a_job_ends_with_its_client_unless_it_outlives_it,
    a_client_that_disconnects_frees_its_slot)
