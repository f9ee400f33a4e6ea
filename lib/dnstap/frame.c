/*
 * Frames are parsed in place if they are complete in the input. Otherwise the bytes are stored in
 * `rest`, which grows only by the bytes that the frame still lacks.
 *
 * Invariants: a length is checked before any memory is used for the frame. libfstrm decodes control
 * frames; data frames are never copied unless they arrive in pieces.
 */
#include "dnstap/frame.h"

#include <fstrm.h>

#define LENGTH 4		/* bytes of the length before a data frame, network order */
#define HEADER (2 * LENGTH)	/* bytes before a control frame: 0, then the length */

static const uint8_t content_type[] = FRAME_CONTENT_TYPE;
#define CONTENT_TYPE_LEN (sizeof(content_type) - 1)

static uint32_t
length_at(const char *p)
{
	const uint8_t *b = (const uint8_t *)p;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* The size of the first frame, or the number of bytes needed to read the frame's length. */
static size_t
bytes_needed(struct str in)
{
	uint32_t length;

	if (in.n < LENGTH)
		return LENGTH;
	length = length_at(in.p);
	if (length > 0)
		return LENGTH + (size_t)length;
	return in.n < HEADER ? HEADER : HEADER + (size_t)length_at(in.p + LENGTH);
}

static enum frame_event
bad(struct frame *f, enum frame_fault fault)
{
	f->fault = fault;
	return FRAME_BAD;
}

/* ACCEPT names the content type if READY did; FINISH has no fields. Both fit in f->reply. */
static void
make_reply(struct frame *f, fstrm_control_type type, bool with_content_type)
{
	struct fstrm_control *c = fstrm_control_init();
	size_t len = sizeof(f->reply);

	fstrm_control_set_type(c, type);
	if (with_content_type)
		fstrm_control_add_field_content_type(c, content_type, CONTENT_TYPE_LEN);
	if (fstrm_control_encode(c, f->reply, &len,
	    FSTRM_CONTROL_FLAG_WITH_HEADER) == fstrm_res_success)
		f->reply_len = len;
	fstrm_control_destroy(&c);
}

static size_t
content_types(const struct fstrm_control *c)
{
	size_t n;

	return fstrm_control_get_num_field_content_type(c, &n) == fstrm_res_success ? n : 0;
}

/* A producer that names no content type is assumed to send dnstap. */
static bool
is_ours(const struct fstrm_control *c)
{
	return content_types(c) == 0 || fstrm_control_match_field_content_type(c, content_type,
	    CONTENT_TYPE_LEN) == fstrm_res_success;
}

static enum frame_event
take_ready(struct frame_stream *s, const struct fstrm_control *c, struct frame *f)
{
	if (!is_ours(c))
		return bad(f, FRAME_WRONG_TYPE);
	make_reply(f, FSTRM_CONTROL_ACCEPT, content_types(c) > 0);
	s->state = FRAME_AFTER_READY;
	s->two_way = true;
	return FRAME_CONTROL;
}

static enum frame_event
take_start(struct frame_stream *s, const struct fstrm_control *c, struct frame *f)
{
	if (!is_ours(c))
		return bad(f, FRAME_WRONG_TYPE);
	s->state = FRAME_AFTER_START;
	return FRAME_CONTROL;
}

static enum frame_event
take_stop(struct frame_stream *s, struct frame *f)
{
	if (s->two_way)
		make_reply(f, FSTRM_CONTROL_FINISH, false);
	s->state = FRAME_AT_OPENING;
	s->two_way = false;
	return FRAME_END;
}

static enum frame_event
take_decoded(struct frame_stream *s, const struct fstrm_control *c, struct frame *f)
{
	fstrm_control_type type;

	if (fstrm_control_get_type(c, &type) != fstrm_res_success)
		return bad(f, FRAME_MALFORMED);
	if (type == FSTRM_CONTROL_READY && s->state == FRAME_AT_OPENING)
		return take_ready(s, c, f);
	if (type == FSTRM_CONTROL_START && s->state != FRAME_AFTER_START)
		return take_start(s, c, f);
	if (type == FSTRM_CONTROL_STOP && s->state == FRAME_AFTER_START)
		return take_stop(s, f);
	return bad(f, FRAME_OUT_OF_TURN);
}

static enum frame_event
take_control(struct frame_stream *s, struct str control, struct frame *f)
{
	struct fstrm_control *c = fstrm_control_init();
	enum frame_event event;

	if (fstrm_control_decode(c, control.p, control.n, 0) == fstrm_res_success)
		event = take_decoded(s, c, f);
	else
		event = bad(f, FRAME_MALFORMED);
	fstrm_control_destroy(&c);
	return event;
}

/* Takes a complete frame from the front of *in; FRAME_MORE leaves *in unchanged. */
static inline enum frame_event
take_whole(struct frame_stream *s, struct str *in, struct frame *f)
{
	size_t needed = bytes_needed(*in), start;

	if (in->n < LENGTH)
		return FRAME_MORE;
	start = length_at(in->p) > 0 ? LENGTH : HEADER;
	if (start == LENGTH && s->state != FRAME_AFTER_START)
		return bad(f, FRAME_NO_START);
	if (needed - start > (start == LENGTH ? FRAME_DATA_MAX : FRAME_CONTROL_MAX))
		return bad(f, start == LENGTH ? FRAME_LONG_DATA : FRAME_LONG_CONTROL);
	if (in->n < needed)
		return FRAME_MORE;
	f->payload = (struct str){ in->p + start, needed - start };
	in->p += needed;
	in->n -= needed;
	return start == LENGTH ? FRAME_DATA : take_control(s, f->payload, f);
}

/* Completes the frame in s->rest; takes only the missing bytes from *in. */
static enum frame_event
complete(struct frame_stream *s, struct str *in, struct frame *f)
{
	for (;;) {
		struct str rest = buf_view(&s->rest);
		enum frame_event event = take_whole(s, &rest, f);
		size_t missing;

		if (event != FRAME_MORE) {
			s->rest_used = true;
			return event;
		}
		missing = bytes_needed(rest) - rest.n;
		if (in->n == 0)
			return FRAME_MORE;
		if (missing > in->n)
			missing = in->n;
		buf_put(&s->rest, in->p, missing);
		in->p += missing;
		in->n -= missing;
	}
}

enum frame_event
frame_next(struct frame_stream *s, struct str *in, struct frame *f)
{
	enum frame_event event;

	f->reply_len = 0;
	if (s->rest_used) {
		buf_free(&s->rest);
		s->rest_used = false;
	}
	if (s->rest.len > 0)
		return complete(s, in, f);
	event = take_whole(s, in, f);
	if (event == FRAME_MORE && in->n > 0) {
		buf_put(&s->rest, in->p, in->n);
		in->p += in->n;
		in->n = 0;
	}
	return event;
}

struct str
frame_unread(struct frame_stream *s, struct str in)
{
	if (s->rest.len == 0)
		return in;
	buf_put(&s->rest, in.p, in.n < FRAME_CONTROL_MAX ? in.n : FRAME_CONTROL_MAX);
	return buf_view(&s->rest);
}

static const struct {
	const char *name, *text;
} faults[FRAME_FAULTS] = {
	[FRAME_NO_START] = { "stream_no_start",
	    "not a dnstap stream: data before the START frame" },
	[FRAME_WRONG_TYPE] = { "stream_content_type", "content type is not " FRAME_CONTENT_TYPE },
	[FRAME_OUT_OF_TURN] = { "stream_out_of_turn", "unexpected control frame" },
	[FRAME_MALFORMED] = { "stream_control", "malformed control frame" },
	[FRAME_LONG_CONTROL] = { "stream_long_control", "control frame longer than 512 bytes" },
	[FRAME_LONG_DATA] = { "stream_long_data", "data frame longer than 256 KiB" },
	[FRAME_CUT] = { "stream_cut", "the stream ends in the middle of a frame" },
};

const char *
frame_fault_name(enum frame_fault fault)
{
	return faults[fault].name;
}

const char *
frame_fault_text(enum frame_fault fault)
{
	return faults[fault].text;
}

void
frame_free(struct frame_stream *s)
{
	buf_free(&s->rest);
}
