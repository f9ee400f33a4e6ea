#define _GNU_SOURCE	/* SO_RCVBUFFORCE */
#include "packet/nfqueue_socket.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

/*
 * The memory of the socket limits the unread packets: then the kernel numbers the packets that it
 * accepts itself, and `missed` counts them. Packets that exceed the length of the queue have no
 * number.
 */
#define LENGTH UINT16_MAX
#define VERDICTS_MAX (64 * 1024)

/* Identifies requests; verdicts have the id 0. */
enum { PROBE = 1, BIND };

/* More packets than a queue can have; half of the numbers count as later numbers. */
#define ALL_LATER (UINT32_MAX / 4)

static const char *
refusal(int error)
{
	switch (error) {
	case EINVAL:
	case EOPNOTSUPP:
	case EPROTONOSUPPORT:
	case EAFNOSUPPORT:
		return "the kernel has no nfnetlink_queue; load this module";
	default:
		return strerror(error);
	}
}

static const char *
probe_refusal(int error)
{
	if (error == EPERM)
		return "CAP_NET_ADMIN is missing; run as root, or set "
		    "AmbientCapabilities=CAP_NET_ADMIN in the unit";
	return refusal(error);
}

static const char *
bind_refusal(int error)
{
	if (error == EPERM || error == EBUSY)
		return "another program uses this queue; stop it, or choose another number";
	return refusal(error);
}

/* Receives the next data of the kernel. 0: none; -1: a failure. */
static ssize_t
receive(const struct nfqueue_socket *q)
{
	ssize_t n;

	do
		n = recv(q->fd, q->data, NFQUEUE_MESSAGE_MAX, MSG_DONTWAIT);
	while (n < 0 && (errno == EINTR || errno == ENOBUFS));
	return n < 0 && errno == EAGAIN ? 0 : n;
}

/*
 * Waits for the reply to a request, which the kernel sends before send(2) returns. Accepts packets
 * that precede the reply. Returns the errno, 0 for success.
 */
static int
request(struct nfqueue_socket *q, uint32_t id)
{
	struct nfqueue_event event;
	ssize_t n;

	if (!nfqueue_socket_send(q))
		return errno;
	while ((n = receive(q)) > 0) {
		struct str data = { q->data, (size_t)n };

		while (nfqueue_next(&data, &event)) {
			if (event.kind == NFQUEUE_REPLY && event.id == id)
				return event.error;
			if (event.kind == NFQUEUE_PACKET)
				nfqueue_put_accept(&q->verdicts, q->queue, event.packet);
		}
	}
	return n < 0 ? errno : EPROTO;
}

/* In a user namespace SO_RCVBUFFORCE fails; SO_RCVBUF has a limit, net.core.rmem_max. */
static void
set_room(const struct nfqueue_socket *q, int bytes)
{
	if (setsockopt(q->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) != 0)
		setsockopt(q->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

/*
 * Without NETLINK_NO_ENOBUFS, a full socket would fail the next call of recv(2). Gaps in the
 * numbers show the missed packets.
 */
const char *
nfqueue_socket_open(struct nfqueue_socket *q, uint16_t queue, int room)
{
	const int on = 1;
	int error;

	*q = (struct nfqueue_socket){ .queue = queue, .verdicts = BUF(VERDICTS_MAX),
	    .data = mem_alloc(NFQUEUE_MESSAGE_MAX) };
	q->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (q->fd < 0)
		return refusal(errno);
	set_room(q, room / 2);	/* the kernel doubles it: socket(7) */
	setsockopt(q->fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof(on));
	nfqueue_put_probe(&q->verdicts, PROBE);
	error = request(q, PROBE);
	return error != 0 ? probe_refusal(error) : NULL;
}

const char *
nfqueue_socket_bind(struct nfqueue_socket *q)
{
	int error;

	nfqueue_put_bind(&q->verdicts, q->queue, LENGTH, BIND);
	error = request(q, BIND);
	return error != 0 ? bind_refusal(error) : NULL;
}

static void
count_missed(struct nfqueue_socket *q, uint32_t packet)
{
	if (q->has_last)
		q->missed += packet - q->last - 1;
	q->has_last = true;
	q->last = packet;
}

/*
 * A verdict fails with ENOENT if the kernel has dropped the packet, as when an interface is
 * removed, or if the queue is empty when it is stopped. After EPERM no verdict would succeed.
 */
static const char *
check_reply(struct nfqueue_socket *q, const struct nfqueue_event *event)
{
	if (event->error == 0 || q->stopped)
		return NULL;
	q->errors++;
	return event->error == EPERM ? "the kernel refuses verdicts" : NULL;
}

int
nfqueue_socket_next(struct nfqueue_socket *q, struct nfqueue_event *event, const char **why)
{
	ssize_t n;

	while ((n = receive(q)) > 0) {
		struct str data = { q->data, (size_t)n };

		if (!nfqueue_next(&data, event))
			continue;
		if (event->kind == NFQUEUE_PACKET) {
			count_missed(q, event->packet);
			return 1;
		}
		if (event->kind == NFQUEUE_REPLY && (*why = check_reply(q, event)) != NULL)
			return -1;
	}
	if (n < 0)
		*why = strerror(errno);
	return (int)n;
}

bool
nfqueue_socket_send(struct nfqueue_socket *q)
{
	ssize_t n;

	if (q->verdicts.len == 0)
		return true;
	do
		n = send(q->fd, q->verdicts.data, q->verdicts.len, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return false;
	buf_cut(&q->verdicts, 0);
	return true;
}

void
nfqueue_socket_stop(struct nfqueue_socket *q)
{
	q->stopped = true;
	buf_cut(&q->verdicts, 0);
	nfqueue_put_stop(&q->verdicts, q->queue);
	nfqueue_put_accept_through(&q->verdicts, q->queue, q->last + ALL_LATER);
	while (!nfqueue_socket_send(q) && errno == ENOBUFS)
		continue;
}

void
nfqueue_socket_close(struct nfqueue_socket *q)
{
	close(q->fd);
	buf_free(&q->verdicts);
	free(q->data);
}
