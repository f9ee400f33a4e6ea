/*
 * The TCP connections of servers, each with its stream of messages. A connection begins with the
 * server's SYN; segments of other connections are counted and ignored, since the start of their
 * next message is unknown.
 *
 * The memory is bounded. At the limit of connections, the connection with the longest idle time is
 * removed. Connections without a message are removed first if they are more than half, so that a
 * flood of SYNs does not remove the connections of clients. At the limit of bytes, only connections
 * with buffered bytes are candidates.
 */
#ifndef CONNECTIONS_H
#define CONNECTIONS_H

#include <stddef.h>

#include "base/table.h"
#include "line/addr.h"
#include "packet/tcpstream.h"

#define CONNECTIONS_NONE UINT32_MAX

/* TCP flags */
enum { CONNECTIONS_FIN = 1, CONNECTIONS_SYN = 2, CONNECTIONS_RST = 4, CONNECTIONS_ACK = 16 };

struct connections_key {
	struct addr server, client;
	uint16_t server_port, client_port;
};

/* A segment that a server sent. */
struct connections_segment {
	struct connections_key key;
	uint32_t seq;
	unsigned flags;
	struct str data;
};

struct connections {
	uint64_t seed;
	uint32_t limit;		/* the most connections */
	size_t bytes_limit;	/* the most bytes buffered for all connections */
	size_t bytes;
	struct table table;	/* the connections by key */
	struct connections_entry {
		struct connections_key key;
		uint32_t hash;
		uint32_t first;		/* the number of the SYN */
		uint32_t newer, older;	/* neighbours in a list, or CONNECTIONS_NONE */
		enum connections_state {
			CONNECTIONS_NEW,	/* no byte has arrived */
			CONNECTIONS_IDLE,	/* no byte is buffered */
			CONNECTIONS_BUFFERS,
			CONNECTIONS_STATES,
		} state;
		struct tcpstream stream;
	} *entries;		/* owned */
	uint32_t n;		/* entries that were ever used */
	size_t cap;
	uint32_t unused;	/* the first unused entry, linked by `older`, or CONNECTIONS_NONE */
	/* The connections of each state, by last use. */
	struct connections_list {
		uint32_t newest, oldest, n;
	} lists[CONNECTIONS_STATES];

	uint64_t opened;	/* connections */
	uint64_t unknown;	/* segments with data whose connection is unknown */
	uint64_t damaged;	/* messages damaged by gaps */
	uint64_t lost;		/* connections lost because of a gap */
	uint64_t removed;	/* connections removed at a limit */
};

/* `memory` is the most bytes for everything, at least CONNECTIONS_MEMORY_MIN. */
#define CONNECTIONS_MEMORY_MIN (1024 * 1024)
void connections_open(struct connections *t, size_t memory, uint64_t seed);
void connections_free(struct connections *t);

/* The bytes allocated; after each connections_take at most the limit of connections_open. */
size_t connections_memory(const struct connections *t);

/* Adds a segment that was captured at `now`; calls `fn` for each message that is complete. */
void connections_take(struct connections *t, const struct connections_segment *segment, int64_t now,
    tcpstream_fn *fn, void *arg);

#endif
