#include "ipcache/commands.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/control_conn.h"
#include "unit.h"

static struct command_host host = { .run = 1, .life = "24h" };
static struct service service;
static struct control_conn talk;
static struct control_conn_slots slots;
static struct loop loop;
static int client;

static void
ignore_route(const struct route *r)
{
	(void)r;
}

static void
ignore_gone(const struct answer *a, uint32_t place, enum cache_end why)
{
	(void)a, (void)place, (void)why;
}

static void
fill_cache(int pairs)
{
	static const struct life life = { .fixed = 100 * SECOND };

	host.cache = cache_new(1, &life, ignore_route, ignore_gone);
	for (int i = 0; i < pairs; i++) {
		char line[100];
		struct answer a;

		snprintf(line, sizeof(line), "10.000000 11.0.%d.%d 60 name-%d.example", i / 256,
		    i % 256, i);
		ck_assert_ptr_null(answer_parse(str_of(line), &a));
		cache_merge(host.cache, &a, cache_key(host.cache, &a), 10 * SECOND);
	}
}

static void
begin(int pairs)
{
	int ends[2];

	fill_cache(pairs);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	client = ends[1];
	service = commands_service(&host);
	control_conn_open(&talk, ends[0], &service, &slots, 0);
}

static void
end(void)
{
	control_conn_close(&talk);
	close(client);
	loop_free(&loop);
	cache_free(host.cache);
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

START_TEST(what_is_no_request_is_refused)
{
	const char *bad[] = { "GET / HTTP/1.1\n", "ipcache 2 stats\n", "\n",
	    "ipcache 1 export\377\n" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		begin(0);
		say(bad[i]);
		turn(3);
		ck_assert_str_eq(heard(),
		    "!warn not a request, or one of another version of ipcache\n!status 2\n");
		ck_assert(control_conn_is_over(&talk, 0));
		end();
	}
}
END_TEST

START_TEST(a_command_is_done_when_its_lines_have_ended)
{
	begin(0);
	say("ipcache 1 import\n10.000000 11.0.0.1 60 a.example\n");
	turn(3);
	ck_assert_str_eq(heard(), "");
	ck_assert(control_conn_stands_still(&talk) && !control_conn_is_over(&talk, 100 * SECOND));
	shutdown(client, SHUT_WR);
	turn(3);
	ck_assert_msg(strstr(heard(), "!status 0\n") != NULL, "no status");
	ck_assert(control_conn_is_over(&talk, 0));
	end();
}
END_TEST

START_TEST(who_does_not_read_costs_a_buffer_and_no_work)
{
	size_t held;

	begin(20000);
	say("ipcache 1 export\n");
	shutdown(client, SHUT_WR);
	turn(1000);
	held = linewriter_pending(&talk.out);
	ck_assert(control_conn_stands_still(&talk) && !control_conn_is_over(&talk, 100 * SECOND));
	ck_assert_uint_le(held, 64 * 1024 + COMMAND_STEP_MAX);
	turn(10);
	ck_assert_uint_eq(linewriter_pending(&talk.out), held);
	while (*heard() != '\0' || !control_conn_is_over(&talk, 0))
		turn(1);
	end();
}
END_TEST

/* The answer to a request that other clients may leave no slot for. */
static const char *
asked(const char *request)
{
	const char *answer;

	begin(0);
	say(request);
	turn(3);
	answer = heard();
	ck_assert(control_conn_is_over(&talk, 0) == (strstr(answer, "!status 2") != NULL));
	end();
	return answer;
}

START_TEST(followers_pulls_and_imports_have_a_part_of_the_slots)
{
	static const char *const requests[] = { "ipcache 1 export follow\n",
	    "ipcache 1 export since=0\n", "ipcache 1 import\n" };

	for (size_t kind = 0; kind < 3; kind++) {
		slots = (struct control_conn_slots){ .taken = { 15, 15, 15, 15 } };
		ck_assert_ptr_null(strstr(asked(requests[kind]), "!warn"));
		ck_assert_uint_eq(slots.taken[kind], 15);	/* it was freed at the end */
		slots.taken[kind] = 16;
		ck_assert_ptr_nonnull(strstr(asked(requests[kind]), " already: 16\n!status 2\n"));
		ck_assert_uint_eq(slots.taken[kind], 16);
		ck_assert_uint_eq(slots.refused, 1);
	}
	slots = (struct control_conn_slots){ .taken = { 16, 16, 16, 60 } };
	ck_assert_str_eq(asked("ipcache 1 retag\n"), "");
	ck_assert_str_eq(asked("ipcache 1 export\n"), "");
	ck_assert_str_eq(asked("ipcache 1 stats\n"), "");
	slots = (struct control_conn_slots){ .refused = 0 };
}
END_TEST

UNIT_MAIN("commands", what_is_no_request_is_refused, a_command_is_done_when_its_lines_have_ended,
    who_does_not_read_costs_a_buffer_and_no_work,
    followers_pulls_and_imports_have_a_part_of_the_slots)
