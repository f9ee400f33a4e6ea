/*
 * Tests which connections have the same holder: addresses as the kernel returns them, connections
 * to a dual-stack socket, and descriptors without a peer.
 */
#include "dnstap/share.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

static struct share
of(const char *text, uint32_t scope)
{
	struct sockaddr_storage from = { 0 };
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&from;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&from;

	if (strchr(text, ':') != NULL) {
		v6->sin6_family = AF_INET6;
		v6->sin6_scope_id = scope;
		ck_assert_int_eq(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
	} else {
		v4->sin_family = AF_INET;
		ck_assert_int_eq(inet_pton(AF_INET, text, &v4->sin_addr), 1);
	}
	return share_of_address(&from);
}

static bool
same(struct share a, struct share b)
{
	return a.family == b.family && a.scope == b.scope && a.id == b.id;
}

START_TEST(addresses_identify_their_holder)
{
	ck_assert(same(of("192.0.2.1", 0), of("192.0.2.1", 0)));
	ck_assert(!same(of("192.0.2.1", 0), of("192.0.2.2", 0)));
	ck_assert(same(of("2001:db8::1", 0), of("2001:db8::2:0:0:1", 0)));
	ck_assert(!same(of("2001:db8::1", 0), of("2001:db8:0:1::1", 0)));
	/* An IPv4 address and its IPv4-mapped IPv6 address. */
	ck_assert(same(of("::ffff:192.0.2.1", 0), of("192.0.2.1", 0)));
	ck_assert(!same(of("::ffff:192.0.2.1", 0), of("::ffff:192.0.2.2", 0)));
	/* All link-local addresses have the same /64. */
	ck_assert(same(of("fe80::1", 2), of("fe80::1", 2)));
	ck_assert(!same(of("fe80::1", 2), of("fe80::2", 2)));
	ck_assert(!same(of("fe80::1", 2), of("fe80::1", 3)));
}
END_TEST

/* Connects from 127.0.0.`host` to a dual-stack socket, and accepts the connection. */
static int
accepted_from(int listener, in_port_t port, unsigned host)
{
	struct sockaddr_in from = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host) };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = port,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return accept(listener, NULL, NULL);
}

START_TEST(a_dual_stack_socket_finds_the_same_holder)
{
	struct sockaddr_in6 us = { .sin6_family = AF_INET6 };
	struct share table[4] = { 0 }, *first;
	int listener = socket(AF_INET6, SOCK_STREAM, 0), off = 0;
	socklen_t size = sizeof(us);

	setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&us, sizeof(us)), 0);
	ck_assert_int_eq(listen(listener, 8), 0);
	getsockname(listener, (struct sockaddr *)&us, &size);
	first = share_take(table, 4, accepted_from(listener, us.sin6_port, 2));
	ck_assert_ptr_eq(share_take(table, 4, accepted_from(listener, us.sin6_port, 2)), first);
	ck_assert_ptr_ne(share_take(table, 4, accepted_from(listener, us.sin6_port, 3)), first);
	ck_assert_uint_eq(first->n, 2);
	share_leave(first);
	ck_assert_uint_eq(first->n, 1);
}
END_TEST

START_TEST(users_and_unknown_peers_are_holders)
{
	struct share table[4] = { 0 }, *share;
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	share = share_take(table, 4, pair[0]);
	ck_assert_int_eq(share->family, AF_UNIX);
	ck_assert_uint_eq(share->id, getuid());
	share = share_take(table, 4, socket(AF_INET, SOCK_STREAM, 0));
	ck_assert_int_eq(share->family, AF_UNSPEC);
	ck_assert_ptr_eq(share_take(table, 4, socket(AF_INET6, SOCK_STREAM, 0)), share);
}
END_TEST

UNIT_MAIN("share", addresses_identify_their_holder, a_dual_stack_socket_finds_the_same_holder,
    users_and_unknown_peers_are_holders)
