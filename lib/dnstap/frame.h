/*
 * Frame Streams: dnstap payloads out of a stream of bytes, however it is cut into pieces.
 *
 * A one-way stream is START, data, STOP; in a two-way one the producer says READY first and waits
 * for our ACCEPT, and waits for FINISH after STOP. Which it is shows in the first frame. Where a
 * stream ends another may begin, so that captures can be concatenated.
 */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define FRAME_DATA_MAX (256 * 1024)	/* the longest data frame; twice a DNS message and some */
#define FRAME_CONTROL_MAX 512		/* the longest control frame, as in libfstrm */
#define FRAME_REPLY_MAX 64		/* room for the longest that we answer */
#define FRAME_CONTENT_TYPE "protobuf:dnstap.Dnstap"

enum frame_event {
	FRAME_MORE,	/* all that was given is used up */
	FRAME_DATA,	/* frame.payload is a payload */
	FRAME_CONTROL,	/* READY or START has been taken; frame.reply is to be sent unless empty */
	FRAME_END,	/* STOP has: likewise */
	FRAME_BAD,	/* frame.fault tells what breaks the protocol; nothing more can be read */
};

/* What breaks the protocol. */
enum frame_fault {
	FRAME_NO_START,		/* data before START: another protocol, most likely */
	FRAME_WRONG_TYPE,	/* another content type than ours */
	FRAME_OUT_OF_TURN,	/* a control frame that has no place here */
	FRAME_MALFORMED,	/* one that does not parse */
	FRAME_LONG_CONTROL, FRAME_LONG_DATA,
	/* frame_is_cut: the caller says so, who knows that nothing more comes. */
	FRAME_CUT,
	FRAME_FAULTS,
};

struct frame {
	struct str payload;	/* a view, good until frame_next is called again */
	enum frame_fault fault;
	size_t reply_len;	/* 0: nothing is to be sent */
	uint8_t reply[FRAME_REPLY_MAX];
};

struct frame_stream {
	enum { FRAME_AT_OPENING, FRAME_AFTER_READY, FRAME_AFTER_START } state;
	bool two_way;
	bool rest_used;		/* what `rest` holds has been given out */
	/* The beginning of a frame whose end has not come; empty costs nothing. */
	struct buf rest;
};

#define FRAME_STREAM ((struct frame_stream){ .rest = BUF(FRAME_DATA_MAX + 4) })

/*
 * Takes the next frame off the front of *in. A frame that lies in *in whole is handed out in place;
 * one that does not is put together in the stream's own memory.
 */
enum frame_event frame_next(struct frame_stream *s, struct str *in, struct frame *f);

/* START has been seen: a producer has nothing left to negotiate. */
static inline bool
frame_is_open(const struct frame_stream *s)
{
	return s->state == FRAME_AFTER_START;
}

/* The bytes so far end in the middle of a frame. */
static inline bool
frame_is_cut(const struct frame_stream *s)
{
	return s->rest.len > 0 && !s->rest_used;
}

/*
 * After FRAME_BAD: how the data that breaks the protocol begins, as far as it has arrived. `in` is
 * what frame_next left of it. Good until the stream is used again.
 */
struct str frame_unread(struct frame_stream *s, struct str in);

/* The name of a fault's counter, `stream_cut`, and what it is in words. */
const char *frame_fault_name(enum frame_fault fault);
const char *frame_fault_text(enum frame_fault fault);

void frame_free(struct frame_stream *s);

#endif
