#include "bgp/delivery.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/tcp.h"
#include "unit.h"

static int listener, ours, theirs;

static void
begin(void)
{
	const struct addr at = { ADDR_V4, { 127, 0, 0, 1 } };
	struct sockaddr_in name;
	socklen_t size = sizeof(name);

	ck_assert_int_ge(listener = tcp_listen(&at, 0, 1), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&name, &size), 0);
	ck_assert_int_ge(ours = socket(AF_INET, SOCK_STREAM, 0), 0);
	ck_assert_int_eq(connect(ours, (struct sockaddr *)&name, size), 0);
	ck_assert_int_ge(theirs = accept(listener, NULL, NULL), 0);
	alarm(20);
}

static void
end(void)
{
	close(listener);
	close(ours);
	close(theirs);
}

/* qemu-user, which some builds are tested with, has no TCP_INFO of this length. */
static bool
is_counted(uint64_t *n)
{
	return delivery_count(ours, n);
}

START_TEST(acknowledged_bytes_are_counted)
{
	uint64_t before, n;
	char text[100];

	begin();
	if (is_counted(&before)) {
		ck_assert_int_eq(send(ours, "0123456789", 10, 0), 10);
		ck_assert_int_eq(recv(theirs, text, sizeof(text), 0), 10);
		do
			ck_assert(delivery_count(ours, &n));
		while (n < before + 10);
		ck_assert_uint_eq(n, before + 10);
	}
	end();
}
END_TEST

START_TEST(an_acknowledgement_wakes_poll)
{
	struct pollfd p;
	uint64_t n;

	begin();
	delivery_watch(ours);
	p = (struct pollfd){ .fd = ours, .events = POLLIN };
	ck_assert_int_eq(poll(&p, 1, 0), 0);
	for (int i = 0; i < 3 && is_counted(&n); i++) {
		ck_assert_int_eq(send(ours, "0123456789", 10, 0), 10);
		ck_assert_int_eq(poll(&p, 1, 10000), 1);
		ck_assert_int_eq(p.revents, POLLERR);
		delivery_drain(ours);
		ck_assert_int_eq(poll(&p, 1, 0), 0);
	}
	end();
}
END_TEST

START_TEST(other_sockets_are_not_counted)
{
	uint64_t n;
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert(!delivery_count(ends[0], &n));
	close(ends[0]);
	close(ends[1]);
}
END_TEST

UNIT_MAIN("delivery", acknowledged_bytes_are_counted, an_acknowledgement_wakes_poll,
    other_sockets_are_not_counted)
