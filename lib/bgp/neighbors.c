/*
 * When the file is read again, its peers are compared with the current ones by address, link and
 * port. A new peer is opened. A removed or changed peer is closed with a NOTIFICATION: it is
 * `leaving` until its connection is closed; then it is removed, or opened again with the
 * configuration in `next`. If only the set of routes, the retry time, gate or settle differs, the
 * session stays up and its routes are sent again.
 *
 * Invariants: the whole file is parsed before any session changes. Peers of the command line never
 * change. A session that is leaving is not stopped twice.
 */
#include "bgp/neighbors.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "io/file.h"

#define FILE_MAX (16 * 1024 * 1024)

/* External peers are one hop away unless hops= is set: RFC 4271 section 5.1.3. */
static const char *
parse_peer(struct neighbors *all, struct str text, char sep, struct peer_config *p)
{
	const char *why = peer_config_parse(text, sep, p);

	if (why != NULL || (why = peer_config_read_password(p)) != NULL)
		return why;
	if (p->as == 0)
		p->as = all->us->open.as;
	if (p->hops == 0 && p->as != all->us->open.as)
		p->hops = 1;
	if (p->retry_max == 0)
		p->retry_max = all->retry_max;
	return p->tags[0] == '\0' ? NULL :
	    policy_mask(all->policy, str_of(p->tags), &p->tag_bits);
}

static struct neighbor *
find_neighbor(const struct neighbors *all, const struct peer_config *p)
{
	for (size_t i = 0; i < all->n; i++)
		if (peer_config_is_same(&all->list[i]->peer, p))
			return all->list[i];
	return NULL;
}

static struct neighbor *
add_neighbor(struct neighbors *all, const struct peer_config *p, bool from_file)
{
	struct neighbor *neighbor = mem_zero(1, sizeof(*neighbor));

	neighbor->all = all;
	neighbor->peer = *p;
	neighbor->from_file = from_file;
	all->list = mem_grow(all->list, all->n, &all->cap, sizeof(struct neighbor *));
	all->list[all->n++] = neighbor;
	return neighbor;
}

const char *
neighbors_add(struct neighbors *all, struct str text)
{
	struct peer_config peer;
	const char *why = parse_peer(all, text, ',', &peer);

	if (why == NULL && find_neighbor(all, &peer) != NULL)
		why = "this peer is given twice";
	if (why == NULL)
		add_neighbor(all, &peer, false);
	return why;
}

static void
pass_event(struct session *s, const struct session_event *event)
{
	struct neighbor *neighbor = s->owner;

	if (neighbor->all->on_event != NULL)
		neighbor->all->on_event(neighbor->all->owner, neighbor, event);
}

static void
open_neighbor(struct neighbors *all, struct neighbor *neighbor, int64_t now)
{
	session_open(&neighbor->session, all->us, &neighbor->peer, all->rib, hash_seed());
	neighbor->session.on_event = pass_event;
	neighbor->session.owner = neighbor;
	conn_open(&neighbor->conn, &neighbor->session, &neighbor->peer, all->watches_acks);
	session_start(&neighbor->session, now);
	neighbor->is_open = true;
}

static void
close_neighbor(struct neighbor *neighbor)
{
	if (!neighbor->is_open)
		return;
	conn_free(&neighbor->conn);
	session_free(&neighbor->session);
	gate_free(&neighbor->gate);
	neighbor->is_open = false;
}

static bool
holds_peer(const struct peer_config *peers, size_t n, const struct peer_config *p)
{
	for (size_t i = 0; i < n; i++)
		if (peer_config_is_same(&peers[i], p))
			return true;
	return false;
}

/* Whether only words differ that need no new session. */
static bool
differs_in_view(const struct peer_config *a, const struct peer_config *b)
{
	struct peer_config as_b = *a;

	memcpy(as_b.tags, b->tags, sizeof(as_b.tags));
	as_b.tag_bits = b->tag_bits;
	as_b.may_export = b->may_export;
	as_b.retry_max = b->retry_max;
	as_b.gate = b->gate;
	as_b.settle = b->settle;
	return memcmp(&as_b, b, sizeof(as_b)) == 0;
}

static void
change_neighbor(struct neighbor *neighbor, const struct peer_config *p, int64_t now)
{
	if (!neighbor->leaving && memcmp(&neighbor->peer, p, sizeof(*p)) == 0)
		return;
	if (!neighbor->leaving && differs_in_view(&neighbor->peer, p)) {
		neighbor->peer = *p;
		session_reconsider(&neighbor->session);
		return;
	}
	if (!neighbor->leaving)
		session_stop(&neighbor->session, BGP_CEASE_CONFIG, STR(""), now);
	neighbor->leaving = neighbor->has_next = true;
	neighbor->next = *p;
}

/* Replaces the peers that came from the file with these peers. */
static void
apply_file(struct neighbors *all, const struct peer_config *peers, size_t n)
{
	int64_t now = clock_mono();
	struct neighbor *neighbor;

	for (size_t i = 0; i < all->n; i++) {
		neighbor = all->list[i];
		if (!neighbor->from_file || holds_peer(peers, n, &neighbor->peer))
			continue;
		if (!neighbor->leaving)
			session_stop(&neighbor->session, BGP_CEASE_DECONFIGURED, STR(""), now);
		neighbor->leaving = true;
		neighbor->has_next = false;
	}
	for (size_t i = 0; i < n; i++) {
		if ((neighbor = find_neighbor(all, &peers[i])) != NULL)
			change_neighbor(neighbor, &peers[i], now);
		else if (neighbor = add_neighbor(all, &peers[i], true), all->is_running)
			open_neighbor(all, neighbor, now);
	}
}

struct peer_list {
	struct peer_config *peers;
	size_t n, cap;
};

static const char *
read_peer(struct neighbors *all, struct str line, struct peer_list *to)
{
	struct peer_config peer;
	const char *why;
	struct neighbor *known;

	if (line.n == 0 || line.p[0] == '#')
		return NULL;
	if ((why = parse_peer(all, line, ' ', &peer)) != NULL)
		return why;
	if (all->ports != NULL && !all->ports[peer.port])
		return "no peer used this port at startup; restart bgp-announce to use it";
	known = find_neighbor(all, &peer);
	if (holds_peer(to->peers, to->n, &peer) || (known != NULL && !known->from_file))
		return "this peer is given twice";
	to->peers = mem_grow(to->peers, to->n, &to->cap, sizeof(peer));
	to->peers[to->n++] = peer;
	return NULL;
}

const char *
neighbors_read(struct neighbors *all, const char *path, unsigned long *number)
{
	struct buf text = BUF(FILE_MAX);
	struct peer_list list = { 0 };
	struct str rest, line;
	bool seekable;
	int error = file_read(path, &text, &seekable);
	const char *why = error != 0 ? strerror(error) : NULL;

	rest = buf_view(&text);
	*number = 0;
	while (why == NULL && str_split(&rest, '\n', &line)) {
		++*number;
		why = read_peer(all, line, &list);
	}
	if (why == NULL)
		apply_file(all, list.peers, list.n);
	free(list.peers);
	buf_free(&text);
	return why;
}

void
neighbors_retry(struct neighbors *all)
{
	int64_t now = clock_mono();

	for (size_t i = 0; i < all->n; i++)
		if (!all->list[i]->leaving)
			session_retry(&all->list[i]->session, now);
}

void
neighbors_open(struct neighbors *all)
{
	int64_t now = clock_mono();

	all->is_running = true;
	for (size_t i = 0; i < all->n; i++)
		open_neighbor(all, all->list[i], now);
}

void
neighbors_begin(struct neighbors *all, struct loop *loop)
{
	for (size_t i = 0; i < all->n; i++)
		conn_begin(&all->list[i]->conn, loop);
}

/* If a leaving neighbor is closed, removes it or opens it again. False if it was removed. */
static bool
finish_replacement(struct neighbors *all, struct neighbor *neighbor, int64_t now)
{
	if (!neighbor->leaving || !conn_is_closed(&neighbor->conn))
		return true;
	close_neighbor(neighbor);
	if (!neighbor->has_next) {
		free(neighbor);
		return false;
	}
	neighbor->peer = neighbor->next;
	neighbor->leaving = neighbor->has_next = false;
	neighbor->logged[0] = '\0';
	neighbor->cause_rank = 0;
	open_neighbor(all, neighbor, now);
	return true;
}

void
neighbors_turn(struct neighbors *all, const struct loop *loop)
{
	int64_t now = clock_mono();
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		conn_turn(&all->list[i]->conn, loop, now);
		if (finish_replacement(all, all->list[i], now))
			all->list[n++] = all->list[i];
	}
	all->n = n;
}

void
neighbors_stop(struct neighbors *all, bool retain, struct str words)
{
	int64_t now = clock_mono();

	for (size_t i = 0; i < all->n; i++) {
		struct neighbor *neighbor = all->list[i];

		neighbor->has_next = false;
		if (neighbor->leaving)
			continue;
		if (retain)
			session_leave(&neighbor->session, now);
		else
			session_stop(&neighbor->session, BGP_CEASE_SHUTDOWN, words, now);
	}
}

bool
neighbors_are_closed(const struct neighbors *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (!conn_is_closed(&all->list[i]->conn))
			return false;
	return true;
}

bool
neighbors_are_settled(const struct neighbors *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (!session_is_settled(&all->list[i]->session))
			return false;
	return true;
}

void
neighbors_addresses(const struct neighbors *all, struct addrset *to)
{
	for (size_t i = 0; i < all->n; i++) {
		addrset_add(to, &all->list[i]->peer.addr);
		addrset_add(to, &all->list[i]->peer.source);
	}
}

void
neighbors_free(struct neighbors *all)
{
	for (size_t i = 0; i < all->n; i++) {
		close_neighbor(all->list[i]);
		free(all->list[i]);
	}
	free(all->list);
}
