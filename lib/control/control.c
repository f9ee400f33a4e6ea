/*
 * A turn of the loop serves clients for about TURN in total, and each client for about SHARE. The
 * next turn begins with the first client that was not served. Slots are limited, so a new client
 * may replace an idle client, which sent no request within PAUSE, or exchanged no byte for
 * IDLE_MAX. A client that waits for the server is not idle.
 *
 * Invariants:
 * - A new client gets a slot, is refused with a reason, or waits at most PAUSE in the queue of the
 *   socket for a slot.
 * - The poll set of a turn has the first `polled` clients, not the clients accepted in the turn.
 */
#include "control/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "control/control_reply.h"

#define TURN (SECOND / 1000)		/* time for all clients in a turn */
#define SHARE (SECOND / 5000)		/* time for one client in a turn */
#define NEW_MAX 16			/* the most clients accepted in a turn */
/* Limits while other clients wait for a slot: */
#define PAUSE (SECOND / 10)		/* time to send the request */
#define IDLE_MAX (60 * SECOND)		/* idle time after the request */

bool
control_path_of(const char *db, control_path path)
{
	return (size_t)snprintf(path, sizeof(control_path), "%s.sock", db) < sizeof(control_path);
}

const char *
control_open(struct control *c, const char *path, const struct service *service)
{
	*c = (struct control){ .service = service };
	return listener_open(&c->listener, path, 0600, NULL);
}

void
control_begin(struct control *c, struct loop *l)
{
	bool listens = clock_mono() >= c->accept_at;

	c->place = loop_add(l, listens ? c->listener.fd : -1, POLLIN);
	if (!listens)
		loop_wake(l, c->accept_at);
	for (size_t i = 0; i < c->n; i++)
		control_conn_begin(c->conns[i], l);
	c->polled = c->n;
}

static void
add_client(struct control *c, int fd, int64_t now)
{
	struct control_conn *t = mem_alloc(sizeof(*t));

	control_conn_open(t, fd, c->service, &c->slots, now);
	c->conns[c->n++] = t;
	c->taken++;
}

static void
remove_client(struct control *c, size_t i)
{
	control_conn_close(c->conns[i]);
	free(c->conns[i]);
	c->conns[i] = c->conns[--c->n];
}

/* The monotonic time from which another client may replace this client. */
static int64_t
replaceable_at(const struct control_conn *t)
{
	if (!control_conn_is_idle(t))
		return NEVER;
	return t->phase == CONTROL_CONN_NEW ? t->opened + PAUSE : t->moved + IDLE_MAX;
}

/*
 * Frees a slot if all slots are in use. True: a slot is free, or can be freed within PAUSE, at the
 * time c->accept_at.
 */
static bool
free_slot(struct control *c, int64_t now)
{
	size_t first = 0;
	int64_t when;

	if (c->n < CONTROL_CLIENTS)
		return true;
	for (size_t i = 1; i < c->n; i++)
		if (replaceable_at(c->conns[i]) < replaceable_at(c->conns[first]))
			first = i;
	when = replaceable_at(c->conns[first]);
	if (when <= now) {
		remove_client(c, first);
		c->refused++;
	} else if (when - now <= PAUSE) {
		c->accept_at = when;
	}
	return when - now <= PAUSE;
}

/* Removes idle clients whose kind of job has no free slot left. */
static void
free_slots_of_kinds(struct control *c, int64_t now)
{
	for (size_t i = c->n; i-- > 0;)
		if (control_conn_kind_is_full(c->conns[i]) && replaceable_at(c->conns[i]) <= now) {
			remove_client(c, i);
			c->refused++;
		}
}

static void
refuse_client(struct control *c, int fd)
{
	struct buf reply = BUF(2 * CONTROL_REPLY_MAX);

	control_reply_warn(&reply, "too many clients: %d are connected; try again later",
	    CONTROL_CLIENTS);
	control_reply_status(&reply, 2);
	(void)!send(fd, reply.data, reply.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	buf_free(&reply);
	close(fd);
	c->refused++;
}

/* Called when a client waits. While all slots are in use, it may be the only one: accepts one. */
static void
accept_clients(struct control *c, int64_t now)
{
	for (int i = 0; i < NEW_MAX && (i == 0 || c->n < CONTROL_CLIENTS); i++) {
		bool has_slot = free_slot(c, now);
		int fd;

		if (now < c->accept_at)
			return;
		if ((fd = listener_accept(&c->listener)) < 0) {
			if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
				c->accept_at = now + PAUSE;	/* for example, EMFILE */
			return;
		}
		if (has_slot)
			add_client(c, fd, now);
		else
			refuse_client(c, fd);
	}
}

/* The time of clients begins here: accepting new ones must not use up the time of the first. */
static void
serve_clients(struct control *c)
{
	int64_t now = clock_mono(), end = now + TURN;
	size_t served;

	for (served = 0; served < c->n && now < end; served++) {
		control_conn_work(c->conns[(c->first + served) % c->n], now + SHARE);
		now = clock_mono();
	}
	c->first = c->n > 0 ? (c->first + served) % c->n : 0;
	for (size_t i = c->n; i-- > 0;)
		if (control_conn_is_over(c->conns[i], now))
			remove_client(c, i);
}

void
control_turn(struct control *c, const struct loop *l)
{
	int64_t now = clock_mono();

	for (size_t i = 0; i < c->polled; i++)
		control_conn_carry(c->conns[i], l, now);
	if (loop_events(l, c->place) != 0)
		accept_clients(c, now);
	free_slots_of_kinds(c, now);
	serve_clients(c);
}

void
control_close(struct control *c)
{
	while (c->n > 0)
		remove_client(c, c->n - 1);
	listener_close(&c->listener);
}

uint64_t
control_refused(const struct control *c)
{
	return c->refused + c->slots.refused;
}
