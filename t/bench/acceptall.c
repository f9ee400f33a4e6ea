/*
 * Accepts each packet of a netfilter queue immediately: `acceptall QUEUE`. It is the peer of
 * dns-gate: the delay of the queue itself.
 */
#include <err.h>
#include <poll.h>
#include <stdlib.h>

#include "packet/nfqueue_socket.h"

#define ROOM (4 * 1024 * 1024)	/* bytes of packets that may wait */

int
main(int argc, char **argv)
{
	struct nfqueue_socket queue = { 0 };
	struct nfqueue_event event;
	const char *why;

	if (argc != 2)
		errx(2, "usage: acceptall QUEUE");
	if ((why = nfqueue_socket_open(&queue, (uint16_t)atoi(argv[1]), ROOM)) != NULL ||
	    (why = nfqueue_socket_bind(&queue)) != NULL)
		errx(2, "%s", why);
	for (;;) {
		struct pollfd in = { .fd = queue.fd, .events = POLLIN };

		if (poll(&in, 1, -1) < 0)
			err(1, "poll");
		while (nfqueue_socket_next(&queue, &event, &why) > 0)
			nfqueue_put_accept(&queue.verdicts, queue.queue, event.packet);
		if (why != NULL)
			errx(1, "%s", why);
		nfqueue_socket_send(&queue);
	}
}
