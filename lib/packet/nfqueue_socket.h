/*
 * The socket of a packet queue of netfilter. When the socket is closed, the kernel destroys the
 * queue and drops its packets: call nfqueue_socket_stop first.
 */
#ifndef NFQUEUE_SOCKET_H
#define NFQUEUE_SOCKET_H

#include "packet/nfqueue.h"

/* Initialize with zeros. */
struct nfqueue_socket {
	int fd;			/* -1: not open */
	uint16_t queue;
	struct buf verdicts;	/* verdicts to send */
	char *data;		/* owned, NFQUEUE_MESSAGE_MAX bytes */
	bool stopped;		/* nfqueue_socket_stop was called */
	bool has_last;		/* a packet has been received */
	uint32_t last;		/* the number of the packet received last */

	uint64_t missed;	/* packets that the kernel accepted because the socket was full */
	uint64_t errors;	/* verdicts that the kernel refused */
};

/*
 * Opens a socket and checks that this process may use queues. `room` is the most memory of the
 * kernel for unread packets, in bytes. Returns NULL, or the reason. Open before the process is
 * confined.
 */
const char *nfqueue_socket_open(struct nfqueue_socket *q, uint16_t queue, int room);

/* Creates the queue, as nfqueue_put_bind does. Returns NULL, or the reason. */
const char *nfqueue_socket_bind(struct nfqueue_socket *q);

/*
 * Receives the next packet: 1; 0: none waits; -1: the kernel refuses verdicts or the socket has
 * failed, with the reason in *why. The views of *event are valid until the next call.
 */
int nfqueue_socket_next(struct nfqueue_socket *q, struct nfqueue_event *event, const char **why);

/* Sends `verdicts`. False if the kernel had no memory for them: call again later. */
bool nfqueue_socket_send(struct nfqueue_socket *q);

/* Accepts all packets in the queue, and makes the kernel accept all that follow. */
void nfqueue_socket_stop(struct nfqueue_socket *q);

void nfqueue_socket_close(struct nfqueue_socket *q);

#endif
