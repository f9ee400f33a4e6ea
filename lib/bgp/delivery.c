#include "bgp/delivery.h"

#include <linux/net_tstamp.h>
#include <linux/tcp.h>		/* the struct tcp_info of libc may lack tcpi_bytes_acked */
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

/* OPT_TSONLY: an event has no copy of the data, which could require CAP_NET_RAW. */
void
delivery_watch(int fd)
{
	int flags = SOF_TIMESTAMPING_TX_ACK | SOF_TIMESTAMPING_SOFTWARE |
	    SOF_TIMESTAMPING_OPT_TSONLY | SOF_TIMESTAMPING_OPT_ID;

	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags));
}

void
delivery_drain(int fd)
{
	char none;

	while (recv(fd, &none, sizeof(none), MSG_ERRQUEUE | MSG_DONTWAIT) >= 0)
		continue;
}

bool
delivery_count(int fd, uint64_t *n)
{
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0 ||
	    size < offsetof(struct tcp_info, tcpi_bytes_acked) + sizeof(info.tcpi_bytes_acked))
		return false;
	*n = info.tcpi_bytes_acked;
	return true;
}
