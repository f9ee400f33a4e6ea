/*
 * The loop of dns-gate: receives DNS replies from a packet queue, writes their answer lines and a
 * barrier, and accepts each reply when the barrier has returned on a FIFO.
 *
 * A turn handles the packets that wait in the queue. A reply waits only if it has a pair that was
 * not acknowledged lately (acked.h), and if held.h and the output permit: lines that wait in the
 * buffer of the output cannot take effect soon. All other packets are accepted in the same turn.
 * The lines are written in the same turn, not collected as pace.h does.
 */
#ifndef DNS_GATE_H
#define DNS_GATE_H

#include "answers/output.h"
#include "base/log.h"
#include "dns/extract.h"
#include "io/linereader.h"
#include "packet/acked.h"
#include "packet/held.h"
#include "packet/nfqueue_socket.h"
#include "packet/packet.h"

#define DNS_GATE_TOKEN_STRLEN 13

/* Initialize with zeros. */
struct dns_gate {
	/* Set or opened by the program. */
	struct output *output;
	struct extract extract;
	struct packet packet;
	struct nfqueue_socket queue;
	struct acked acked;
	struct held held;
	const char *fifo;	/* the path of the FIFO with the barriers that return */

	struct linereader acks;	/* of the FIFO */
	char token[DNS_GATE_TOKEN_STRLEN];	/* in the barriers of this process */
	int64_t wall, mono;	/* the time of the turn */
	bool stopping;		/* the kernel accepts all packets; only lines are written */
	/* The current packet. */
	bool has_new;		/* it has a pair that was not acknowledged lately */
	bool has_lost;		/* a line was dropped */
	/* The current turn. */
	size_t n_packets;
	bool probes;		/* a packet was not held because of the fallback */
	struct log_limit messages;

	uint64_t remembered;	/* replies not held: all their pairs are remembered */
	uint64_t unheld;	/* replies not held: the table or the output is full */
	uint64_t bypassed;	/* replies not held because of the fallback */
};

/* Opens the FIFO, and creates it unless it exists. Returns NULL, or the reason. */
const char *dns_gate_open(struct dns_gate *g);

/* Runs until a signal, a failure, or the end of the reader of the output. Returns 0, or 2. */
int dns_gate_run(struct dns_gate *g);

/* Prints the counters, as in dns-gate(1). */
void dns_gate_print_counters(const struct dns_gate *g, FILE *to);

void dns_gate_free(struct dns_gate *g);

#endif
