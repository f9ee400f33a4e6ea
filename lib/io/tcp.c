#define _GNU_SOURCE	/* SOCK_NONBLOCK, SOCK_CLOEXEC */
#include "io/tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

socklen_t
tcp_address(struct sockaddr_storage *to, const struct addr *a, uint16_t port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;

	memset(to, 0, sizeof(*to));
	if (a->family == ADDR_V4) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		memcpy(&v4->sin_addr, a->bytes, 4);
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	memcpy(&v6->sin6_addr, a->bytes, 16);
	return sizeof(*v6);
}

int
tcp_socket(const struct addr *a)
{
	int family = a->family == ADDR_V4 ? AF_INET : AF_INET6;

	return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

int
tcp_give_up(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
	return -1;
}

/* An IPv6 socket does not accept IPv4: IPv4 needs its own listener. */
int
tcp_listen(const struct addr *a, uint16_t port, int backlog)
{
	int fd = tcp_socket(a), on = 1;
	struct sockaddr_storage at;
	socklen_t size = tcp_address(&at, a, port);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    (a->family == ADDR_V4 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == 0) &&
	    bind(fd, (struct sockaddr *)&at, size) == 0 && listen(fd, backlog) == 0)
		return fd;
	return tcp_give_up(fd);
}

bool
tcp_peer(int fd, char out[TCP_PEER_STRLEN])
{
	struct sockaddr_storage from;
	const struct sockaddr_in *v4 = (const void *)&from;
	const struct sockaddr_in6 *v6 = (const void *)&from;
	socklen_t size = sizeof(from);
	char text[ADDR_STRLEN];
	struct addr a;
	bool is_v4;

	if (getpeername(fd, (struct sockaddr *)&from, &size) < 0 ||
	    (from.ss_family != AF_INET && from.ss_family != AF_INET6))
		return false;
	is_v4 = from.ss_family == AF_INET;
	addr_from_bytes(&a, is_v4 ? (const void *)&v4->sin_addr : &v6->sin6_addr, is_v4 ? 4 : 16);
	addr_format(&a, text);
	snprintf(out, TCP_PEER_STRLEN, is_v4 ? "%s:%u" : "[%s]:%u", text,
	    ntohs(is_v4 ? v4->sin_port : v6->sin6_port));
	return true;
}

int
tcp_error(int fd)
{
	int error = 0;
	socklen_t size = sizeof(error);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? errno : error;
}
