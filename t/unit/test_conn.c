#include "bgp/conn.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "bgp/message.h"
#include "io/tcp.h"
#include "unit.h"

static struct update_local us = { .open = { .as = 65000, .id = 9, .hold = 90, .families = 1 } };
static struct peer_config peer = { .addr = { ADDR_V4, { 127, 0, 0, 1 } }, .as = 65000 };
static struct loop loop;
static struct ribout *rib;
static struct session s;
static struct conn c;
static int listener, router;
static char why[64];

static void
note_why(struct session *session, const struct session_event *event)
{
	(void)session;
	snprintf(why, sizeof(why), "%s", event->why != NULL ? event->why : "");
}

static void
turn_conn(bool wait)
{
	loop_begin(&loop);
	conn_begin(&c, &loop);
	loop_wake(&loop, clock_mono() + SECOND);
	if (wait)
		loop_wait(&loop);
	conn_turn(&c, &loop, clock_mono());
}

/* Opens a connection to a router, and sends an OPEN on it. */
static void
begin_conn(void)
{
	struct sockaddr_in at;
	socklen_t size = sizeof(at);

	listener = tcp_listen(&peer.addr, 0, 1);
	ck_assert_int_ge(listener, 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&at, &size), 0);
	peer.port = ntohs(at.sin_port);
	rib = ribout_new(1);
	session_open(&s, &us, &peer, rib, 1);
	s.on_event = note_why;
	conn_open(&c, &s, &peer, false);
	session_start(&s, clock_mono());
	while (s.state != FSM_OPEN_SENT || session_output(&s).n > 0)
		turn_conn(true);
	router = accept(listener, NULL, NULL);
	ck_assert_int_ge(router, 0);
}

static void
end_conn(void)
{
	conn_free(&c);
	session_free(&s);
	ribout_free(rib);
	close(listener);
}

/* Closes the router's end of the connection, normally or with a reset. */
static void
close_router(bool reset)
{
	struct linger none = { .l_onoff = 1 };
	char bytes[BGP_MAX];

	if (reset)
		setsockopt(router, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	else
		ck_assert_int_gt(recv(router, bytes, sizeof(bytes), 0), 0);
	close(router);
	while (poll(&(struct pollfd){ .fd = c.fd, .events = POLLIN }, 1, 1000) == 0)
		continue;
}

/* The kernel reports a reset to one system call only, here to send(2). */
START_TEST(a_reset_found_by_sending_is_reported)
{
	for (int first = 0; first < 2; first++) {
		begin_conn();
		close_router(true);
		message_put_keepalive(&s.out);
		turn_conn(first == 0);
		ck_assert_str_eq(why, "connection-reset-by-peer");
		end_conn();
	}
}
END_TEST

START_TEST(an_end_found_by_sending_is_reported)
{
	for (int first = 0; first < 2; first++) {
		begin_conn();
		close_router(false);
		while (c.fd >= 0) {
			message_put_keepalive(&s.out);
			turn_conn(first == 0);
		}
		ck_assert_str_eq(why, "closed-by-peer");
		end_conn();
	}
}
END_TEST

/* RFC 9687: the session must end before the kernel ends the connection. */
START_TEST(the_kernel_timeout_exceeds_the_send_hold_time)
{
	unsigned patience = 0;
	socklen_t size = sizeof(patience);

	begin_conn();
	ck_assert_int_eq(getsockopt(c.fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, &size), 0);
	ck_assert_int_ge(patience, session_send_hold(&s) / 1000 + 30000);
	close(router);
	end_conn();
}
END_TEST

/* Reads from the router's end until the other end is closed. Returns the last message type. */
static enum bgp_type
last_message(void)
{
	static char bytes[64 * 1024];
	struct str rest = { bytes, 0 };
	struct message m = { .type = BGP_OPEN };
	struct bgp_error error;
	ssize_t n;
	int length;

	while ((n = recv(router, bytes + rest.n, sizeof(bytes) - rest.n, 0)) > 0)
		rest.n += (size_t)n;
	ck_assert_int_eq(n, 0);
	while ((length = message_frame(rest, BGP_MAX, &m, &error)) > 0) {
		rest.p += length;
		rest.n -= (size_t)length;
	}
	ck_assert_uint_eq(rest.n, 0);
	return m.type;
}

START_TEST(received_bytes_reach_the_session)
{
	const struct open open = { .as = 65000, .id = 7, .hold = 90, .families = 1,
	    .multiprotocol = true, .as4 = true };
	struct buf greeting = BUF(BGP_MAX);

	begin_conn();
	open_put(&greeting, &open);
	message_put_keepalive(&greeting);
	for (size_t i = 0; i < greeting.len; i++)
		ck_assert_int_eq(send(router, greeting.data + i, 1, 0), 1);
	while (s.state != FSM_ESTABLISHED)
		turn_conn(true);
	buf_free(&greeting);
	close(router);
	end_conn();
}
END_TEST

/* The socket is closed after the peer has read the last message and closed its side. */
START_TEST(closing_waits_until_the_peer_has_read_all)
{
	begin_conn();
	session_stop(&s, BGP_CEASE_SHUTDOWN, STR(""), clock_mono());
	while (!c.sent_all)
		turn_conn(false);
	ck_assert(!conn_is_closed(&c));
	ck_assert_int_eq(last_message(), BGP_NOTIFICATION);
	close(router);
	while (!conn_is_closed(&c))
		turn_conn(true);
	ck_assert(clock_mono() < s.since + SECOND);
	end_conn();
}
END_TEST

START_TEST(closing_waits_a_limited_time)
{
	int64_t start;

	begin_conn();
	start = clock_mono();
	session_stop(&s, BGP_CEASE_SHUTDOWN, STR(""), start);
	while (!conn_is_closed(&c))
		turn_conn(true);
	ck_assert(clock_mono() - start >= SECOND);
	close(router);
	end_conn();
}
END_TEST

START_TEST(a_refused_connection_is_reported)
{
	begin_conn();
	close(listener);
	listener = -1;
	close(router);
	while (!conn_is_closed(&c))
		turn_conn(true);
	why[0] = '\0';
	session_retry(&s, clock_mono());
	while (why[0] == '\0')
		turn_conn(true);
	ck_assert_str_eq(why, "connection-refused");
	ck_assert(conn_is_closed(&c));
	end_conn();
}
END_TEST

UNIT_MAIN("conn", a_reset_found_by_sending_is_reported, an_end_found_by_sending_is_reported,
    the_kernel_timeout_exceeds_the_send_hold_time, received_bytes_reach_the_session,
    closing_waits_until_the_peer_has_read_all, closing_waits_a_limited_time,
    a_refused_connection_is_reported)
