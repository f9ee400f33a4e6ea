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
turn(bool wait)
{
	loop_begin(&loop);
	conn_begin(&c, &loop);
	loop_wake(&loop, clock_mono() + SECOND);
	if (wait)
		loop_wait(&loop);
	conn_turn(&c, &loop, clock_mono());
}

/* A router on a port of its own, with which the connection is open; our OPEN is sent. */
static void
begin(void)
{
	struct sockaddr_in at;
	socklen_t size = sizeof(at);

	listener = tcp_listen(&peer.addr, 0, 1);
	ck_assert_int_ge(listener, 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&at, &size), 0);
	peer.port = ntohs(at.sin_port);
	rib = ribout_new(1);
	session_open(&s, &us, &peer, rib, 1);
	s.tell = note_why;
	conn_open(&c, &s, &peer);
	session_start(&s, clock_mono());
	while (s.state != FSM_OPEN_SENT || session_output(&s).n > 0)
		turn(true);
	router = accept(listener, NULL, NULL);
	ck_assert_int_ge(router, 0);
}

static void
end(void)
{
	conn_free(&c);
	session_free(&s);
	ribout_free(rib);
	close(listener);
}

/* Closes the router's end; with what we sent left unread that is a reset. */
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

/* The system reports a reset once: to sending, where that comes first. */
START_TEST(a_reset_that_sending_meets_is_a_reset)
{
	for (int first = 0; first < 2; first++) {
		begin();
		close_router(true);
		message_put_keepalive(&s.out);
		turn(first == 0);
		ck_assert_str_eq(why, "connection-reset-by-peer");
		end();
	}
}
END_TEST

START_TEST(an_end_that_sending_meets_is_an_end)
{
	for (int first = 0; first < 2; first++) {
		begin();
		close_router(false);
		while (c.fd >= 0) {
			message_put_keepalive(&s.out);
			turn(first == 0);
		}
		ck_assert_str_eq(why, "closed-by-peer");
		end();
	}
}
END_TEST

/* RFC 9687: the session gives a peer up that takes nothing, before the system does. */
START_TEST(the_system_is_more_patient_than_the_session)
{
	unsigned patience = 0;
	socklen_t size = sizeof(patience);

	begin();
	ck_assert_int_eq(getsockopt(c.fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, &size), 0);
	ck_assert_int_ge(patience, session_send_hold(&s) / 1000 + 30000);
	close(router);
	end();
}
END_TEST

UNIT_MAIN("conn", a_reset_that_sending_meets_is_a_reset, an_end_that_sending_meets_is_an_end,
    the_system_is_more_patient_than_the_session)
