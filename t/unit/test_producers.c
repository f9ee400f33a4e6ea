/*
 * Tests which TCP connections are accepted and which are closed at the limit. Each loopback address
 * is a holder (share.h).
 */
#include "dnstap/producers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "unit.h"

#define TYPE "protobuf:dnstap.Dnstap"
#define START "\0\0\0\0\0\0\0\x22\0\0\0\2\0\0\0\1\0\0\0\x16" TYPE
#define DATA "\0\0\0\1x"

static struct producers producers;
static struct loop loop;
static in_port_t port;

static struct sockaddr_in
address(unsigned host, in_port_t at)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = at,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host) };
}

static void
begin(void)
{
	struct sockaddr_in us = address(1, 0);
	socklen_t size = sizeof(us);
	struct rlimit files;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&us, sizeof(us)), 0);
	ck_assert_int_eq(listen(fd, 128), 0);
	getsockname(fd, (struct sockaddr *)&us, &size);
	port = us.sin_port;
	producers.listeners = calloc(1, sizeof(*producers.listeners));
	producers.listeners[0] = (struct listener){ .fd = fd, .name = "test" };
	producers.n_listeners = 1;
}

/* Runs one turn, which reads all available data. */
static void
turn(void)
{
	struct str payload;

	loop_begin(&loop);
	producers_begin(&producers, &loop, true);
	loop_look(&loop);
	while (producers_read(&producers, &loop))
		while (block_next(&producers.block, &payload))
			;
	producers_end(&producers, &loop);
}

static int
connect_from(unsigned host)
{
	struct sockaddr_in from = address(host, 0), to = address(1, port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static void
say(int fd, struct str what)
{
	ck_assert_int_eq(send(fd, what.p, what.n, MSG_NOSIGNAL), (ssize_t)what.n);
}

/* Opens a connection and sends `what`. Returns when the connection was read, or was closed. */
static int
arrive(unsigned host, struct str what)
{
	uint64_t before = producers.connections + producers.displaced;
	int fd = connect_from(host);

	say(fd, what);
	for (int i = 0; i < 1000 && producers.connections + producers.displaced == before; i++)
		turn();
	turn();
	return fd;
}

static bool
is_open(int fd)
{
	char byte;

	turn();
	return recv(fd, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

static bool
is_closed(int fd)
{
	char byte;

	return recv(fd, &byte, 1, 0) <= 0;
}

static void
fill(unsigned host, size_t n, struct str what, int fds[])
{
	for (size_t i = 0; i < n; i++)
		fds[i] = arrive(host, what);
}

START_TEST(the_oldest_silent_connection_is_displaced)
{
	int crowd[PRODUCERS_MAX], late;

	begin();
	fill(2, PRODUCERS_MAX / 2, STR(START), crowd);
	fill(2, PRODUCERS_MAX / 2, STR(""), crowd + PRODUCERS_MAX / 2);
	ck_assert_uint_eq(producers.n, PRODUCERS_MAX);
	ck_assert_uint_eq(producers.displaced, 0);
	late = arrive(1, STR(START DATA));
	ck_assert_uint_eq(producers.displaced, 1);
	ck_assert(is_closed(crowd[PRODUCERS_MAX / 2]));
	ck_assert(is_open(crowd[PRODUCERS_MAX / 2 + 1]));
	ck_assert(is_open(late));
	ck_assert_uint_eq(producers.block.frames, 1);
	/* A holder displaces its own connections, first those with an unfinished handshake. */
	for (int i = 1; i <= PRODUCERS_MAX / 2; i++)
		ck_assert(is_open(arrive(2, STR(START))));
	ck_assert(is_closed(crowd[PRODUCERS_MAX - 1]));
	ck_assert(is_closed(crowd[0]));
	ck_assert(is_open(crowd[1]));
	ck_assert(is_open(late));
	ck_assert_uint_eq(producers.n, PRODUCERS_MAX);
	producers_free(&producers);
}
END_TEST

START_TEST(an_idle_connection_stays_while_another_holder_has_more)
{
	int crowd[PRODUCERS_MAX], idle, silent;

	begin();
	idle = arrive(1, STR(START DATA));
	silent = arrive(3, STR(START));
	fill(2, PRODUCERS_MAX, STR(START), crowd);
	ck_assert_uint_eq(producers.displaced, 2);
	fill(2, 100, STR(START DATA), crowd);
	ck_assert_uint_eq(producers.displaced, 102);
	ck_assert(is_open(idle));
	ck_assert(is_open(silent));
	producers_free(&producers);
}
END_TEST

START_TEST(the_holder_with_the_most_loses_connections)
{
	int crowd[PRODUCERS_MAX], idle, other;

	begin();
	idle = arrive(1, STR(START));
	fill(2, PRODUCERS_MAX - 1, STR(START DATA), crowd);
	for (int i = 0; i < 2; i++) {
		say(crowd[0], STR(DATA));
		turn();
	}
	other = arrive(3, STR(START DATA));
	ck_assert(is_open(other));
	ck_assert(is_open(idle));
	ck_assert(is_open(crowd[0]));		/* it has sent more data */
	ck_assert(is_closed(crowd[1]));
	/* A new connection displaces no connection of the same holder that has sent data. */
	ck_assert(is_closed(arrive(2, STR(START DATA))));
	ck_assert(is_open(arrive(3, STR(START DATA))));
	producers_free(&producers);
}
END_TEST

START_TEST(a_holder_with_two_more_loses_active_connections)
{
	enum { EACH = PRODUCERS_MAX / 4 };
	int crowd[4][EACH], late[2];

	begin();
	for (unsigned i = 0; i < 4; i++)
		fill(2 + i, EACH, STR(START DATA), crowd[i]);
	for (unsigned i = 0; i < 2; i++) {
		late[i] = arrive(1, STR(START DATA));
		ck_assert_uint_eq(producers.displaced, i + 1);
	}
	ck_assert(is_open(late[0]));
	ck_assert(is_open(late[1]));
	ck_assert(is_closed(crowd[0][0]));
	ck_assert(is_closed(crowd[1][0]));
	/* If both holders have equal numbers of connections, the new connection is closed. */
	ck_assert(is_closed(arrive(2, STR(START DATA))));
	ck_assert(is_closed(arrive(4, STR(START DATA))));
	ck_assert_uint_eq(producers.displaced, 4);
	ck_assert_uint_eq(producers.n, PRODUCERS_MAX);
	producers_free(&producers);
}
END_TEST

/* Opens a connection, which is accepted while all others except the eighth have unread bytes. */
static int
connect_while_others_send(const int crowd[PRODUCERS_MAX])
{
	int fd = connect_from(1);

	loop_begin(&loop);
	producers_begin(&producers, &loop, true);
	loop_look(&loop);
	for (int i = 0; i < PRODUCERS_MAX; i++)
		if (i != 7)
			say(crowd[i], STR(DATA));
	producers_end(&producers, &loop);
	return fd;
}

START_TEST(unread_bytes_do_not_prevent_displacement)
{
	int crowd[PRODUCERS_MAX], late;

	begin();
	fill(2, PRODUCERS_MAX, STR(START), crowd);
	late = connect_while_others_send(crowd);
	ck_assert_uint_eq(producers.displaced, 1);
	ck_assert(is_closed(crowd[7]));		/* the silent connection */
	ck_assert(is_open(late));
	late = connect_while_others_send(crowd);
	ck_assert_uint_eq(producers.displaced, 2);
	ck_assert(is_open(late));
	producers_free(&producers);
}
END_TEST

UNIT_MAIN("producers", the_oldest_silent_connection_is_displaced,
    an_idle_connection_stays_while_another_holder_has_more,
    the_holder_with_the_most_loses_connections, a_holder_with_two_more_loses_active_connections,
    unread_bytes_do_not_prevent_displacement)
