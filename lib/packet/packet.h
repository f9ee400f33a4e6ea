/*
 * Finds the DNS messages that servers send in captured packets: over UDP and TCP, from the ports of
 * the servers, also in fragments. It uses no descriptor and no clock: the caller passes packets
 * with the time of their capture.
 */
#ifndef PACKET_H
#define PACKET_H

#include "packet/fragment.h"
#include "packet/link.h"
#include "packet/connections.h"

#define PACKET_MEMORY (32 * 1024 * 1024)	/* the default of packet_limits.memory */
#define PACKET_MEMORY_MIN (2 * 1024 * 1024)

/* A message, its context, and views that are valid until the function returns. */
struct packet_message {
	struct str dns;
	struct addr client, server;	/* destination and source of the packet */
	uint16_t port;			/* of the server */
	int64_t time;			/* of the packet that completes the message; -1: unknown */
};

typedef void packet_fn(void *arg, const struct packet_message *m);

/* Not copied: the arrays must exist until packet_close. */
struct packet_limits {
	const uint16_t *ports;		/* of servers; n_ports is 0: all ports */
	size_t n_ports;
	const struct prefix *servers;	/* addresses of servers; n_servers is 0: all addresses */
	size_t n_servers;
	/* Ignore packets that another host sent, if the link layer says so. */
	bool only_outgoing;
	bool only_udp;
	size_t memory;		/* the most bytes for fragments and connections */
};

/* Packets that cannot be read. */
enum packet_fault {
	PACKET_LINK_TYPE,	/* an unknown link type */
	PACKET_LINK_HEADER,	/* shorter than the header of its link layer */
	PACKET_IP_HEADER,	/* malformed, or longer than the frame */
	PACKET_CUT,		/* the capture has only a part of the packet */
	PACKET_UDP_HEADER,
	PACKET_TCP_HEADER,
	PACKET_FAULTS,
};

struct packet {
	struct packet_limits limits;
	struct fragment_table fragments;
	struct connections connections;

	uint64_t packets;	/* all packets */
	uint64_t udp, tcp;	/* DNS messages */
	uint64_t other;		/* packets of other protocols or ports */
	uint64_t incoming;	/* ignored because of only_outgoing */
	uint64_t untrusted;	/* packets of a server that is not in `servers` */
	uint64_t n_fragments;
	uint64_t faults[PACKET_FAULTS];
};

/* The name of the counter of a fault, such as `link_type`. */
const char *packet_fault_name(enum packet_fault fault);

/* `seed` must be random, so that an attacker cannot choose connections that collide. */
void packet_open(struct packet *p, const struct packet_limits *limits, uint64_t seed);
void packet_close(struct packet *p);

/* The bytes allocated, at most limits.memory after each call of packet_take. */
size_t packet_memory(const struct packet *p);

/*
 * Takes a packet of `original_length` bytes; `bytes` is its captured part; link_type as in
 * link.h, time in microseconds since the epoch up to TIME_MAX, or -1. Calls `fn` for each message
 * that is complete.
 */
void packet_take(struct packet *p, int link_type, struct str bytes, size_t original_length,
    int64_t time, packet_fn *fn, void *arg);

#endif
