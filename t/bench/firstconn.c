/*
 * Measures which way the first connection to a new address takes: `firstconn [OPTION...] CLIENT
 * ROUTER OLD NEW`. The arguments are the IDs of processes in the network namespaces of the lab
 * (t/lab/uplinks.sh). A client queries a name, and in the next system call after the reply it
 * connects to the address in the reply. The uplinks see which way the first packet takes, and the
 * router's kernel reports when it has the route.
 *	-6		query AAAA instead of A
 *	-b		query both A and AAAA, from one port
 *	-c CLIENTS	that query the same names at the same time [1]
 *	-f FIRST	number of the first name [0]
 *	-i USEC		from one name to the next [3000]
 *	-n NAMES	[1000]
 *	-s SERVER	address of the resolver; two receive queries in turn
 *	-t		connect by TCP instead of UDP
 *	-u		query unlisted names
 *	-w MSEC		wait at the end for routes that are missing [3000]
 * It prints the numbers of `replies`, of replies `lost`, and of first packets that took the `old`
 * and the `new` way. route_p50 and so on are the microseconds from a reply until its route is in
 * the router's kernel, 0 if the route was there before; `routes` is their number. rtt1_p50 and so
 * on are the microseconds from a query to its reply, for each server.
 */
#define _GNU_SOURCE	/* setns */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "delays.h"
#include "labnames.h"

#define CLIENTS_MAX 2
#define PATIENCE 2		/* seconds for a reply */
#define DRAIN (SECOND / 20)	/* how often the packets at the uplinks are read */

enum way { UNKNOWN, OLD, NEW };

static struct {
	bool families[2];	/* A, AAAA */
	bool tcp, unlisted;
	int clients, servers;
	const char *server[2];
	int first, names;
	int64_t interval, wait;
} options = { .clients = 1, .names = 1000, .interval = 3000, .wait = 3 * SECOND };

/* The state of an address, for each client. Times are monotonic; 0: did not happen. */
struct seen {
	int64_t asked, replied;
	enum way way;
};

static struct shared {
	struct seen seen[CLIENTS_MAX][2][LABNAMES_MAX];
	int64_t routed[2][LABNAMES_MAX];	/* when the route came to the router's kernel */
	int64_t start;
} *shared;

/* --- The client --- */

struct client {
	int number;
	int dns[2];	/* a socket for each server */
	int out[2];	/* the socket of the next connection, for each family */
};

/* Client number N has the addresses 192.0.2.7 + N and 2001:db8:2::7 + N. */
static struct sockaddr_in6
own_address(int number, bool ipv6)
{
	uint8_t ipv4[4] = { 192, 0, 2, (uint8_t)(7 + number) };
	uint8_t six[16] = { 0x20, 0x01, 0x0d, 0xb8, 0, 2, [15] = (uint8_t)(7 + number) };

	return labnames_address(ipv6 ? six : ipv4, ipv6, 0);
}

static int
open_bound(int type, int number, bool ipv6)
{
	struct sockaddr_in6 from = own_address(number, ipv6);
	int fd = socket(AF_INET6, type, 0), off = 0;

	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof(from)) < 0)
		err(2, "the client's address");
	return fd;
}

static int
open_dns(const char *server, int number)
{
	struct timeval patience = { .tv_sec = PATIENCE };
	bool ipv6 = strchr(server, ':') != NULL;
	struct sockaddr_in6 to;
	uint8_t address[16];
	int fd = open_bound(SOCK_DGRAM, number, ipv6);

	if (inet_pton(ipv6 ? AF_INET6 : AF_INET, server, address) != 1)
		errx(2, "-s %s: no address", server);
	to = labnames_address(address, ipv6, 53);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		err(2, "%s", server);
	return fd;
}

/*
 * Receives one reply and connects to its address, which is at its end, because the query has no
 * EDNS. False: no reply has come in time.
 */
static bool
connect_to_reply(struct client *c, int dns, int name)
{
	uint8_t reply[512];
	ssize_t n;

	while ((n = recv(dns, reply, sizeof(reply), 0)) > 0) {
		int64_t now = clock_mono();
		bool ipv6 = reply[LABNAMES_TYPE_AT(options.unlisted)] == 28;
		size_t length = ipv6 ? 16 : 4;
		struct sockaddr_in6 to = labnames_address(reply + n - length, ipv6, 80);

		if (reply[0] << 8 != (name & 0xff00) || reply[1] != (name & 0xff) || reply[7] == 0)
			continue;
		if (options.tcp)
			connect(c->out[ipv6], (struct sockaddr *)&to, sizeof(to));
		else
			sendto(c->out[ipv6], "", 1, 0, (struct sockaddr *)&to, sizeof(to));
		shared->seen[c->number][ipv6][name].replied = now;
		return true;
	}
	return false;
}

static void
open_connections(struct client *c)
{
	for (int f = 0; f < 2; f++) {
		if (c->out[f] >= 0 && !options.tcp)
			continue;
		if (c->out[f] >= 0)
			close(c->out[f]);
		c->out[f] = open_bound(options.tcp ? SOCK_STREAM | SOCK_NONBLOCK : SOCK_DGRAM,
		    c->number, f == 1);
	}
}

static void
query_name(struct client *c, int name)
{
	int dns = c->dns[name % options.servers], replies = 0;
	uint8_t query[LABNAMES_QUERY_MAX];

	for (int f = 0; f < 2; f++) {
		if (!options.families[f])
			continue;
		shared->seen[c->number][f][name].asked = clock_mono();
		if (send(dns, query, labnames_query(query, name, options.unlisted, f == 1), 0) < 0)
			warn("query");
		replies++;
	}
	while (replies-- > 0 && connect_to_reply(c, dns, name))
		;
}

static int client_number;

static void
run_client(void)
{
	struct client c = { .number = client_number, .out = { -1, -1 } };

	for (int s = 0; s < options.servers; s++)
		c.dns[s] = open_dns(options.server[s], c.number);
	for (int i = 0; i < options.names; i++) {
		open_connections(&c);
		delays_sleep_until(shared->start + i * options.interval);
		query_name(&c, options.first + i);
	}
}

/* --- The router and the uplinks --- */

static void
take_routes(int netlink)
{
	static char data[256 * 1024];
	ssize_t n = recv(netlink, data, sizeof(data), MSG_DONTWAIT);
	int64_t now = clock_mono();

	if (n < 0 && errno != EAGAIN)
		err(2, "netlink");
	for (struct nlmsghdr *m = (struct nlmsghdr *)data; n > 0 && NLMSG_OK(m, (size_t)n);
	    m = NLMSG_NEXT(m, n)) {
		struct rtmsg *route = NLMSG_DATA(m);
		int left = (int)RTM_PAYLOAD(m);
		bool ipv6 = route->rtm_family == AF_INET6;

		if (m->nlmsg_type != RTM_NEWROUTE || route->rtm_dst_len != (ipv6 ? 128 : 32))
			continue;
		for (struct rtattr *a = RTM_RTA(route); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
			int name = a->rta_type != RTA_DST ? -1 :
			    labnames_number(RTA_DATA(a), options.unlisted, ipv6);

			if (name >= 0 && shared->routed[ipv6][name] == 0)
				shared->routed[ipv6][name] = now;
		}
	}
}

/* Reads the packets that arrived at an uplink. Only the first packet to an address counts. */
static void
take_packets(int uplink, enum way way)
{
	uint8_t p[128];
	struct sockaddr_ll from;
	socklen_t size = sizeof(from);

	while (recvfrom(uplink, p, sizeof(p), MSG_DONTWAIT, (struct sockaddr *)&from, &size) > 0) {
		bool ipv6 = from.sll_protocol == htons(ETH_P_IPV6);
		int name, client;

		size = sizeof(from);
		if (from.sll_pkttype == PACKET_OUTGOING ||
		    (!ipv6 && from.sll_protocol != htons(ETH_P_IP)))
			continue;
		name = labnames_number(p + (ipv6 ? 24 : 16), options.unlisted, ipv6);
		client = p[ipv6 ? 23 : 15] - 7;
		if (name < 0 || client < 0 || client >= options.clients)
			continue;
		if (shared->seen[client][ipv6][name].way == UNKNOWN)
			shared->seen[client][ipv6][name].way = way;
	}
}

static void
enter(const char *pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/ns/net", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		err(2, "%s", path);
	close(fd);
}

static int
open_uplink(const char *pid)
{
	int fd;

	enter(pid);
	fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));
	if (fd < 0)
		err(2, "a packet socket");
	return fd;
}

static int
open_router(const char *pid)
{
	struct sockaddr_nl groups = { .nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE };
	int fd;

	enter(pid);
	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	if (fd < 0 || bind(fd, (struct sockaddr *)&groups, sizeof(groups)) < 0)
		err(2, "netlink");
	return fd;
}

static bool
has_all_routes(void)
{
	for (int f = 0; f < 2; f++) {
		if (!options.families[f])
			continue;
		for (int i = options.first; i < options.first + options.names; i++)
			if (shared->routed[f][i] == 0 && shared->seen[0][f][i].replied != 0)
				return false;
	}
	return true;
}

/* Observes until the clients have ended and their routes have come. */
static void
observe(int netlink, const int uplinks[2])
{
	struct pollfd in = { .fd = netlink, .events = POLLIN };
	int64_t drained = 0, end = 0;
	int running = options.clients;

	for (;;) {
		int64_t now;

		if (poll(&in, 1, (int)(DRAIN / 1000)) > 0)
			take_routes(netlink);
		now = clock_mono();
		if (now < drained + DRAIN)
			continue;
		drained = now;
		take_packets(uplinks[0], OLD);
		take_packets(uplinks[1], NEW);
		while (running > 0 && waitpid(-1, NULL, WNOHANG) > 0)
			if (--running == 0)
				end = now + options.wait;
		if (running == 0 && now > end - options.wait + DRAIN &&
		    (now > end || has_all_routes()))
			return;
	}
}

/* --- The report --- */

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void
print_times(const char *name, int64_t *times, size_t n)
{
	if (n == 0)
		return;
	qsort(times, n, sizeof(*times), compare);
	printf(" %s_p50=%lld %s_p99=%lld %s_max=%lld", name, (long long)times[(n - 1) / 2], name,
	    (long long)times[(n - 1) * 99 / 100], name, (long long)times[n - 1]);
}

static struct {
	size_t replies, lost, old, new, routes;
	size_t rtts[2];
	int64_t *route, *rtt[2];
} total;

static void
count(int client, int family, int name)
{
	const struct seen *seen = &shared->seen[client][family][name];
	int64_t routed = shared->routed[family][name];
	int server = name % options.servers;

	if (seen->replied == 0) {
		total.lost++;
		return;
	}
	total.replies++;
	total.old += seen->way == OLD;
	total.new += seen->way == NEW;
	total.rtt[server][total.rtts[server]++] = seen->replied - seen->asked;
	if (routed != 0)
		total.route[total.routes++] = routed > seen->replied ? routed - seen->replied : 0;
}

static void
report(void)
{
	size_t most = (size_t)(CLIENTS_MAX * 2 * options.names);

	total.route = mem_zero(most, sizeof(*total.route));
	for (int s = 0; s < 2; s++)
		total.rtt[s] = mem_zero(most, sizeof(*total.rtt[s]));
	for (int c = 0; c < options.clients; c++)
		for (int f = 0; f < 2; f++)
			for (int i = 0; options.families[f] && i < options.names; i++)
				count(c, f, options.first + i);
	printf("replies=%zu lost=%zu old=%zu new=%zu routes=%zu", total.replies, total.lost,
	    total.old, total.new, total.routes);
	print_times("route", total.route, total.routes);
	print_times("rtt1", total.rtt[0], total.rtts[0]);
	print_times("rtt2", total.rtt[1], total.rtts[1]);
	putchar('\n');
}

static void
parse_options(int argc, char **argv)
{
	int letter;

	options.families[0] = true;
	while ((letter = getopt(argc, argv, "6bc:f:i:n:s:tuw:")) != -1) {
		switch (letter) {
		case '6':
			options.families[0] = false;
			options.families[1] = true;
			break;
		case 'b':
			options.families[1] = true;
			break;
		case 'c':
			options.clients = atoi(optarg) > 1 ? CLIENTS_MAX : 1;
			break;
		case 'f':
			options.first = atoi(optarg);
			break;
		case 'i':
			options.interval = atoi(optarg);
			break;
		case 'n':
			options.names = atoi(optarg);
			break;
		case 's':
			options.server[options.servers++ % 2] = optarg;
			break;
		case 't':
			options.tcp = true;
			break;
		case 'u':
			options.unlisted = true;
			break;
		case 'w':
			options.wait = atoi(optarg) * SECOND / 1000;
			break;
		default:
			exit(2);
		}
	}
	if (argc != optind + 4 || options.servers < 1 || options.servers > 2 ||
	    options.first < 0 || options.names < 1 || options.first + options.names > LABNAMES_MAX)
		errx(2, "usage: firstconn [OPTION...] -s SERVER CLIENT ROUTER OLD NEW");
}

int
main(int argc, char **argv)
{
	int netlink, uplinks[2];

	parse_options(argc, argv);
	argv += optind;
	shared = delays_share(sizeof(*shared));
	netlink = open_router(argv[1]);
	uplinks[0] = open_uplink(argv[2]);
	uplinks[1] = open_uplink(argv[3]);
	enter(argv[0]);
	shared->start = clock_mono() + SECOND / 10;
	for (client_number = 0; client_number < options.clients; client_number++)
		delays_start(run_client);
	observe(netlink, uplinks);
	report();
	return 0;
}
