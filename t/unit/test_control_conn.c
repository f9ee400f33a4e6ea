#include "control/control_conn.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/control_reply.h"
#include "unit.h"

/*
 * A small service. `count` reads lines until their end and reports their number, and that of bad
 * lines; `fill` writes lines of data, one a step, until `fill_n` were written; `limited` counts
 * like `count`, but has a limit of its own.
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
static int opened, closed;	/* jobs */

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

static struct control_conn talk;
static struct control_conn_slots slots;
static struct loop loop;
static int client;

static void
begin(void)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	client = ends[1];
	control_conn_open(&talk, ends[0], &service, &slots, 0);
}

static void
end(void)
{
	control_conn_close(&talk);
	close(client);
	loop_free(&loop);
	ck_assert_int_eq(closed, opened);
}

static void
say(const char *text)
{
	ck_assert_int_eq(write(client, text, strlen(text)), (int)strlen(text));
}

/*
 * Some turns of a run's loop; a talk that waits for its client is woken by its first timer at the
 * latest.
 */
static void
turn(int n)
{
	while (n-- > 0) {
		loop_begin(&loop);
		control_conn_begin(&talk, &loop);
		loop_look(&loop);
		control_conn_carry(&talk, &loop, 0);
		control_conn_work(&talk, clock_mono() + SECOND);
	}
}

/* What has come. */
static const char *
heard(void)
{
	static char text[4096];
	ssize_t n = read(client, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

START_TEST(who_says_nothing_has_ten_seconds)
{
	begin();
	turn(3);
	say("cou");
	turn(3);
	ck_assert(control_conn_stands_still(&talk));
	ck_assert(!control_conn_is_over(&talk, 10 * SECOND - 1));
	ck_assert(control_conn_is_over(&talk, 10 * SECOND));
	end();
}
END_TEST

START_TEST(what_the_service_refuses_is_answered_with_the_reason)
{
	begin();
	say("sing\n");
	turn(3);
	ck_assert_str_eq(heard(), "!warn no such request\n!status 2\n");
	ck_assert(control_conn_is_over(&talk, 0));
	end();
}
END_TEST

START_TEST(a_request_that_is_too_long_is_refused)
{
	char line[REQUEST_MAX + 2];

	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 2] = '\n';
	line[sizeof(line) - 1] = '\0';
	begin();
	say(line);
	turn(3);
	ck_assert_str_eq(heard(), "!warn line too long\n!status 2\n");
	ck_assert(control_conn_is_over(&talk, 0));
	end();
}
END_TEST

START_TEST(a_job_gets_its_lines_and_ends_with_them)
{
	begin();
	say("count\none\ntwo\n");
	turn(3);
	ck_assert_str_eq(heard(), "");
	ck_assert(control_conn_stands_still(&talk) && !control_conn_is_over(&talk, 100 * SECOND));
	shutdown(client, SHUT_WR);
	turn(3);
	ck_assert_str_eq(heard(), "2 0\n!status 0\n");
	ck_assert(control_conn_is_over(&talk, 0));
	end();
}
END_TEST

START_TEST(a_line_that_is_cut_off_is_a_bad_line)
{
	begin();
	say("count\none\ntwo");
	shutdown(client, SHUT_WR);
	turn(3);
	ck_assert_str_eq(heard(), "!warn line cut off: the input ends without a newline\n"
	    "1 1\n!status 0\n");
	end();
}
END_TEST

START_TEST(who_does_not_read_costs_a_buffer_and_no_work)
{
	size_t held;

	fill_n = 20000;
	begin();
	say("fill\n");
	shutdown(client, SHUT_WR);
	turn(1000);
	held = linewriter_pending(&talk.out);
	ck_assert(control_conn_stands_still(&talk) && !control_conn_is_over(&talk, 100 * SECOND));
	ck_assert_uint_le(held, 64 * 1024 + STEP_MAX);
	turn(10);
	ck_assert_uint_eq(linewriter_pending(&talk.out), held);
	while (*heard() != '\0' || !control_conn_is_over(&talk, 0))
		turn(1);
	ck_assert_uint_eq(((struct job *)talk.job)->written, fill_n + 1);
	end();
}
END_TEST

START_TEST(a_job_that_is_held_up_does_nothing)
{
	fill_n = 1;
	held_up = true;
	begin();
	say("fill\n");
	shutdown(client, SHUT_WR);
	turn(5);
	ck_assert_str_eq(heard(), "");
	held_up = false;
	turn(5);
	ck_assert_ptr_nonnull(strstr(heard(), "!status 0\n"));
	end();
}
END_TEST

START_TEST(a_kind_of_jobs_has_only_its_slots)
{
	slots = (struct control_conn_slots){ .taken = { 60, LIMIT - 1 } };
	begin();
	say("limited\n");
	turn(3);
	ck_assert_str_eq(heard(), "");
	ck_assert_uint_eq(slots.taken[LIMITED], LIMIT);
	ck_assert(control_conn_kind_is_full(&talk));
	end();
	ck_assert_uint_eq(slots.taken[LIMITED], LIMIT - 1);
	slots.taken[LIMITED] = LIMIT;
	begin();
	say("limited\n");
	turn(3);
	ck_assert_str_eq(heard(), "!warn too many limited jobs\n!status 2\n");
	end();
	ck_assert_uint_eq(slots.taken[LIMITED], LIMIT);
	ck_assert_uint_eq(slots.refused, 1);
	begin();
	say("count\n");
	turn(3);
	ck_assert(!control_conn_kind_is_full(&talk));
	ck_assert_str_eq(heard(), "");
	end();
	slots = (struct control_conn_slots){ .refused = 0 };
}
END_TEST

START_TEST(a_job_ends_with_its_client_unless_it_outlives_it)
{
	for (int i = 0; i < 2; i++) {
		outlives = i == 1;
		fill_n = 1000;
		held_up = true;
		begin();
		say("fill\n");
		turn(3);
		ck_assert(!control_conn_is_over(&talk, 0));
		close(client);
		client = dup(STDIN_FILENO);
		turn(3);
		ck_assert(control_conn_is_over(&talk, 0) == !outlives);
		held_up = false;
		turn(3);
		ck_assert(((struct job *)talk.job)->done);
		ck_assert(control_conn_is_over(&talk, 0));
		end();
	}
	outlives = false;
}
END_TEST

/* A client that closes while an answer to it is unread causes a read error. */
START_TEST(a_client_that_breaks_off_frees_its_slot)
{
	char some;
	char line[200];

	memset(line, 'x', sizeof(line));
	line[198] = '\n';
	line[199] = '\0';
	begin();
	say("count\n");
	say(line);
	turn(3);
	ck_assert_uint_eq(slots.taken[talk.kind], 1);
	ck_assert_int_eq(recv(client, &some, 1, MSG_PEEK), 1);
	close(client);
	turn(3);
	client = dup(STDIN_FILENO);
	ck_assert_uint_eq(slots.taken[FREE], 0);
	end();
}
END_TEST

UNIT_MAIN("control_conn", who_says_nothing_has_ten_seconds,
    what_the_service_refuses_is_answered_with_the_reason, a_request_that_is_too_long_is_refused,
    a_job_gets_its_lines_and_ends_with_them, a_line_that_is_cut_off_is_a_bad_line,
    who_does_not_read_costs_a_buffer_and_no_work, a_job_that_is_held_up_does_nothing,
    a_kind_of_jobs_has_only_its_slots, a_job_ends_with_its_client_unless_it_outlives_it,
    a_client_that_breaks_off_frees_its_slot)
