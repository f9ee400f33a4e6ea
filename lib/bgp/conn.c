/*
 * A connection is closed in an order that allows the peer to read the last message, a NOTIFICATION:
 * write the remaining output, shut down the sending side, read and discard until the peer closes
 * its side (closing with unread bytes would send a reset, which can destroy the message), close.
 * LINGER limits the time.
 *
 * Invariant: while a connection is ending (end_at is not NEVER), its session receives nothing.
 */
#include "bgp/conn.h"

#include <ctype.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "bgp/connect.h"
#include "bgp/delivery.h"
#include "io/tcp.h"

#define READS 16		/* the most calls of recv(2) in a turn */
#define LINGER (1 * SECOND)
/* The kernel ends a blocked connection PATIENCE after the send hold time: RFC 9687. */
#define PATIENCE (60 * SECOND)
#define CLOSED_BY_PEER "closed-by-peer"

void
conn_open(struct conn *c, struct session *s, const struct peer_config *p, bool watched)
{
	*c = (struct conn){ .session = s, .peer = p, .fd = -1, .end_at = NEVER,
	    .watched = watched };
}

void
conn_free(struct conn *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->connecting = c->sent_all = false;
	c->end_at = NEVER;
}

void
conn_begin(struct conn *c, struct loop *l)
{
	const struct session *s = c->session;
	bool writing = c->connecting || session_output(s).n > 0 || session_has_more(s);

	c->place = loop_add(l, c->fd, (short)(POLLIN | (writing && !c->sent_all ? POLLOUT : 0)));
	loop_wake(l, session_deadline(s));
	loop_wake(l, s->connect || s->drop ? 0 : c->end_at);
}

/* An errno as the value of a status line: `connection-refused`. */
static const char *
error_word(int error)
{
	static char word[64];
	const char *text = strerror(error);
	size_t i;

	for (i = 0; text[i] != '\0' && i < sizeof(word) - 1; i++)
		word[i] = (char)(isalnum((unsigned char)text[i]) ? tolower((unsigned char)text[i]) :
		    '-');
	word[i] = '\0';
	return word;
}

static void
lose(struct conn *c, const char *why, int64_t now)
{
	bool ending = c->end_at != NEVER;

	conn_free(c);
	if (!ending)
		session_lost(c->session, why, now);
}

static void
finish_connect(struct conn *c, int64_t now)
{
	int error = tcp_error(c->fd);

	c->connecting = false;
	if (error != 0) {
		lose(c, error_word(error), now);
		return;
	}
	if (c->watched) {
		delivery_watch(c->fd);
		c->counts_acks = delivery_count(c->fd, &c->acks_before);
	}
	session_connected(c->session, now);
}

uint64_t
conn_acked(const struct conn *c)
{
	uint64_t n;

	if (!c->counts_acks)
		return c->session->written;
	return delivery_count(c->fd, &n) ? n - c->acks_before : 0;
}

/*
 * Receives bytes for the session, or discards them while the connection is ending. `at_end` is the
 * reason to report if the peer has closed the connection.
 */
static void
receive(struct conn *c, const char *at_end, int64_t now)
{
	char scrap[BGP_MAX];

	for (int i = 0; i < READS && c->fd >= 0 && !c->session->drop; i++) {
		bool ending = c->end_at != NEVER;
		size_t size = sizeof(scrap);
		void *to = ending ? scrap : session_room(c->session, &size);
		ssize_t n = recv(c->fd, to, size, 0);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0)
			lose(c, n < 0 ? error_word(errno) : at_end, now);
		else if (!ending)
			session_received(c->session, (size_t)n, now);
	}
}

/*
 * Reads first, because the peer's last message may be a NOTIFICATION. The kernel reports an error
 * only once: after the error of send(2), recv(2) returns the end of the stream. So the error of
 * send(2) is the reason.
 */
static void
fail_to_send(struct conn *c, int error, int64_t now)
{
	const char *why = error == EPIPE ? CLOSED_BY_PEER : error_word(error);

	receive(c, why, now);
	if (c->fd >= 0 && !c->session->drop)
		lose(c, why, now);
}

static void
transmit(struct conn *c, int64_t now)
{
	struct str bytes = session_output(c->session);
	ssize_t n;

	if (c->fd < 0 || c->connecting || bytes.n == 0)
		return;
	n = send(c->fd, bytes.p, bytes.n, MSG_NOSIGNAL);
	if (n > 0)
		session_wrote(c->session, (size_t)n);
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		fail_to_send(c, errno, now);
}

static void
begin_end(struct conn *c, int64_t now)
{
	c->session->drop = false;
	if (c->fd < 0)
		return;
	if (c->connecting)
		conn_free(c);
	else
		c->end_at = now + LINGER;
}

static void
continue_end(struct conn *c, int64_t now)
{
	if (c->fd < 0 || c->end_at == NEVER)
		return;
	if (now >= c->end_at) {
		conn_free(c);
	} else if (!c->sent_all && session_output(c->session).n == 0) {
		shutdown(c->fd, SHUT_WR);
		c->sent_all = true;
	}
}

static void
begin_connect(struct conn *c, int64_t now)
{
	c->session->connect = false;
	conn_free(c);
	c->fd = connect_start(c->peer,
	    (unsigned)((session_send_hold(c->session) + PATIENCE) / 1000));
	c->connecting = c->fd >= 0;
	if (c->fd < 0)
		session_lost(c->session, error_word(errno), now);
}

void
conn_turn(struct conn *c, const struct loop *l, int64_t now)
{
	short events = c->fd < 0 ? 0 : loop_events(l, c->place);

	if ((events & POLLERR) && c->watched)
		delivery_drain(c->fd);
	if (events != 0 && c->connecting)
		finish_connect(c, now);
	else if (events & (POLLIN | POLLERR | POLLHUP))
		receive(c, CLOSED_BY_PEER, now);
	session_turn(c->session, now);
	if (c->session->drop)
		begin_end(c, now);
	transmit(c, now);
	continue_end(c, now);
	if (c->session->connect)
		begin_connect(c, now);
}
