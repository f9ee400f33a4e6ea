#include "dnstap/reader.h"

#include "io/pace.h"
#include "line/answer.h"

/* The part of the free buffer that a message may add when half is used, and a backlog may lack. */
#define BUFFER_PART 32
#define TURN (2 * ANSWER_MAX)	/* bytes that move from a backlog in its turn */

void
reader_begin(struct reader *r, struct loop *l, const struct linewriter *out)
{
	bool ask = !pace_is_full(out);

	files_begin(&r->files, l, ask);
	producers_begin(&r->producers, l, r->buffer > 0 ||
	    (ask && r->producers.block.from == NULL));
}

/* A block is not used up. */
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

/* Reading can wait for the reader of stdout: of files always, of sockets when asked to. */
static bool
can_wait(const struct reader *r, const struct source *s)
{
	return s->is_file || r->buffer == 0;
}

/*
 * The bytes that a message of a producer may add to the buffer. A backlog may grow while the free
 * part of the buffer is larger than a 32nd of the backlog: so the longest drops lines first, and
 * leaves room for the others. While stdout is blocked and more than half of the buffer is used, a
 * message may add a 32nd of what is left: so lines of the largest messages are dropped first.
 */
static size_t
room_in_buffer(const struct reader *r, const struct backlog *own, const struct linewriter *out)
{
	size_t used = linewriter_pending(out) + r->waiting;
	size_t wanted = used + backlog_bytes(own) / BUFFER_PART;
	size_t left = r->buffer > wanted ? r->buffer - wanted : 0;

	return used <= r->buffer / 2 ? left : left / BUFFER_PART;
}

/* Its lines wait in the backlog when the output is full. */
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

/* Makes lines of a block until it is used up, or waits for the reader of stdout. */
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

/* Moves lines of the backlogs to the output, in turns. */
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
	/* While reading waits for stdout it is not quiet. */
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

void
reader_free(struct reader *r)
{
	producers_free(&r->producers);
	files_free(&r->files);
	payloads_free(&r->payloads);
}
