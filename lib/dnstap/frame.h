/*
 * Frame Streams: splits a byte stream, which arrives in pieces of any size, into dnstap payloads.
 *
 * A one-way stream is START, data, STOP. In a two-way stream the producer first sends READY and
 * waits for ACCEPT, and waits for FINISH after STOP. The first frame, START or READY, shows the
 * kind. Another stream may follow the end of a stream, so captures can be concatenated.
 */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define FRAME_DATA_MAX (256 * 1024)	/* the longest data frame; a DNS message has < 64 KiB */
#define FRAME_CONTROL_MAX 512		/* the longest control frame, as in libfstrm */
#define FRAME_REPLY_MAX 64		/* room for the longest reply */
#define FRAME_CONTENT_TYPE "protobuf:dnstap.Dnstap"

enum frame_event {
	FRAME_MORE,	/* the input has no complete frame */
	FRAME_DATA,	/* frame.payload is a payload */
	FRAME_CONTROL,	/* READY or START; send frame.reply unless it is empty */
	FRAME_END,	/* STOP; send frame.reply unless it is empty */
	FRAME_BAD,	/* a protocol error (frame.fault): the stream is unusable */
};

/* Protocol errors. */
enum frame_fault {
	FRAME_NO_START,		/* data before START: probably another protocol */
	FRAME_WRONG_TYPE,	/* a content type other than FRAME_CONTENT_TYPE */
	FRAME_OUT_OF_TURN,	/* a control frame that is not allowed in this state */
	FRAME_MALFORMED,	/* a control frame that does not parse */
	FRAME_LONG_CONTROL, FRAME_LONG_DATA,
	/* Reported by the caller: the stream ends within a frame. */
	FRAME_CUT,
	FRAME_FAULTS,
};

struct frame {
	struct str payload;	/* a view, valid until frame_next is called again */
	enum frame_fault fault;
	size_t reply_len;	/* bytes of `reply` to send; 0: none */
	uint8_t reply[FRAME_REPLY_MAX];
};

struct frame_stream {
	enum { FRAME_AT_OPENING, FRAME_AFTER_READY, FRAME_AFTER_START } state;
	bool two_way;
	bool rest_used;		/* the frame in `rest` has been returned */
	/* The beginning of an incomplete frame; uses no memory while empty. */
	struct buf rest;
};

#define FRAME_STREAM ((struct frame_stream){ .rest = BUF(FRAME_DATA_MAX + 4) })

/*
 * Takes the next frame from the front of *in. A complete frame is returned in place; a frame in
 * several pieces is assembled in s->rest.
 */
enum frame_event frame_next(struct frame_stream *s, struct str *in, struct frame *f);

/* Whether START has been received: the handshake is over. */
static inline bool
frame_is_open(const struct frame_stream *s)
{
	return s->state == FRAME_AFTER_START;
}

/* Whether the bytes received so far end within a frame. */
static inline bool
frame_is_cut(const struct frame_stream *s)
{
	return s->rest.len > 0 && !s->rest_used;
}

/*
 * Returns the beginning of the data that caused FRAME_BAD, as far as it has arrived. `in` is the
 * input that frame_next has left. Valid until the stream is used again.
 */
struct str frame_unread(struct frame_stream *s, struct str in);

/* The name of the counter of this fault, such as `stream_cut`, and the fault's description. */
const char *frame_fault_name(enum frame_fault fault);
const char *frame_fault_text(enum frame_fault fault);

void frame_free(struct frame_stream *s);

#endif
