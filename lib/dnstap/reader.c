#include "dnstap/reader.h"

#include "io/pace.h"

#define BUFFER_PART 32	/* of a buffer that is half full a message may take one part in so many */

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
 * Where the lines of a message from a socket must end. While stdout is stuck and more than half of
 * the buffer is full, a message may add a small part of what is left of it, which shrinks as the
 * buffer fills. So the lines of the largest messages are dropped first, and responses of the usual
 * size find room as long as there is any.
 */
static size_t
room_in_buffer(const struct reader *r, const struct linewriter *out)
{
	size_t pending = linewriter_pending(out);
	size_t left = r->buffer > pending ? r->buffer - pending : 0;

	return out->buf.len + (pending <= r->buffer / 2 ? left : left / BUFFER_PART);
}

/* Makes lines of a block until it is used up, or waits for the reader of stdout. */
static void
take_block(struct reader *r, struct block *b, struct linewriter *out)
{
	struct str payload;

	while (b->from != NULL && !(can_wait(r, b->from) && pace_is_full(out)) &&
	    block_next(b, &payload)) {
		size_t room = can_wait(r, b->from) ? out->buf.max : room_in_buffer(r, out);

		payloads_lines(&r->payloads, payload, b->arrival, &out->buf, room);
	}
}

bool
reader_read(struct reader *r, const struct loop *l, struct linewriter *out)
{
	uint64_t before = r->producers.block.bytes + r->files.block.bytes;

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
