#define _GNU_SOURCE	/* SOCK_NONBLOCK, SOCK_CLOEXEC */
#include "sock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

static socklen_t
make_address(struct sockaddr_storage *to, const struct addr *a, uint16_t port)
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

static int
set_hops(int fd, uint8_t family, int hops)
{
	if (family == ADDR_V4)
		return setsockopt(fd, IPPROTO_IP, IP_TTL, &hops, sizeof(hops));
	return setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &hops, sizeof(hops));
}

static bool
prepare(int fd, const struct peer *p, uint8_t hops)
{
	struct sockaddr_storage from;
	int on = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0)
		return false;
	if (hops != 0 && set_hops(fd, p->addr.family, hops) < 0)
		return false;
	return p->source.family == ADDR_NONE ||
	    bind(fd, (struct sockaddr *)&from, make_address(&from, &p->source, 0)) == 0;
}

static int
make_socket(const struct addr *a)
{
	int family = a->family == ADDR_V4 ? AF_INET : AF_INET6;

	return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* Closes, and keeps errno for the caller. */
static int
give_up(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
	return -1;
}

int
sock_connect(const struct peer *p, uint8_t hops)
{
	int fd = make_socket(&p->addr);
	struct sockaddr_storage to;

	if (fd < 0)
		return -1;
	if (prepare(fd, p, hops) &&
	    (connect(fd, (struct sockaddr *)&to, make_address(&to, &p->addr, p->port)) == 0 ||
	    errno == EINPROGRESS))
		return fd;
	return give_up(fd);
}

/* IPv6 listens for itself: one who wants both families says so. */
int
sock_listen(const struct addr *a, uint16_t port, int backlog)
{
	int fd = make_socket(a), on = 1;
	struct sockaddr_storage at;
	socklen_t size = make_address(&at, a, port);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    (a->family == ADDR_V4 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == 0) &&
	    bind(fd, (struct sockaddr *)&at, size) == 0 && listen(fd, backlog) == 0)
		return fd;
	return give_up(fd);
}

int
sock_error(int fd)
{
	int error = 0;
	socklen_t size = sizeof(error);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? errno : error;
}
