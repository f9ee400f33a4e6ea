#define _GNU_SOURCE	/* SOCK_NONBLOCK, SOCK_CLOEXEC */
#include "sock.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IPV6_MINHOPCOUNT
#define IPV6_MINHOPCOUNT 73
#endif

/* Bytes that may wait in the system: news is not to stand behind megabytes. */
#define UNSENT (128 * 1024)

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

static bool
set(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) == 0;
}

/*
 * GTSM, RFC 5082: what is sent begins at 255, and what comes has crossed no more than hops - 1
 * routers. Without it the TTL alone keeps us from going further.
 */
static bool
set_hops(int fd, const struct peer *p)
{
	bool v4 = p->addr.family == ADDR_V4;
	int level = v4 ? IPPROTO_IP : IPPROTO_IPV6, sent = v4 ? IP_TTL : IPV6_UNICAST_HOPS;
	int least = v4 ? IP_MINTTL : IPV6_MINHOPCOUNT;

	if (p->gtsm)
		return set(fd, level, sent, 255) &&
		    set(fd, level, least, 256 - (p->hops != 0 ? p->hops : 1));
	return p->hops == 0 || set(fd, level, sent, p->hops);
}

/* RFC 2385. */
static bool
set_password(int fd, const struct peer *p)
{
	struct tcp_md5sig md5 = { .tcpm_keylen = (uint16_t)p->password_n };

	if (p->password_n == 0)
		return true;
	make_address(&md5.tcpm_addr, &p->addr, p->port);
	memcpy(md5.tcpm_key, p->password, p->password_n);
	return setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &md5, sizeof(md5)) == 0;
}

static bool
set_device(int fd, const struct peer *p)
{
	return p->device[0] == '\0' ||
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, p->device,
	    (socklen_t)strlen(p->device)) == 0;
}

/* CS6: RFC 4594 section 3.1. */
static bool
set_precedence(int fd, const struct peer *p)
{
	if (p->addr.family == ADDR_V4)
		return set(fd, IPPROTO_IP, IP_TOS, IPTOS_CLASS_CS6);
	return set(fd, IPPROTO_IPV6, IPV6_TCLASS, IPTOS_CLASS_CS6);
}

/*
 * The link of a link-local address, which may come and go. if_nametoindex would make a socket of
 * its own, of a kind that the sandbox refuses.
 */
static bool
set_link(int fd, struct sockaddr_storage *to, const struct peer *p)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
	struct ifreq request = { 0 };

	_Static_assert(sizeof(p->link) <= sizeof(request.ifr_name), "a name of a link fits");
	if (p->link[0] == '\0' || to->ss_family != AF_INET6)
		return true;
	memcpy(request.ifr_name, p->link, sizeof(p->link));
	if (ioctl(fd, SIOCGIFINDEX, &request) < 0)
		return false;
	v6->sin6_scope_id = (uint32_t)request.ifr_ifindex;
	return true;
}

static bool
bind_source(int fd, const struct peer *p)
{
	struct sockaddr_storage from;
	socklen_t size = make_address(&from, &p->source, 0);

	return p->source.family == ADDR_NONE ||
	    (set_link(fd, &from, p) && bind(fd, (struct sockaddr *)&from, size) == 0);
}

static bool
prepare(int fd, const struct peer *p, unsigned patience)
{
	return set(fd, IPPROTO_TCP, TCP_NODELAY, 1) &&
	    set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT) &&
	    set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)patience) && set_precedence(fd, p) &&
	    set_hops(fd, p) && set_password(fd, p) && set_device(fd, p) && bind_source(fd, p);
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
sock_connect(const struct peer *p, unsigned patience)
{
	int fd = make_socket(&p->addr);
	struct sockaddr_storage to;
	socklen_t size = make_address(&to, &p->addr, p->port);

	if (fd < 0)
		return -1;
	if (prepare(fd, p, patience) && set_link(fd, &to, p) &&
	    (connect(fd, (struct sockaddr *)&to, size) == 0 || errno == EINPROGRESS))
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
	    (a->family == ADDR_V4 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == 0) &&
	    bind(fd, (struct sockaddr *)&at, size) == 0 && listen(fd, backlog) == 0)
		return fd;
	return give_up(fd);
}

bool
sock_peer(int fd, char out[SOCK_PEER_STRLEN])
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
	snprintf(out, SOCK_PEER_STRLEN, is_v4 ? "%s:%u" : "[%s]:%u", text,
	    ntohs(is_v4 ? v4->sin_port : v6->sin6_port));
	return true;
}

int
sock_error(int fd)
{
	int error = 0;
	socklen_t size = sizeof(error);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? errno : error;
}
