#include "bgp/barriers.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/fifo.h"

/* The kernel may drop the event of an acknowledgement (delivery.h), so a timer checks, too. */
#define CHECK_ACKS (SECOND / 100)

const char *
barriers_add(struct barriers *b, const char *path)
{
	if (b->n == BARRIERS_FIFOS_MAX)
		return "too many FIFOs";
	b->fifos[b->n++] = (struct barriers_fifo){ .path = path, .fd = -1 };
	return NULL;
}

const char *
barriers_open(struct barriers *b)
{
	static char reason[PATH_MAX + 64];

	for (size_t i = 0; i < b->n; i++) {
		const char *why = fifo_create(b->fifos[i].path);

		if (why == NULL)
			continue;
		snprintf(reason, sizeof(reason), "%s: %s", b->fifos[i].path, why);
		return reason;
	}
	return NULL;
}

bool
barriers_read(struct barriers *b, struct str line)
{
	struct str id;
	char *to;

	if (b->n == 0 || !barrier_parse(line, &id))
		return false;
	to = b->ids[++b->last % BARRIERS_MAX];
	memcpy(to, id.p, id.n);
	to[id.n] = '\0';
	return true;
}

static bool
is_gated(const struct neighbor *n)
{
	return n->peer.gate && session_is_complete(&n->session);
}

static void
ask_neighbor(const struct barriers *b, struct neighbor *n)
{
	struct gate *g = &n->gate;

	if (!g->counts)
		gate_open(g, b->asked);
	g->asked = b->last;
	if (g->is_marked)
		return;
	g->is_marked = true;
	g->marked = g->asked;
	ribout_mark(n->session.rib, &n->session.reader, n->session.families);
}

void
barriers_ask(struct barriers *b, struct neighbors *all)
{
	if (b->asked == b->last)
		return;
	for (size_t i = 0; i < all->n; i++)
		if (is_gated(all->list[i]))
			ask_neighbor(b, all->list[i]);
	b->asked = b->last;
}

/* Notes the end of the last UPDATE once the marked changes are encoded. */
static void
note_encoded(struct neighbor *n)
{
	struct gate *g = &n->gate;

	while (g->is_marked && !ribout_has_marked(&n->session.reader)) {
		gate_encoded(g, g->marked, n->session.update_end);
		g->is_marked = g->asked > g->marked;
		g->marked = g->asked;
		if (g->is_marked)
			ribout_mark(n->session.rib, &n->session.reader, n->session.families);
	}
}

static void
advance(struct neighbor *n, int64_t now)
{
	struct gate *g = &n->gate;

	if (!g->counts)
		return;
	if (!is_gated(n)) {
		gate_close(g);
		return;
	}
	note_encoded(n);
	if (g->n > 0)
		gate_turn(g, conn_acked(&n->conn), n->peer.settle, now);
}

/* Writes as many barriers as fit in PIPE_BUF bytes, which a pipe accepts whole or not at all. */
static bool
write_some(struct barriers *b, struct barriers_fifo *f)
{
	struct buf text = BUF(PIPE_BUF);
	uint64_t end = f->done;
	bool good;

	while (end < b->passed && text.len + sizeof("# barrier ") + BARRIER_ID_MAX < PIPE_BUF)
		barrier_put(str_of(b->ids[++end % BARRIERS_MAX]), &text);
	good = write(f->fd, text.data, text.len) > 0;
	if (good)
		f->done = end;
	buf_free(&text);
	return good;
}

static void
hang_up(struct barriers_fifo *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

/* Skips barriers that are no longer stored. Counts those that at least one FIFO misses. */
static void
skip_old(struct barriers *b)
{
	uint64_t oldest = b->last > BARRIERS_MAX ? b->last - BARRIERS_MAX : 0, most = 0;

	for (size_t i = 0; i < b->n; i++) {
		struct barriers_fifo *f = &b->fifos[i];

		if (f->done >= oldest)
			continue;
		most = oldest - f->done > most ? oldest - f->done : most;
		f->done = oldest;
	}
	b->lost += most;
}

/* If the reader has closed the FIFO, another process may have opened it since: tries once more. */
static void
write_passed(struct barriers *b, struct barriers_fifo *f)
{
	for (int attempt = 0; attempt < 2; attempt++) {
		if (f->fd < 0)
			f->fd = fifo_write(f->path);
		if (f->fd < 0)
			break;
		while (f->done < b->passed && write_some(b, f))
			continue;
		if (f->done == b->passed || errno == EAGAIN || errno == EINTR)
			return;
		hang_up(f);
	}
	f->done = b->passed;
}

void
barriers_turn(struct barriers *b, struct neighbors *all, int64_t now)
{
	uint64_t passed = b->asked;

	for (size_t i = 0; i < all->n; i++) {
		const struct gate *g = &all->list[i]->gate;

		advance(all->list[i], now);
		if (g->counts && g->passed < passed)
			passed = g->passed;
	}
	b->passed = passed;
	skip_old(b);
	for (size_t i = 0; i < b->n; i++)
		if (b->fifos[i].done < b->passed)
			write_passed(b, &b->fifos[i]);
}

void
barriers_begin(const struct barriers *b, const struct neighbors *all, struct loop *loop)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct gate *g = &all->list[i]->gate;

		loop_wake(loop, gate_deadline(g));
		if (gate_awaits_ack(g))
			loop_wake(loop, clock_mono() + CHECK_ACKS);
	}
	for (size_t i = 0; i < b->n; i++)
		if (b->fifos[i].done < b->passed)
			loop_add(loop, b->fifos[i].fd, POLLOUT);
}

void
barriers_close(struct barriers *b)
{
	for (size_t i = 0; i < b->n; i++)
		hang_up(&b->fifos[i]);
}
