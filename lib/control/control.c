#include "control/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "control/control_reply.h"

#define TURN (SECOND / 1000)		/* for all clients */
#define SHARE (SECOND / 5000)		/* for each of them */
#define NEWCOMERS 16			/* taken in a turn */
/* After which a client has to have said what it wants, if others wait. */
#define PAUSE (SECOND / 10)
#define PATIENCE (60 * SECOND)		/* with a client that stands still, if others wait */

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

/* When a client may be put out for another, monotonic: never while it is we that it waits for. */
static int64_t
notice_of(const struct control_conn *t)
{
	if (!control_conn_stands_still(t))
		return NEVER;
	return t->phase == CONTROL_CONN_NEW ? t->opened + PAUSE : t->moved + PATIENCE;
}

/* Makes room for a newcomer where all slots are taken; false when there is none, and none soon. */
static bool
free_slot(struct control *c, int64_t now)
{
	size_t first = 0;
	int64_t when;

	if (c->n < CONTROL_CLIENTS)
		return true;
	for (size_t i = 1; i < c->n; i++)
		if (notice_of(c->conns[i]) < notice_of(c->conns[first]))
			first = i;
	when = notice_of(c->conns[first]);
	if (when <= now) {
		remove_client(c, first);
		c->refused++;
	} else if (when - now <= PAUSE) {
		c->accept_at = when;	/* newcomers may wait so long */
	}
	return when - now <= PAUSE;
}

/* The same for a kind whose slots are all taken, which the next client of that kind needs. */
static void
free_slots_of_kinds(struct control *c, int64_t now)
{
	for (size_t i = c->n; i-- > 0;)
		if (control_conn_kind_is_full(c->conns[i]) && notice_of(c->conns[i]) <= now) {
			remove_client(c, i);
			c->refused++;
		}
}

static void
refuse_client(struct control *c, int fd)
{
	struct buf words = BUF(2 * CONTROL_REPLY_MAX);

	control_reply_warn(&words, "too many clients already: %d", CONTROL_CLIENTS);
	control_reply_status(&words, 2);
	(void)!send(fd, words.data, words.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	buf_free(&words);
	close(fd);
	c->refused++;
}

static void
take_newcomers(struct control *c, int64_t now)
{
	for (int i = 0; i < NEWCOMERS; i++) {
		bool room = free_slot(c, now);
		int fd;

		if (now < c->accept_at)
			return;
		if ((fd = listener_accept(&c->listener)) < 0) {
			if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
				c->accept_at = now + PAUSE;	/* no descriptor is left, say */
			return;
		}
		if (room)
			add_client(c, fd, now);
		else
			refuse_client(c, fd);
	}
}

/* Who was not served this time is the first the next time. */
static void
serve_clients(struct control *c, int64_t now)
{
	int64_t end = now + TURN;
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
		take_newcomers(c, now);
	free_slots_of_kinds(c, now);
	serve_clients(c, now);
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
