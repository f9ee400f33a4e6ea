#include "bgp/speaker.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bgp/message.h"
#include "io/tcp.h"
#include "unit.h"

static struct speaker s;
static char output[64 * 1024];

/* Replaces stdin, stdout and stderr. Check runs each test in a separate process. */
static void
begin_speaker(const char *lines)
{
	int in[2], out;
	char path[] = "/tmp/test_speaker.XXXXXX";

	ck_assert_int_eq(pipe(in), 0);
	ck_assert_int_eq(write(in[1], lines, strlen(lines)), (ssize_t)strlen(lines));
	close(in[1]);
	ck_assert_int_ge(out = mkstemp(path), 0);
	unlink(path);
	fflush(stdout);
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	dup2(in[0], STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	speaker_init(&s);
	s.us.open.as = 65000;
	s.us.open.id = 9;
	ck_assert(addr_parse(STR("192.0.2.9"), &s.us.next_hop[BGP_IPV4]));
	s.us.open.families = originate_families(&s.originate);
	ck_assert_ptr_null(speaker_open(&s));
}

/* Reads all printed text into `output`. */
static void
end_speaker(void)
{
	ssize_t n = pread(STDOUT_FILENO, output, sizeof(output) - 1, 0);

	ck_assert_int_ge(n, 0);
	output[n] = '\0';
	speaker_free(&s);
}

static const char routes[] = "announce 10.0.0.1/32\nannounce 0.0.0.0/0\n"
			     "announce 10.0.0.2/32 med=x\nannounce 10.0.0.2/32\nannounce "
			     "10.0.0.2/32 med=7\nwithdraw 10.0.0.1/32\n";

START_TEST(a_dry_run_prints_the_final_routes)
{
	begin_speaker(routes);
	ck_assert_int_eq(speaker_dry_run(&s), 0);
	end_speaker();
	ck_assert_str_eq(output, "update origin=igp as-path= next-hop=192.0.2.9 med=7 "
	    "local-pref=100 announce 10.0.0.2/32\nupdate end-of-rib=ipv4\n");
	begin_speaker(routes);
	ck_assert_ptr_null(neighbors_add(&s.neighbors, STR("192.0.2.1,as=65001,port=1179")));
	ck_assert_int_eq(speaker_dry_run(&s), 0);
	end_speaker();
	ck_assert_str_eq(output, "peer 192.0.2.1,port=1179 update origin=igp as-path=65000 "
	    "next-hop=192.0.2.9 med=7 community=no-export announce 10.0.0.2/32\n"
	    "peer 192.0.2.1,port=1179 update end-of-rib=ipv4\n");
}
END_TEST

START_TEST(counters_count_the_lines)
{
	static char text[4096];
	FILE *to = fmemopen(text, sizeof(text), "w");

	begin_speaker(routes);
	ck_assert_int_eq(speaker_dry_run(&s), 0);
	speaker_print_stats(&s, to);
	fclose(to);
	ck_assert_ptr_nonnull(strstr(text, " lines=6 announces=4 withdraws=1 bad_lines=1 "));
	ck_assert_ptr_nonnull(strstr(text, " default_routes=1 own_addresses=0 "));
	ck_assert_ptr_nonnull(strstr(text, " routes_ipv4=1 routes_ipv6=0 "));
	end_speaker();
}
END_TEST

/*
 * The router process: establishes a session and reads to its end. Returns the number of UPDATEs,
 * plus 100 if the last message is a NOTIFICATION.
 */
static int
be_router(int listener)
{
	const struct open open = { .as = 65000, .id = 7, .hold = 90, .families = 1,
	    .multiprotocol = true, .as4 = true };
	static char bytes[64 * 1024];
	struct buf greeting = BUF(BGP_MAX);
	struct str rest = { bytes, 0 };
	int fd = accept(listener, NULL, NULL), length, updates = 0;
	struct message m = { .type = BGP_OPEN };
	struct bgp_error error;
	ssize_t n;

	open_put(&greeting, &open);
	message_put_keepalive(&greeting);
	if (send(fd, greeting.data, greeting.len, 0) != (ssize_t)greeting.len)
		return 255;
	while ((n = recv(fd, bytes + rest.n, sizeof(bytes) - rest.n, 0)) > 0)
		rest.n += (size_t)n;
	while ((length = message_frame(rest, BGP_MAX, &m, &error)) > 0) {
		updates += m.type == BGP_UPDATE;
		rest.p += length;
		rest.n -= (size_t)length;
	}
	return updates + (m.type == BGP_NOTIFICATION ? 100 : 0);
}

/* The exit status of the router process: UPDATEs received, plus 100 if a NOTIFICATION came last. */
static int
run_with_router(enum speaker_end on_eof, enum speaker_end on_exit)
{
	const struct addr at = { ADDR_V4, { 127, 0, 0, 1 } };
	int listener = tcp_listen(&at, 0, 1), status;
	struct sockaddr_in name;
	socklen_t size = sizeof(name);
	char peer[64];
	pid_t router;

	ck_assert_int_ge(listener, 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&name, &size), 0);
	if ((router = fork()) == 0) {
		alarm(60);
		fcntl(listener, F_SETFL, 0);	/* accept(2) must wait */
		_exit(be_router(listener));
	}
	close(listener);
	begin_speaker(routes);
	snprintf(peer, sizeof(peer), "127.0.0.1,port=%u", ntohs(name.sin_port));
	ck_assert_ptr_null(neighbors_add(&s.neighbors, str_of(peer)));
	speaker_protect(&s);
	s.on_eof = on_eof;
	s.on_exit = on_exit;
	ck_assert_int_eq(speaker_run(&s), 0);
	end_speaker();
	ck_assert_int_eq(waitpid(router, &status, 0), router);
	return WEXITSTATUS(status);
}

/* 102: one UPDATE, End-of-RIB and a NOTIFICATION. */
START_TEST(at_the_end_of_stdin_routes_are_sent_then_withdrawn)
{
	ck_assert_int_eq(run_with_router(SPEAKER_EXIT, SPEAKER_WITHDRAW), 102);
	ck_assert_ptr_nonnull(strstr(output, " up as=65000 families=ipv4 "));
	ck_assert_ptr_nonnull(strstr(output, " end-of-rib family=ipv4 routes=1 "));
	ck_assert_ptr_nonnull(strstr(output, " down reason=shutdown "));
}
END_TEST

START_TEST(retaining_sends_no_notification)
{
	ck_assert_int_eq(run_with_router(SPEAKER_EXIT, SPEAKER_RETAIN), 2);
	ck_assert_ptr_nonnull(strstr(output, " down reason=retain"));
}
END_TEST

/* 192.0.2.0/24 is for documentation, so no host replies. */
START_TEST(withdraw_at_the_end_of_stdin_waits_for_no_peer)
{
	begin_speaker(routes);
	ck_assert_ptr_null(neighbors_add(&s.neighbors, STR("192.0.2.1")));
	s.on_eof = SPEAKER_WITHDRAW;
	ck_assert_int_eq(speaker_run(&s), 0);
	ck_assert(!ribout_is_complete(s.rib));
	end_speaker();
}
END_TEST

UNIT_MAIN("speaker", a_dry_run_prints_the_final_routes, counters_count_the_lines,
    at_the_end_of_stdin_routes_are_sent_then_withdrawn, retaining_sends_no_notification,
    withdraw_at_the_end_of_stdin_waits_for_no_peer)
