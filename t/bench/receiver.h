/*
 * The receiving end of a BGP session, for programs that measure senders: it accepts every
 * connection as a peer, establishes the session and passes the UPDATEs to the caller. It sends no
 * further KEEPALIVE, because a run is shorter than the hold time (GoBGP cannot write with a hold
 * time of 0). An error ends the program.
 */
#ifndef RECEIVER_H
#define RECEIVER_H

#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgp/message.h"
#include "bgp/wire.h"
#include "bgp/open.h"
#include "bgp/update_wire.h"

struct receiver {
	int fd;
	uint32_t as;		/* local AS; 0: that of the peer */
	size_t held;
	char data[64 * 1024];
};

/* Returns a socket that listens on a port of the loopback, for IPv4 and IPv6. */
static inline int
receiver_listen(uint16_t port)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int fd = socket(AF_INET6, SOCK_STREAM, 0), on = 1, off = 0;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0 || listen(fd, 128) < 0)
		err(1, "port %u", port);
	return fd;
}

static inline void
receiver_answer(const struct receiver *r, struct str body)
{
	struct buf out = BUF(BGP_MAX);
	struct bgp_error error;
	struct open open;

	if (!open_parse(body, &open, &error))
		errx(1, "an OPEN that does not parse");
	open.as = r->as != 0 ? r->as : open.as;
	open.id ^= 1;
	open.extended = false;
	open_put(&out, &open);
	message_put_keepalive(&out);
	if (write(r->fd, out.data, out.len) != (ssize_t)out.len)
		err(1, "write");
	buf_free(&out);
}

/* Reads once and passes on each whole UPDATE with its length; false at the end of the session. */
static inline bool
receiver_read(struct receiver *r,
    void (*take)(void *owner, const struct update_wire *u, size_t length), void *owner)
{
	ssize_t n = read(r->fd, r->data + r->held, sizeof(r->data) - r->held);
	struct bgp_error error;
	struct message m;
	struct update_wire u;
	size_t at = 0;
	int length;

	if (n <= 0)
		return n < 0 && errno == EAGAIN;
	r->held += (size_t)n;
	while ((length = message_frame((struct str){ r->data + at, r->held - at }, BGP_MAX, &m,
	    &error)) > 0) {
		at += (size_t)length;
		if (m.type == BGP_OPEN)
			receiver_answer(r, m.body);
		else if (m.type == BGP_UPDATE && !update_wire_parse(m.body, &u, &error))
			errx(1, "an UPDATE that does not parse");
		else if (m.type == BGP_UPDATE)
			take(owner, &u, (size_t)length);
	}
	if (length < 0)
		errx(1, "a message that is none");
	r->held -= at;
	memmove(r->data, r->data + at, r->held);
	return true;
}

#endif
