/*
 * Frame Streams: the events and payloads do not depend on the pieces in which a stream arrives. At
 * most one frame of the maximum length is stored, and replies are complete control frames.
 */
#include "dnstap/frame.h"

#include "fuzz.h"

struct trace {
	struct buf events;	/* the kind, reply and payload of each event */
};

static void
note(struct trace *t, enum frame_event event, const struct frame *f)
{
	buf_byte(&t->events, (uint8_t)event);
	buf_put(&t->events, f->reply, f->reply_len);
	if (event == FRAME_DATA) {
		FUZZ_ASSERT(f->payload.n > 0 && f->payload.n <= FRAME_DATA_MAX);
		buf_str(&t->events, f->payload);
	}
	if (event == FRAME_BAD)
		FUZZ_ASSERT(f->fault < FRAME_CUT);
}

/*
 * Reads the stream in pieces whose sizes depend on `seed`; 0: in one piece. Returns whether the
 * stream ends within a frame.
 */
static bool
run(struct str stream, unsigned seed, struct trace *t)
{
	struct frame_stream s = FRAME_STREAM;
	enum frame_event event = FRAME_MORE;
	struct frame f;
	bool cut;

	while (stream.n > 0 && event != FRAME_BAD) {
		size_t n = seed == 0 ? stream.n : 1 +
		    (seed = seed * 1103515245 + 12345) / 65536 % 7;
		struct str piece = { stream.p, n < stream.n ? n : stream.n };

		stream.p += piece.n;
		stream.n -= piece.n;
		while ((event = frame_next(&s, &piece, &f)) != FRAME_MORE) {
			note(t, event, &f);
			if (event == FRAME_BAD)
				break;
		}
		FUZZ_ASSERT(event == FRAME_BAD || piece.n == 0);
		FUZZ_ASSERT(s.rest.len <= FRAME_DATA_MAX + 4);
	}
	cut = event != FRAME_BAD && frame_is_cut(&s);
	frame_free(&s);
	return cut;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str stream = { (const char *)data, size };
	struct trace whole = { BUF(1 << 24) }, pieces = { BUF(1 << 24) };
	bool cut = run(stream, 0, &whole);

	FUZZ_ASSERT(run(stream, (unsigned)size + 1, &pieces) == cut);
	FUZZ_ASSERT(str_eq(buf_view(&whole.events), buf_view(&pieces.events)));
	buf_free(&whole.events);
	buf_free(&pieces.events);
	return 0;
}
