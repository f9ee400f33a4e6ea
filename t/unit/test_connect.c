#include "bgp/connect.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/tcp.h"
#include "unit.h"

static struct peer_config peer;

/* Sets a peer at this address with a listening port. Returns the listening socket. */
static int
begin_connect(const char *address)
{
	struct sockaddr_storage at;
	socklen_t size = sizeof(at);
	int listener;

	peer = (struct peer_config){ 0 };
	ck_assert(addr_parse(str_of(address), &peer.addr));
	listener = tcp_listen(&peer.addr, 0, 1);
	ck_assert_int_ge(listener, 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&at, &size), 0);
	peer.port = ntohs(at.ss_family == AF_INET ? ((struct sockaddr_in *)&at)->sin_port :
	    ((struct sockaddr_in6 *)&at)->sin6_port);
	return listener;
}

static int
option(int fd, int level, int name)
{
	int value = -1;
	socklen_t size = sizeof(value);

	ck_assert_int_eq(getsockopt(fd, level, name, &value, &size), 0);
	return value;
}

/* Waits for the connection. Returns 0, or its error. */
static int
wait_for(int fd)
{
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, 10000), 1);
	return tcp_error(fd);
}

START_TEST(a_connection_has_its_socket_options)
{
	int listener = begin_connect("127.0.0.1"), fd = connect_start(&peer, 7000);

	ck_assert_int_eq(wait_for(fd), 0);
	ck_assert_int_ne(option(fd, IPPROTO_TCP, TCP_NODELAY), 0);
	ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 7000);
	ck_assert_int_eq(option(fd, IPPROTO_IP, IP_TOS), IPTOS_CLASS_CS6);
	close(fd);
	close(listener);
}
END_TEST

/* An external peer one hop away gets TTL 1; with GTSM (RFC 5082) TTL 255 and a minimum TTL. */
START_TEST(hops_set_the_ttl_and_its_minimum)
{
	int listener, fd;

	if (getenv("QEMU_LD_PREFIX") != NULL)
		return;		/* qemu-user lacks IP_MINTTL */
	listener = begin_connect("127.0.0.1");
	peer.hops = 1;
	ck_assert_int_eq(wait_for(fd = connect_start(&peer, 7000)), 0);
	ck_assert_int_eq(option(fd, IPPROTO_IP, IP_TTL), 1);
	ck_assert_int_eq(option(fd, IPPROTO_IP, IP_MINTTL), 0);
	close(fd);
	peer.gtsm = true;
	peer.hops = 3;
	fd = connect_start(&peer, 7000);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(option(fd, IPPROTO_IP, IP_TTL), 255);
	ck_assert_int_eq(option(fd, IPPROTO_IP, IP_MINTTL), 253);
	close(fd);
	close(listener);
}
END_TEST

START_TEST(the_source_address_is_bound)
{
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	int listener = begin_connect("127.0.0.1"), fd;

	ck_assert(addr_parse(STR("127.0.0.7"), &peer.source));
	ck_assert_int_eq(wait_for(fd = connect_start(&peer, 7000)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&from, &size), 0);
	ck_assert_uint_eq(ntohl(from.sin_addr.s_addr), 0x7f000007);
	close(fd);
	close(listener);
}
END_TEST

START_TEST(a_closed_port_refuses)
{
	int fd;

	close(begin_connect("127.0.0.1"));
	fd = connect_start(&peer, 7000);
	ck_assert_int_eq(fd < 0 ? errno : wait_for(fd), ECONNREFUSED);
	close(fd);
}
END_TEST

START_TEST(a_missing_source_link_or_device_is_an_error)
{
	int listener = begin_connect("127.0.0.1");

	ck_assert(addr_parse(STR("192.0.2.77"), &peer.source));
	ck_assert_int_eq(connect_start(&peer, 7000), -1);
	ck_assert_int_eq(errno, EADDRNOTAVAIL);
	close(listener);
	peer = (struct peer_config){ .port = 179, .link = "nolink0" };
	ck_assert(addr_parse(STR("fe80::1"), &peer.addr));
	ck_assert_int_eq(connect_start(&peer, 7000), -1);
	ck_assert_int_eq(errno, ENODEV);
	memset(peer.link, 0, sizeof(peer.link));
	memcpy(peer.device, "nodevice0", 9);
	ck_assert_int_eq(connect_start(&peer, 7000), -1);
	ck_assert(errno == ENODEV || errno == EPERM);
}
END_TEST

UNIT_MAIN("connect", a_connection_has_its_socket_options, hops_set_the_ttl_and_its_minimum,
    the_source_address_is_bound, a_closed_port_refuses, a_missing_source_link_or_device_is_an_error)
