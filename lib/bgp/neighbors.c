#include "bgp/neighbors.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "io/file.h"

#define FILE_MAX (16 * 1024 * 1024)

/* RFC 4271 expects an external peer to be one hop away; hops= says otherwise. */
static const char *
complete(struct neighbors *l, struct peer_config *p)
{
	const char *why = peer_config_read_password(p);

	if (p->as == 0)
		p->as = l->us->open.as;
	if (p->hops == 0 && p->as != l->us->open.as)
		p->hops = 1;
	if (p->retry_max == 0)
		p->retry_max = l->retry_max;
	if (why == NULL && p->tags[0] != '\0')
		why = policy_mask(l->policy, str_of(p->tags), &p->tag_bits);
	return why;
}

static struct neighbor *
find(const struct neighbors *l, const struct peer_config *p)
{
	for (size_t i = 0; i < l->n; i++)
		if (peer_config_is_same(&l->links[i]->peer, p))
			return l->links[i];
	return NULL;
}

static struct neighbor *
append(struct neighbors *l, const struct peer_config *p, bool from_file)
{
	struct neighbor *link = mem_zero(1, sizeof(*link));

	link->peer = *p;
	link->from_file = from_file;
	l->links = mem_grow(l->links, l->n, &l->cap, sizeof(struct neighbor *));
	l->links[l->n++] = link;
	return link;
}

const char *
neighbors_add(struct neighbors *l, struct str text)
{
	struct peer_config peer;
	const char *why = peer_config_parse(text, ',', &peer);

	if (why == NULL)
		why = complete(l, &peer);
	if (why == NULL && find(l, &peer) != NULL)
		why = "a peer twice";
	if (why == NULL)
		append(l, &peer, false);
	return why;
}

static void
open_link(struct neighbors *l, struct neighbor *link, int64_t now)
{
	session_open(&link->session, l->us, &link->peer, l->rib, hash_seed());
	link->session.tell = l->tell;
	link->session.owner = link;
	conn_open(&link->conn, &link->session, &link->peer);
	session_start(&link->session, now);
	link->is_open = true;
}

static void
close_link(struct neighbor *link)
{
	if (!link->is_open)
		return;
	conn_free(&link->conn);
	session_free(&link->session);
	link->is_open = false;
}

static bool
has(const struct peer_config *peers, size_t n, const struct peer_config *p)
{
	for (size_t i = 0; i < n; i++)
		if (peer_config_is_same(&peers[i], p))
			return true;
	return false;
}

/* Where only what the peer gets has changed, or when it is tried, its session stays. */
static bool
differs_in_view(const struct peer_config *a, const struct peer_config *b)
{
	struct peer_config as_b = *a;

	memcpy(as_b.tags, b->tags, sizeof(as_b.tags));
	as_b.tag_bits = b->tag_bits;
	as_b.may_export = b->may_export;
	as_b.retry_max = b->retry_max;
	return memcmp(&as_b, b, sizeof(as_b)) == 0;
}

static void
change(struct neighbor *link, const struct peer_config *p, int64_t now)
{
	if (!link->leaving && memcmp(&link->peer, p, sizeof(*p)) == 0)
		return;
	if (!link->leaving && differs_in_view(&link->peer, p)) {
		link->peer = *p;
		session_reconsider(&link->session);
		return;
	}
	if (!link->leaving)
		session_stop(&link->session, BGP_CEASE_CONFIG, STR(""), now);
	link->leaving = link->has_next = true;
	link->next = *p;
}

/* Brings the peers of the file in line with these. */
static void
apply(struct neighbors *l, const struct peer_config *peers, size_t n)
{
	int64_t now = clock_mono();
	struct neighbor *link;

	for (size_t i = 0; i < l->n; i++) {
		link = l->links[i];
		if (!link->from_file || has(peers, n, &link->peer))
			continue;
		if (!link->leaving)
			session_stop(&link->session, BGP_CEASE_DECONFIGURED, STR(""), now);
		link->leaving = true;
		link->has_next = false;
	}
	for (size_t i = 0; i < n; i++) {
		if ((link = find(l, &peers[i])) != NULL)
			change(link, &peers[i], now);
		else if (link = append(l, &peers[i], true), l->is_running)
			open_link(l, link, now);
	}
}

/* A file's peers, for the caller to free. */
struct list {
	struct peer_config *peers;
	size_t n, cap;
};

static const char *
read_line(struct neighbors *l, struct str line, struct list *to)
{
	struct peer_config peer;
	const char *why;
	struct neighbor *known;

	if (line.n == 0 || line.p[0] == '#')
		return NULL;
	if ((why = peer_config_parse(line, ' ', &peer)) != NULL ||
	    (why = complete(l, &peer)) != NULL)
		return why;
	if (l->ports != NULL && !l->ports[peer.port])
		return "a port that no peer had at the start; restart bgp-announce to use it";
	known = find(l, &peer);
	if (has(to->peers, to->n, &peer) || (known != NULL && !known->from_file))
		return "a peer twice";
	to->peers = mem_grow(to->peers, to->n, &to->cap, sizeof(peer));
	to->peers[to->n++] = peer;
	return NULL;
}

const char *
neighbors_read(struct neighbors *l, const char *path, unsigned long *number)
{
	struct buf text = BUF(FILE_MAX);
	struct list list = { 0 };
	struct str rest, line;
	bool seekable;
	int error = file_read(path, &text, &seekable);
	const char *why = error != 0 ? strerror(error) : NULL;

	rest = buf_view(&text);
	*number = 0;
	while (why == NULL && str_split(&rest, '\n', &line)) {
		++*number;
		why = read_line(l, line, &list);
	}
	if (why == NULL)
		apply(l, list.peers, list.n);
	free(list.peers);
	buf_free(&text);
	return why;
}

void
neighbors_retry(struct neighbors *l)
{
	int64_t now = clock_mono();

	for (size_t i = 0; i < l->n; i++)
		if (!l->links[i]->leaving)
			session_retry(&l->links[i]->session, now);
}

void
neighbors_open(struct neighbors *l)
{
	int64_t now = clock_mono();

	l->is_running = true;
	for (size_t i = 0; i < l->n; i++)
		open_link(l, l->links[i], now);
}

void
neighbors_begin(struct neighbors *l, struct loop *loop)
{
	for (size_t i = 0; i < l->n; i++)
		conn_begin(&l->links[i]->conn, loop);
}

/* What a link that has left becomes; false: nothing. */
static bool
finish_replacement(struct neighbors *l, struct neighbor *link, int64_t now)
{
	if (!link->leaving || !conn_is_closed(&link->conn))
		return true;
	close_link(link);
	if (!link->has_next) {
		free(link);
		return false;
	}
	link->peer = link->next;
	link->leaving = link->has_next = false;
	link->said[0] = '\0';
	link->cause_rank = 0;
	open_link(l, link, now);
	return true;
}

void
neighbors_turn(struct neighbors *l, const struct loop *loop)
{
	int64_t now = clock_mono();
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		conn_turn(&l->links[i]->conn, loop, now);
		if (finish_replacement(l, l->links[i], now))
			l->links[n++] = l->links[i];
	}
	l->n = n;
}

void
neighbors_stop(struct neighbors *l, bool retain, struct str words)
{
	int64_t now = clock_mono();

	for (size_t i = 0; i < l->n; i++) {
		struct neighbor *link = l->links[i];

		link->has_next = false;
		if (link->leaving)
			continue;
		if (retain)
			session_leave(&link->session, now);
		else
			session_stop(&link->session, BGP_CEASE_SHUTDOWN, words, now);
	}
}

bool
neighbors_are_closed(const struct neighbors *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (!conn_is_closed(&l->links[i]->conn))
			return false;
	return true;
}

bool
neighbors_are_settled(const struct neighbors *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (!session_is_settled(&l->links[i]->session))
			return false;
	return true;
}

void
neighbors_addresses(const struct neighbors *l, struct addrset *to)
{
	for (size_t i = 0; i < l->n; i++) {
		addrset_add(to, &l->links[i]->peer.addr);
		addrset_add(to, &l->links[i]->peer.source);
	}
}

void
neighbors_free(struct neighbors *l)
{
	for (size_t i = 0; i < l->n; i++) {
		close_link(l->links[i]);
		free(l->links[i]);
	}
	free(l->links);
}
