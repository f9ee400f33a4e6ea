#include "ipcache/commands.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/control_conn.h"
#include "unit.h"

static struct command_host host = { .run = 1, .life = "24h" };
static struct service service;
static struct control_conn conn;
static struct control_conn_slots slots;
static struct loop loop;
static int client;

static void
no_route(const struct route *r)
{
	(void)r;
}

static void
drop_pair(const struct answer *a, uint32_t place, enum cache_end why)
{
	(void)a, (void)place, (void)why;
}

static void
fill_cache(int pairs)
{
	static const struct life life = { .fixed = 100 * SECOND };

	host.cache = cache_new(1, &life, no_route, drop_pair);
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
open_conn(int pairs)
{
	int ends[2];

	fill_cache(pairs);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	client = ends[1];
	service = commands_service(&host);
	control_conn_open(&conn, ends[0], &service, &slots, 0);
}

static void
close_conn(void)
{
	control_conn_close(&conn);
	close(client);
	loop_free(&loop);
	cache_free(host.cache);
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

START_TEST(a_malformed_request_is_refused)
{
	const char *bad[] = { "GET / HTTP/1.1\n", "ipcache 2 stats\n", "\n",
	    "ipcache 1 export\377\n" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		open_conn(0);
		send_text(bad[i]);
		run_turns(3);
		ck_assert_str_eq(received(),
		    "!warn unknown request; use the same version of ipcache on both sides\n"
		    "!status 2\n");
		ck_assert(control_conn_is_over(&conn, 0));
		close_conn();
	}
}
END_TEST

START_TEST(a_command_is_executed_after_the_end_of_its_lines)
{
	open_conn(0);
	send_text("ipcache 1 import\n10.000000 11.0.0.1 60 a.example\n");
	run_turns(3);
	ck_assert_str_eq(received(), "");
	ck_assert(control_conn_is_idle(&conn) && !control_conn_is_over(&conn, 100 * SECOND));
	shutdown(client, SHUT_WR);
	run_turns(3);
	ck_assert_msg(strstr(received(), "!status 0\n") != NULL, "no status");
	ck_assert(control_conn_is_over(&conn, 0));
	close_conn();
}
END_TEST

START_TEST(a_client_that_does_not_read_stops_its_export)
{
	size_t held;

	open_conn(20000);
	send_text("ipcache 1 export\n");
	shutdown(client, SHUT_WR);
	run_turns(1000);
	held = linewriter_pending(&conn.out);
	ck_assert(control_conn_is_idle(&conn) && !control_conn_is_over(&conn, 100 * SECOND));
	ck_assert_uint_le(held, 64 * 1024 + COMMAND_STEP_MAX);
	run_turns(10);
	ck_assert_uint_eq(linewriter_pending(&conn.out), held);
	while (*received() != '\0' || !control_conn_is_over(&conn, 0))
		run_turns(1);
	close_conn();
}
END_TEST

/* The reply to a request. The connection must end only if the request was refused. */
static const char *
reply_to(const char *request)
{
	const char *answer;

	open_conn(0);
	send_text(request);
	run_turns(3);
	answer = received();
	ck_assert(control_conn_is_over(&conn, 0) == (strstr(answer, "!status 2") != NULL));
	close_conn();
	return answer;
}

START_TEST(followers_pulls_and_imports_have_limits_of_their_own)
{
	static const char *const requests[] = { "ipcache 1 export follow\n",
	    "ipcache 1 export since=0\n", "ipcache 1 import\n" };

	for (size_t kind = 0; kind < 3; kind++) {
		slots = (struct control_conn_slots){ .taken = { 15, 15, 15, 15 } };
		ck_assert_ptr_null(strstr(reply_to(requests[kind]), "!warn"));
		ck_assert_uint_eq(slots.taken[kind], 15);	/* the slot was freed again */
		slots.taken[kind] = 16;
		ck_assert_ptr_nonnull(strstr(reply_to(requests[kind]),
		    "; try again later\n!status 2\n"));
		ck_assert_uint_eq(slots.taken[kind], 16);
		ck_assert_uint_eq(slots.refused, 1);
	}
	slots = (struct control_conn_slots){ .taken = { 16, 16, 16, 60 } };
	ck_assert_str_eq(reply_to("ipcache 1 retag\n"), "");
	ck_assert_str_eq(reply_to("ipcache 1 export\n"), "");
	ck_assert_str_eq(reply_to("ipcache 1 stats\n"), "");
	slots = (struct control_conn_slots){ .refused = 0 };
}
END_TEST

UNIT_MAIN("commands", a_malformed_request_is_refused,
    a_command_is_executed_after_the_end_of_its_lines, a_client_that_does_not_read_stops_its_export,
    followers_pulls_and_imports_have_limits_of_their_own)
