/*
 * The messages of the packet queue of netfilter, as in linux/netfilter/nfnetlink_queue.h: requests
 * and verdicts for the kernel, packets and errors from the kernel. It uses no descriptor.
 *
 * The kernel numbers the packets of a queue in ascending order, modulo 2^32, and waits for a
 * verdict about each.
 */
#ifndef NFQUEUE_H
#define NFQUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* The most bytes of a message with a packet: the packet, and attributes about it. */
#define NFQUEUE_MESSAGE_MAX (128 * 1024)

/* Binding a queue takes an `id` for the reply; verdicts have no reply unless they fail. */

/* Asks whether this process may use queues. A number of a queue is not needed. */
void nfqueue_put_probe(struct buf *out, uint32_t id);

/*
 * Creates the queue, owned by this socket, with whole packets. While more than `length` packets
 * wait, or the socket is full, the kernel accepts further packets itself.
 */
void nfqueue_put_bind(struct buf *out, uint16_t queue, uint32_t length, uint32_t id);

/* Makes the kernel accept all packets that arrive from now on. */
void nfqueue_put_stop(struct buf *out, uint16_t queue);

/* Accepts one packet. */
void nfqueue_put_accept(struct buf *out, uint16_t queue, uint32_t packet);

/* Accepts this packet and all packets before it that are still in the queue. */
void nfqueue_put_accept_through(struct buf *out, uint16_t queue, uint32_t packet);

enum nfqueue_kind {
	NFQUEUE_PACKET,
	NFQUEUE_REPLY,		/* to a request, or to a verdict that failed */
	NFQUEUE_OTHER,
};

struct nfqueue_event {
	enum nfqueue_kind kind;
	uint32_t packet;	/* the number of the packet */
	struct str ip;		/* the packet from its IP header on; a view, perhaps only a part */
	size_t length;		/* bytes of the whole packet */
	uint32_t id;		/* of the request */
	int error;		/* the errno of the request; 0: done */
};

/*
 * Takes the next message from the data that the kernel has sent. False at the end, and at a message
 * that is malformed.
 */
bool nfqueue_next(struct str *data, struct nfqueue_event *event);

#endif
