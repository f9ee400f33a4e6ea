/*
 * Lines go directly to the output while it has room. When the output is full, lines of a producer
 * go to the producer's backlog. Each turn begins with move_backlogs, which moves a part of each
 * backlog to the output.
 *
 * Invariants: after move_backlogs the output is full or all backlogs are empty. `waiting` is the
 * size of all backlogs. A line of a producer is dropped if it would make `waiting` and the pending
 * output exceed `buffer`.
 */
#include "dnstap/reader.h"

#include "answers/counters.h"
#include "answers/output.h"
#include "io/pace.h"
#include "io/stats.h"
#include "line/answer.h"

#define TURN (2 * ANSWER_MAX)	/* the most bytes moved from a backlog before the next backlog */

void
reader_begin(struct reader *r, struct loop *l, const struct linewriter *out)
{
	bool ask = !pace_is_full(out);

	files_begin(&r->files, l, ask);
	producers_begin(&r->producers, l, r->buffer > 0 ||
	    (ask && r->producers.block.from == NULL));
}

/* Whether a block still contains data. */
static bool
has_unused(const struct reader *r)
{
	return r->producers.block.from != NULL || r->files.block.from != NULL;
}

bool
reader_has_more(const struct reader *r, const struct linewriter *out)
{
	return has_unused(r) && !pace_is_full(out);
}

/* Whether a source waits while stdout is full: a file, or without a buffer also a producer. */
static bool
can_wait(const struct reader *r, const struct source *s)
{
	return s->is_file || r->buffer == 0;
}

/*
 * The bytes that a message of a producer may add to the buffer. A backlog may grow while the free
 * part of the buffer exceeds a 32nd of the backlog: the longest backlog drops lines first, and
 * leaves room for the others.
 */
static size_t
room_in_buffer(const struct reader *r, const struct backlog *own, const struct linewriter *out)
{
	size_t used = linewriter_pending(out) + r->waiting;
	size_t wanted = used + backlog_bytes(own) / OUTPUT_PART;

	return output_room(r->buffer, used, r->buffer > wanted ? r->buffer - wanted : 0);
}

/* Converts a payload to lines, which go to the producer's backlog if the output is full. */
static void
buffer_lines(struct reader *r, struct str payload, struct linewriter *out)
{
	struct backlog *own = &r->producers.sender->backlog;
	struct buf *to = pace_is_full(out) ? &own->lines : &out->buf;
	size_t before = to->len;

	payloads_lines(&r->payloads, payload, r->producers.block.arrival, to,
	    to->len + room_in_buffer(r, own, out));
	if (to == &own->lines)
		r->waiting += to->len - before;
}

/* Converts a block to lines until it is used up, or the source must wait for stdout. */
static void
take_block(struct reader *r, struct block *b, struct linewriter *out)
{
	struct str payload;

	while (b->from != NULL && !(can_wait(r, b->from) && pace_is_full(out)) &&
	    block_next(b, &payload)) {
		if (can_wait(r, b->from))
			payloads_lines(&r->payloads, payload, b->arrival, &out->buf, out->buf.max);
		else
			buffer_lines(r, payload, out);
	}
}

/* Moves lines from each backlog in turn, until the output is full; with `all`, moves all lines. */
static void
move_backlogs(struct reader *r, struct linewriter *out, bool all)
{
	struct producers *p = &r->producers;

	for (; r->waiting > 0 && (all || !pace_is_full(out)); r->served++) {
		size_t next = r->served % (p->n + 1);
		struct backlog *b = next < p->n ? &p->connected[next]->backlog : &p->orphans;

		r->waiting -= backlog_move(b, &out->buf, TURN);
	}
}

bool
reader_read(struct reader *r, const struct loop *l, struct linewriter *out)
{
	uint64_t before = r->producers.block.bytes + r->files.block.bytes;

	move_backlogs(r, out, false);
	take_block(r, &r->producers.block, out);
	while (producers_read(&r->producers, l))
		take_block(r, &r->producers.block, out);
	producers_end(&r->producers, l);
	files_read(&r->files, l);
	take_block(r, &r->files.block, out);
	/* While reading waits for stdout, the inputs do not count as quiet. */
	return r->producers.block.bytes + r->files.block.bytes != before ||
	    (pace_is_full(out) && (r->buffer == 0 || r->files.source.fd >= 0));
}

void
reader_flush(struct reader *r, struct linewriter *out)
{
	move_backlogs(r, out, true);
}

void
reader_stop(struct reader *r)
{
	producers_stop(&r->producers);
	files_stop(&r->files);
}

bool
reader_is_over(const struct reader *r, const struct drain *drain)
{
	bool ended = files_are_read(&r->files) && producers_are_gone(&r->producers);

	return drain->stopping ? drain_is_over(drain, ended, has_unused(r)) : ended;
}

static void
print_totals(FILE *to, const struct reader *r)
{
	const struct producers *p = &r->producers;
	const struct block *file = &r->files.block;
	const struct extract *e = &r->payloads.extract;
	const struct stats_counter c[] = {
		{ "connections", p->connections }, { "open", p->n },
		{ "frames", p->block.frames + file->frames },
		{ "bytes", p->block.bytes + file->bytes },
		{ "answers", e->answers }, { "dropped", e->dropped },
		{ "too_long", e->too_long }, { "over_limit", e->over_limit },
		{ "bad_stream", p->block.refused },
		{ "handshake_timeout", p->timeouts },
		{ "displaced", p->displaced },
		{ "bad_dnstap", stats_sum(r->payloads.faults, DNSTAP_REFUSED) },
		{ "bad_dns", stats_sum(e->bad_dns, DNS_FAULTS) },
	};

	stats_line(to, NULL, c, sizeof(c) / sizeof(c[0]));
}

static void
print_messages(FILE *to, const uint64_t messages[DNSTAP_TYPES])
{
	struct stats_counter c[DNSTAP_TYPES];

	for (unsigned i = 0; i < DNSTAP_TYPES; i++)
		c[i] = (struct stats_counter){ dnstap_type_name(i), messages[i] };
	stats_line(to, "messages", c, DNSTAP_TYPES);
}

static void
print_malformed(FILE *to, const struct producers *p, const struct payloads *d)
{
	struct stats_counter c[FRAME_FAULTS + DNSTAP_FAULTS + DNS_FAULTS], *next = c;

	for (unsigned i = 0; i < FRAME_FAULTS; i++)
		*next++ = (struct stats_counter){ frame_fault_name(i), p->block.faults[i] };
	for (unsigned i = 0; i < DNSTAP_FAULTS; i++)
		*next++ = (struct stats_counter){ dnstap_fault_name(i), d->faults[i] };
	counters_faults(&d->extract, next);
	stats_line(to, "malformed", c, sizeof(c) / sizeof(c[0]));
}

void
reader_print_counters(const struct reader *r, FILE *to)
{
	print_totals(to, r);
	print_messages(to, r->payloads.messages);
	print_malformed(to, &r->producers, &r->payloads);
	counters_print_delay(to, &r->payloads.extract.delay);
}

void
reader_free(struct reader *r)
{
	producers_free(&r->producers);
	files_free(&r->files);
	payloads_free(&r->payloads);
}
