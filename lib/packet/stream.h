/*
 * Reassembles the DNS messages of one direction of a TCP connection (RFC 1035 section 4.2.2), from
 * its start. Segments may be repeated, overlap and arrive in any order.
 *
 * A gap that is not filled in time damages the current message. The stream continues after the
 * message if its length is known and the gap ends within it. Otherwise the start of the next
 * message is unknown, and the stream is lost: a remote server chooses the bytes within a message,
 * so a part of a message must not be taken for a message.
 */
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/str.h"

#define STREAM_WINDOW (256 * 1024)	/* the most bytes that a segment may be ahead */
#define STREAM_WAITING (128 * 1024)	/* the most bytes of segments that wait for a gap */
#define STREAM_PIECES 64		/* the most segments that wait for a gap */
#define STREAM_PATIENCE (1 * SECOND)	/* the longest wait for a gap */

/* The most bytes of stream_bytes, after stream_add. */
#define STREAM_BYTES_MAX (STREAM_WAITING + 2 * 65537)

/* Receives a message, without its length; valid until the function returns. */
typedef void stream_fn(void *arg, struct str message);

/* Initialize with stream_begin. */
struct stream {
	uint32_t next;		/* the sequence number of the next byte in order */
	uint32_t skip;		/* bytes left of a damaged message */
	/* The start of an incomplete message, with its length. */
	char *part;		/* owned */
	uint32_t part_n, part_cap;
	/* Segments after a gap, by sequence number. */
	struct stream_piece *waiting;	/* owned */
	uint32_t waiting_n, waiting_bytes;
	int64_t waiting_since;	/* the time of the first of them */
	uint32_t damaged;	/* messages damaged by gaps */
};

/* `seq` is the number of the first byte. */
static inline struct stream
stream_begin(uint32_t seq)
{
	return (struct stream){ .next = seq };
}

/* Adds a segment that was captured at `now`. False: the stream is lost, and must be freed. */
bool stream_add(struct stream *s, uint32_t seq, struct str data, int64_t now, stream_fn *fn,
    void *arg);

/* The bytes allocated. */
uint32_t stream_bytes(const struct stream *s);

void stream_free(struct stream *s);

#endif
