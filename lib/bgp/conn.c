#include "bgp/conn.h"

#include <ctype.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "bgp/connect.h"
#include "io/tcp.h"

#define READS 16		/* a turn */
#define LINGER (1 * SECOND)	/* for the last bytes to go out, and the peer to close */
/* The system gives a connection up that much later than the session does: RFC 9687. */
#define PATIENCE (60 * SECOND)
#define CLOSED_BY_PEER "closed-by-peer"

void
conn_open(struct conn *c, struct session *s, const struct peer_config *p)
{
	*c = (struct conn){ .session = s, .peer = p, .fd = -1, .end_at = NEVER };
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

/* An errno in the form of a status value: `connection-refused`. */
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
	if (error != 0)
		lose(c, error_word(error), now);
	else
		session_connected(c->session, now);
}

/*
 * What comes in while a connection is being ended is thrown away, so that closing it sends no
 * reset. `at_end` is why the connection is lost when no more comes.
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
 * Before the connection is given up, what the peer sent last is read: it may be a NOTIFICATION. The
 * system reports an error once, so reading finds only the end after it: the error is the reason,
 * but for EPIPE, with which the system reports that the peer has closed.
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

/*
 * The peer is to read our last message before it sees the end: so we wait for its own end, but not
 * long.
 */
static void
go_on_ending(struct conn *c, int64_t now)
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

	if (events != 0 && c->connecting)
		finish_connect(c, now);
	else if (events & (POLLIN | POLLERR | POLLHUP))
		receive(c, CLOSED_BY_PEER, now);
	session_turn(c->session, now);
	if (c->session->drop)
		begin_end(c, now);
	transmit(c, now);
	go_on_ending(c, now);
	if (c->session->connect)
		begin_connect(c, now);
}
