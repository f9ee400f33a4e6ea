#include "packet/dns_gate.h"

#include <bsd/stdlib.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "answers/counters.h"
#include "base/clock.h"
#include "io/fifo.h"
#include "line/barrier.h"

#define BATCH 32		/* the most packets of a turn */
#define RETRY (SECOND / 1000)	/* until verdicts are sent again */

const char *
dns_gate_open(struct dns_gate *g)
{
	const char *why = fifo_create(g->fifo);
	uint64_t random;
	int fd;

	if (why != NULL)
		return why;
	if ((fd = fifo_read(g->fifo)) < 0)
		return strerror(errno);
	linereader_open(&g->acks, fd, LINEREADER_BLOCK / 2);
	arc4random_buf(&random, sizeof(random));
	snprintf(g->token, sizeof(g->token), "%012llx", (unsigned long long)(random >> 16));
	return NULL;
}

/* --- Barriers that return --- */

#define DIGITS 18	/* a number of 18 digits fits into 64 bits */

/* Reads the number of a barrier of this process. */
static bool
parse_number(const struct dns_gate *g, struct str id, uint64_t *number)
{
	if (!str_take(&id, str_of(g->token)) || !str_take(&id, STR("-")) || id.n == 0 ||
	    id.n > DIGITS)
		return false;
	*number = 0;
	for (size_t i = 0; i < id.n; i++) {
		if (id.p[i] < '0' || id.p[i] > '9')
			return false;
		*number = *number * 10 + (uint64_t)(id.p[i] - '0');
	}
	return true;
}

/* Reads the lines of the FIFO. Returns the number of the newest barrier, or 0. */
static uint64_t
read_acks(struct dns_gate *g)
{
	uint64_t number, newest = 0;
	enum linereader_result result;
	struct str line, id;

	linereader_read(&g->acks);
	while ((result = linereader_line(&g->acks, &line)) != LINEREADER_NONE) {
		if (result != LINEREADER_LINE)
			continue;
		if (barrier_parse(line, &id) && parse_number(g, id, &number))
			newest = number > newest ? number : newest;
		else if (str_take(&line, STR("# dnstap-match: lists in force")))
			acked_clear(&g->acked);
	}
	return newest;
}

static void
report_fallback(struct dns_gate *g, bool before)
{
	if (g->held.fallback && !before)
		log_limited(&g->messages, "%s: %d barriers did not return within %d ms; replies "
		    "are not held until one returns", g->fifo, HELD_OVERDUE_MAX,
		    (int)(g->held.hold / (SECOND / 1000)));
	else if (!g->held.fallback && before)
		log_limited(&g->messages, "%s: a barrier returned; replies are held again",
		    g->fifo);
}

static void
release_through(struct dns_gate *g, uint32_t last)
{
	nfqueue_put_accept_through(&g->queue.verdicts, g->queue.queue, last);
}

/* Releases the packets whose barrier has returned, and those whose time is over. */
static void
release(struct dns_gate *g, bool has_acks)
{
	bool before = g->held.fallback;
	uint64_t barrier = has_acks ? read_acks(g) : 0;
	uint32_t last;

	if (barrier > 0 && barrier <= g->held.sent) {
		acked_return(&g->acked, barrier, g->mono);
		if (held_return(&g->held, barrier, &last))
			release_through(g, last);
	}
	if (held_expire(&g->held, g->mono, &last))
		release_through(g, last);
	report_fallback(g, before);
	nfqueue_socket_send(&g->queue);
}

/* --- Packets --- */

/* Notes the pairs in the lines from `mark` on that were not acknowledged lately. */
static void
note_pairs(struct dns_gate *g, size_t mark)
{
	const struct buf *buf = &g->output->lines.buf;
	struct str rest = { buf->data + mark, buf->len - mark }, line;

	while (rest.n > 0 && str_split(&rest, '\n', &line)) {
		uint64_t key = acked_key(&g->acked, line);

		if (acked_has(&g->acked, key, g->mono))
			continue;
		g->has_new = true;
		acked_await(&g->acked, key, g->held.sent + 1);
	}
}

static void
take_reply(void *arg, const struct packet_message *m)
{
	struct dns_gate *g = arg;
	struct linewriter *out = &g->output->lines;
	struct extract_message message = { .dns = m->dns, .time = -1, .arrival = g->wall,
	    .client = { (const char *)m->client.bytes, addr_size(m->client.family) } };
	size_t used = linewriter_pending(out), buffer = g->output->buffer, mark = out->buf.len;
	uint64_t answers = g->extract.answers, dropped = g->extract.dropped;

	extract_lines(&g->extract, &message, &out->buf,
	    mark + output_room(buffer, used, buffer > used ? buffer - used : 0));
	g->has_lost = g->extract.dropped != dropped;
	note_pairs(g, mark);
	if (g->extract.answers != answers && !g->has_new)
		g->remembered++;
}

/* Whether the packet must wait. Counts a packet that should wait, but may not. */
static bool
must_wait(struct dns_gate *g)
{
	enum held_verdict verdict = held_ask(&g->held);

	if (!g->has_new && !g->has_lost)
		return false;
	if (verdict == HELD_FALLBACK) {
		g->bypassed++;
		g->probes = true;
		return false;
	}
	if (verdict == HELD_FULL || g->has_lost || g->output->lines.blocked) {
		g->unheld++;
		return false;
	}
	return true;
}

static void
take_packet(struct dns_gate *g, const struct nfqueue_event *event)
{
	g->n_packets++;
	g->has_new = g->has_lost = false;
	packet_take(&g->packet, LINK_RAW, event->ip, event->length, g->wall, take_reply, g);
	if (g->stopping)
		return;
	if (must_wait(g))
		held_add(&g->held, event->packet, event->length);
	else
		nfqueue_put_accept(&g->queue.verdicts, g->queue.queue, event->packet);
}

/*
 * Takes at most `limit` packets, and stops when they have added a block of lines: large messages
 * must not delay the next check of deadlines. Returns NULL, or the reason of a failure.
 */
static const char *
take_packets(struct dns_gate *g, size_t limit)
{
	const struct buf *lines = &g->output->lines.buf;
	size_t end = lines->len + LINEWRITER_BLOCK;
	struct nfqueue_event event;
	const char *why = NULL;

	g->n_packets = 0;
	g->probes = false;
	while (g->n_packets < limit && (lines->len < end || g->stopping) &&
	    nfqueue_socket_next(&g->queue, &event, &why) > 0)
		take_packet(g, &event);
	return why;
}

static void
put_barrier(struct dns_gate *g)
{
	struct linewriter *out = &g->output->lines;
	char id[BARRIER_ID_MAX + 1];
	size_t mark = out->buf.len;

	snprintf(id, sizeof(id), "%s-%llu", g->token, (unsigned long long)g->held.sent);
	barrier_put(str_of(id), &out->buf);
	linewriter_end_line(out, mark);
}

/* Writes the lines first, since their way is longer than that of the verdicts. */
static void
end_turn(struct dns_gate *g)
{
	struct linewriter *out = &g->output->lines;

	if (held_end_turn(&g->held, g->probes, g->mono))
		put_barrier(g);
	if (linewriter_pending(out) > 0 && !out->blocked)
		linewriter_flush(out);
	if (g->held.n == 0 && g->n_packets > 1) {
		buf_cut(&g->queue.verdicts, 0);
		release_through(g, g->queue.last);
	}
	nfqueue_socket_send(&g->queue);
}

/* --- The loop --- */

/* One turn. Returns NULL, or the reason of a failure. */
static const char *
turn(struct dns_gate *g)
{
	struct output *o = g->output;
	bool may_receive = g->queue.verdicts.len == 0;
	const char *why = NULL;
	size_t packets, acks;

	output_begin(o);
	packets = loop_add(&o->loop, may_receive ? g->queue.fd : -1, POLLIN);
	acks = loop_add(&o->loop, g->acks.fd, POLLIN);
	loop_wake(&o->loop, may_receive ? held_deadline(&g->held) : clock_mono() + RETRY);
	if (output_wait(o, false))
		return NULL;
	g->mono = clock_mono();
	release(g, loop_events(&o->loop, acks) != 0);
	if (loop_events(&o->loop, packets) != 0 && g->queue.verdicts.len == 0) {
		g->wall = clock_wall();
		why = take_packets(g, BATCH);
		end_turn(g);
	}
	return why;
}

/* Releases all packets, then reads the answers of the unread packets. */
static void
stop(struct dns_gate *g)
{
	g->stopping = true;
	nfqueue_socket_stop(&g->queue);
	g->wall = clock_wall();
	if (!g->output->lines.broken)
		take_packets(g, SIZE_MAX);
}

int
dns_gate_run(struct dns_gate *g)
{
	const char *why = NULL;

	while (why == NULL && !g->output->drain.stopping && !g->output->lines.broken)
		why = turn(g);
	stop(g);
	if (why == NULL)
		return 0;
	log_error("queue %u: %s", g->queue.queue, why);
	return 2;
}

/* --- Counters --- */

static void
print_totals(const struct dns_gate *g, FILE *to)
{
	const struct packet *p = &g->packet;
	const struct extract *e = &g->extract;
	const struct held *h = &g->held;
	const struct stats_counter c[] = {
		{ "packets", p->packets }, { "replies", p->udp }, { "answers", e->answers },
		{ "held", h->waited }, { "released", h->released }, { "expired", h->expired },
		{ "unheld", g->unheld }, { "bypassed", g->bypassed },
		{ "remembered", g->remembered }, { "waiting", h->n }, { "fallback", h->fallback },
		{ "dropped", e->dropped }, { "too_long", e->too_long },
		{ "over_limit", e->over_limit }, { "missed", g->queue.missed },
		{ "verdict_errors", g->queue.errors }, { "fragments", p->n_fragments },
		{ "other", p->other }, { "bad_packet", stats_sum(p->faults, PACKET_FAULTS) },
		{ "bad_dns", stats_sum(e->bad_dns, DNS_FAULTS) },
	};

	stats_line(to, NULL, c, sizeof(c) / sizeof(c[0]));
}

static void
print_malformed(const struct dns_gate *g, FILE *to)
{
	struct stats_counter c[PACKET_FAULTS + DNS_FAULTS];

	for (unsigned i = 0; i < PACKET_FAULTS; i++)
		c[i] = (struct stats_counter){ packet_fault_name(i), g->packet.faults[i] };
	counters_faults(&g->extract, c + PACKET_FAULTS);
	stats_line(to, "malformed", c, sizeof(c) / sizeof(c[0]));
}

void
dns_gate_print_counters(const struct dns_gate *g, FILE *to)
{
	print_totals(g, to);
	print_malformed(g, to);
}

void
dns_gate_free(struct dns_gate *g)
{
	nfqueue_socket_close(&g->queue);
	close(g->acks.fd);
	linereader_free(&g->acks);
	held_free(&g->held);
	acked_free(&g->acked);
	packet_close(&g->packet);
	extract_free(&g->extract);
}
