/*
 * A turn calls producers_begin, waits, calls producers_read until it returns false, and then calls
 * producers_end. Each turn begins with another producer and reads each producer once, so a producer
 * waits for at most one read of each other producer.
 *
 * Invariants: a producer is freed only in producers_end, or when it is displaced, and never while
 * its data is in p->block. At the limit of PRODUCERS_MAX a new connection displaces an open
 * connection or is closed.
 */
#include "dnstap/producers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/tcp.h"

#define HANDSHAKE (10 * SECOND)	/* time limit from accept(2) to START */
#define ACCEPT_PAUSE (1 * SECOND)	/* pause of accept(2) after running out of descriptors */
#define DISPLACED_MAX 16	/* the most connections that a listener displaces in a turn */
#define OTHER_FILES 32		/* descriptors of stdin, stdout, stderr, files and FIFOs */

/*
 * Many shells and systemd set a much higher hard limit, and a soft limit of 1024 for programs that
 * use select(2). No program here uses it.
 */
void
producers_reserve(const struct producers *p)
{
	rlim_t needed = PRODUCERS_MAX + p->n_listeners + OTHER_FILES;
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= needed)
		return;
	files.rlim_cur = files.rlim_max < needed ? files.rlim_max : needed;
	if (setrlimit(RLIMIT_NOFILE, &files) != 0)
		log_warn("cannot raise the limit of open files: %s", strerror(errno));
	else if (files.rlim_cur < needed)
		log_warn("%llu open files are too few for %d connections; raise the hard limit of "
		    "open files (ulimit -Hn, LimitNOFILE=) to %llu",
		    (unsigned long long)files.rlim_cur, PRODUCERS_MAX, (unsigned long long)needed);
}

/* Whether unread bytes, which may be data, wait at the socket. A true result is cached. */
static bool
has_unread(const struct producers *p, struct producer *who)
{
	char byte;

	if (who->unread != p->turn &&
	    recv(who->source.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
		who->unread = p->turn;
	return who->unread == p->turn;
}

/* Whether a connection has sent no data frame and is not known to have unread bytes. */
static bool
is_silent(const struct producers *p, const struct producer *who)
{
	return !who->source.told && who->unread != p->turn;
}

/* Whether `who` may be displaced by a new connection, which newcomer->n already counts. */
static bool
may_go(const struct producers *p, const struct producer *who, const struct share *newcomer)
{
	if (who->source.fd < 0 || &who->source == p->block.from)
		return false;
	if (who->share->n > newcomer->n)
		return true;
	return who->share->n == newcomer->n && is_silent(p, who);
}

static bool
goes_before(const struct producers *p, const struct producer *a, const struct producer *b)
{
	if (a->share->n != b->share->n)
		return a->share->n > b->share->n;
	if (is_silent(p, a) != is_silent(p, b))
		return is_silent(p, a);
	if (is_silent(p, a) && frame_is_open(&a->source.stream) != frame_is_open(&b->source.stream))
		return !frame_is_open(&a->source.stream);
	return a->since < b->since;
}

/* The connection that a new connection of the holder `newcomer` displaces, or NULL. */
static struct producer *
first_to_go(const struct producers *p, const struct share *newcomer)
{
	struct producer *first = NULL;

	for (size_t i = 0; i < p->n; i++) {
		struct producer *who = p->connected[i];
		bool goes = may_go(p, who, newcomer) &&
		    (first == NULL || goes_before(p, who, first));

		/* has_unread makes a system call, so it is called only for candidates. */
		if (goes && is_silent(p, who) && has_unread(p, who))
			goes = may_go(p, who, newcomer) &&
			    (first == NULL || goes_before(p, who, first));
		if (goes)
			first = who;
	}
	return first;
}

/*
 * Whether a connection may be accepted. While producers are not read, every producer may seem
 * silent, so no connection is displaced.
 */
static bool
has_room(const struct producers *p)
{
	return p->n < PRODUCERS_MAX || (p->asking && !p->stopping);
}

/*
 * Adds the producers to the poll set, and sets the timer. Without `ask`, producers are not read,
 * and their handshake cannot time out.
 */
static void
add_connected(struct producers *p, struct loop *l, bool ask)
{
	for (size_t i = 0; i < p->n; i++) {
		struct producer *who = p->connected[i];

		who->place = ask ? loop_add(l, who->source.fd, POLLIN) : PRODUCER_NOWHERE;
		if (frame_is_open(&who->source.stream))
			continue;
		if (!ask)
			who->deadline = clock_mono() + HANDSHAKE;
		loop_wake(l, who->deadline);
	}
}

void
producers_begin(struct producers *p, struct loop *l, bool ask)
{
	bool pausing = p->accept_after != 0 && clock_mono() < p->accept_after;

	p->turn++;
	p->asking = ask;
	p->accepting = !pausing && has_room(p);
	p->first_listener = l->n;
	for (size_t i = 0; i < p->n_listeners; i++)
		loop_add(l, p->accepting ? p->listeners[i].fd : -1, POLLIN);
	if (pausing)
		loop_wake(l, p->accept_after);
	add_connected(p, l, ask);
	p->first++;
	p->heard = 0;
}

bool
producers_read(struct producers *p, const struct loop *l)
{
	while (p->block.from == NULL && p->heard < p->n) {
		struct producer *who = p->connected[(p->first + p->heard++) % p->n];

		if (who->source.fd >= 0 && who->place != PRODUCER_NOWHERE &&
		    loop_events(l, who->place) != 0) {
			block_read(&p->block, &who->source);
			p->sender = who;
			if (who->source.told)
				who->since = p->turn;
			return true;
		}
	}
	return false;
}

/* The name of a producer, `LISTENER: ADDRESS:PORT`, for TCP; NULL for a unix socket. */
static char *
peer_name(int fd, const char *listener)
{
	char peer[TCP_PEER_STRLEN], *name;
	size_t size = strlen(listener) + sizeof(peer) + 2;

	if (!tcp_peer(fd, peer))
		return NULL;
	name = mem_alloc(size);
	snprintf(name, size, "%s: %s", listener, peer);
	return name;
}

static void
producer_free(struct producers *p, struct producer *who)
{
	backlog_join(&p->orphans, &who->backlog);
	share_leave(who->share);
	free(who->name);
	free(who);
}

static void
add_producer(struct producers *p, int fd, struct share *share, const char *listener)
{
	struct producer *who = mem_zero(1, sizeof(*who));
	char *name = peer_name(fd, listener);

	*who = (struct producer){ .name = name,
	    .source = source_make(fd, name != NULL ? name : listener, false),
	    .deadline = clock_mono() + HANDSHAKE, .place = PRODUCER_NOWHERE,
	    .share = share, .since = p->turn, .backlog = BACKLOG };
	if (p->stopping)
		source_stop(&who->source);
	p->connected[p->n++] = who;
	p->connections++;
}

static void
forget_producer(struct producers *p, struct producer *who)
{
	size_t i = 0;

	while (p->connected[i] != who)
		i++;
	memmove(&p->connected[i], &p->connected[i + 1], (--p->n - i) * sizeof(p->connected[0]));
	producer_free(p, who);
}

/*
 * Displaces a connection for a new connection of the holder `newcomer`. False if no connection may
 * be displaced.
 */
static bool
displace_one(struct producers *p, const struct share *newcomer)
{
	struct producer *leaving = first_to_go(p, newcomer);

	if (leaving == NULL)
		return false;
	source_refuse(&leaving->source, is_silent(p, leaving) ?
	    "too many connections; this one has sent no data" :
	    "too many connections; this user or address has the most");
	forget_producer(p, leaving);
	return true;
}

/* Adds a new connection, or closes it if there is no room. */
static void
admit(struct producers *p, int fd, const char *listener)
{
	static struct log_limit limit;
	struct share *share = share_take(p->shares, PRODUCERS_MAX + 1, fd);
	bool is_full = p->n == PRODUCERS_MAX;

	p->displaced += is_full;
	if (!is_full || displace_one(p, share)) {
		add_producer(p, fd, share, listener);
		return;
	}
	log_limited(&limit, "%s: new connection closed: %d are open, %u from the same user "
	    "or address, and no other user or address has more", listener, PRODUCERS_MAX,
	    share->n - 1);
	share_leave(share);
	close(fd);
}

/*
 * Accepts one connection; *displacing counts the displaced connections. False with the errno of
 * accept(2), or EBUSY if there is no room.
 */
static bool
accept_one(struct producers *p, const struct listener *from, unsigned *displacing)
{
	int fd;

	if (p->n == PRODUCERS_MAX && (!has_room(p) || (*displacing)++ == DISPLACED_MAX)) {
		errno = EBUSY;
		return false;
	}
	fd = listener_accept(from);
	if (fd >= 0)
		admit(p, fd, from->name);
	return fd >= 0 || errno == ECONNABORTED || errno == EINTR;
}

/* Accepts all waiting connections. False if some still wait for room or descriptors. */
static bool
accept_all(struct producers *p, const struct listener *from)
{
	static struct log_limit limit;
	unsigned displacing = 0;

	while (accept_one(p, from, &displacing))
		;
	if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
		log_limited(&limit, "%s: %s", from->name, strerror(errno));
		p->accept_after = clock_mono() + ACCEPT_PAUSE;
		return false;
	}
	return errno != EBUSY;
}

static void
drop_over_and_late(struct producers *p)
{
	int64_t now = clock_mono();
	size_t kept = 0;

	for (size_t i = 0; i < p->n; i++) {
		struct producer *who = p->connected[i];
		struct source *s = &who->source;

		if (s->fd >= 0 && !frame_is_open(&s->stream) && now >= who->deadline) {
			p->timeouts++;
			p->block.refused++;
			source_refuse(s, "handshake timed out: no START frame within 10 s");
		}
		if (s->fd >= 0)
			p->connected[kept++] = who;
		else
			producer_free(p, who);
	}
	p->n = kept;
}

/* After producers_stop, a listener is closed once all its waiting connections are accepted. */
static void
serve_listener(struct producers *p, struct listener *l)
{
	if (accept_all(p, l) && p->stopping)
		listener_close(l);
}

void
producers_end(struct producers *p, const struct loop *l)
{
	drop_over_and_late(p);
	for (size_t i = 0; i < p->n_listeners; i++)
		if (p->listeners[i].fd >= 0 && loop_events(l, p->first_listener + i) != 0)
			serve_listener(p, &p->listeners[i]);
}

void
producers_stop(struct producers *p)
{
	p->stopping = true;
	for (size_t i = 0; i < p->n_listeners; i++) {
		listener_stop(&p->listeners[i]);
		if (p->listeners[i].fd >= 0)
			serve_listener(p, &p->listeners[i]);
	}
	for (size_t i = 0; i < p->n; i++)
		source_stop(&p->connected[i]->source);
}

bool
producers_are_gone(const struct producers *p)
{
	for (size_t i = 0; i < p->n_listeners; i++)
		if (p->listeners[i].fd >= 0)
			return false;
	return p->n == 0;
}

void
producers_free(struct producers *p)
{
	for (size_t i = 0; i < p->n_listeners; i++)
		listener_close(&p->listeners[i]);
	for (size_t i = 0; i < p->n; i++) {
		if (p->connected[i]->source.fd >= 0)
			source_close(&p->connected[i]->source);
		producer_free(p, p->connected[i]);
	}
	backlog_free(&p->orphans);
	free(p->listeners);
	block_free(&p->block);
	*p = (struct producers){ 0 };
}
