#include "bgp/connect.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include "io/tcp.h"

#ifndef IPV6_MINHOPCOUNT
#define IPV6_MINHOPCOUNT 73
#endif

/* The limit of unsent bytes in the kernel, so that a new route does not wait behind megabytes. */
#define UNSENT (128 * 1024)

static bool
set(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) == 0;
}

/*
 * RFC 5082 (GTSM): send with TTL 255, accept only packets that crossed at most hops - 1 routers.
 * Without GTSM, `hops` is the TTL of sent packets.
 */
static bool
set_hops(int fd, const struct peer_config *p)
{
	bool v4 = p->addr.family == ADDR_V4;
	int level = v4 ? IPPROTO_IP : IPPROTO_IPV6, sent = v4 ? IP_TTL : IPV6_UNICAST_HOPS;
	int least = v4 ? IP_MINTTL : IPV6_MINHOPCOUNT;

	if (p->gtsm)
		return set(fd, level, sent, 255) &&
		    set(fd, level, least, 256 - (p->hops != 0 ? p->hops : 1));
	return p->hops == 0 || set(fd, level, sent, p->hops);
}

/* TCP MD5 signatures: RFC 2385. */
static bool
set_password(int fd, const struct peer_config *p)
{
	struct tcp_md5sig md5 = { .tcpm_keylen = (uint16_t)p->password_n };

	if (p->password_n == 0)
		return true;
	tcp_address(&md5.tcpm_addr, &p->addr, p->port);
	memcpy(md5.tcpm_key, p->password, p->password_n);
	return setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &md5, sizeof(md5)) == 0;
}

static bool
set_device(int fd, const struct peer_config *p)
{
	return p->device[0] == '\0' ||
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, p->device,
	    (socklen_t)strlen(p->device)) == 0;
}

/* Sets the class CS6 (network control): RFC 4594 section 3.1. */
static bool
set_precedence(int fd, const struct peer_config *p)
{
	if (p->addr.family == ADDR_V4)
		return set(fd, IPPROTO_IP, IP_TOS, IPTOS_CLASS_CS6);
	return set(fd, IPPROTO_IPV6, IPV6_TCLASS, IPTOS_CLASS_CS6);
}

/*
 * Finds the index of the link for each attempt, because the index may change. if_nametoindex(3)
 * would create a socket of a kind that the sandbox forbids.
 */
static bool
set_link(int fd, struct sockaddr_storage *to, const struct peer_config *p)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
	struct ifreq request = { 0 };

	_Static_assert(sizeof(p->link) <= sizeof(request.ifr_name), "the name of a link fits");
	if (p->link[0] == '\0' || to->ss_family != AF_INET6)
		return true;
	memcpy(request.ifr_name, p->link, sizeof(p->link));
	if (ioctl(fd, SIOCGIFINDEX, &request) < 0)
		return false;
	v6->sin6_scope_id = (uint32_t)request.ifr_ifindex;
	return true;
}

static bool
bind_source(int fd, const struct peer_config *p)
{
	struct sockaddr_storage from;
	socklen_t size = tcp_address(&from, &p->source, 0);

	return p->source.family == ADDR_NONE ||
	    (set_link(fd, &from, p) && bind(fd, (struct sockaddr *)&from, size) == 0);
}

static bool
prepare(int fd, const struct peer_config *p, unsigned patience)
{
	return set(fd, IPPROTO_TCP, TCP_NODELAY, 1) &&
	    set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT) &&
	    set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)patience) && set_precedence(fd, p) &&
	    set_hops(fd, p) && set_password(fd, p) && set_device(fd, p) && bind_source(fd, p);
}

int
connect_start(const struct peer_config *p, unsigned patience)
{
	int fd = tcp_socket(&p->addr);
	struct sockaddr_storage to;
	socklen_t size = tcp_address(&to, &p->addr, p->port);

	if (fd < 0)
		return -1;
	if (prepare(fd, p, patience) && set_link(fd, &to, p) &&
	    (connect(fd, (struct sockaddr *)&to, size) == 0 || errno == EINPROGRESS))
		return fd;
	return tcp_give_up(fd);
}
