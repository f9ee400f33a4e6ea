/*
 * Reassembles the DNS messages of one direction of a TCP connection (RFC 1035 section 4.2.2), from
 * its start. Segments may be repeated, overlap and arrive in any order.
 *
 * A gap that is not filled in time damages the current message. The stream continues after the
 * message if its length is known and the gap ends within it. Otherwise the start of the next
 * message is unknown, and the stream is lost: a remote server chooses the bytes within a message,
 * so a part of a message must not be taken for a message.
 */
#ifndef TCPSTREAM_H
#define TCPSTREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/str.h"

#define TCPSTREAM_WINDOW (256 * 1024)	/* the most bytes that a segment may be ahead */
#define TCPSTREAM_WAITING (128 * 1024)	/* the most bytes of segments that wait for a gap */
#define TCPSTREAM_PIECES 64		/* the most segments that wait for a gap */
#define TCPSTREAM_PATIENCE (1 * SECOND)	/* the longest wait for a gap */

/* The most bytes of tcpstream_bytes, after tcpstream_add. */
#define TCPSTREAM_BYTES_MAX (TCPSTREAM_WAITING + 2 * 65537 + 24)

/* Receives a message, without its length; valid until the function returns. */
typedef void tcpstream_fn(void *arg, struct str message);

/* Initialize with tcpstream_begin. */
struct tcpstream {
	uint32_t next;		/* the sequence number of the next byte in order */
	uint32_t skip;		/* bytes left of a damaged message */
	/* The start of an incomplete message, with its length. */
	char *part;		/* owned */
	uint32_t part_n, part_cap;
	/* Segments after a gap, by sequence number. */
	struct tcpstream_piece *waiting;	/* owned */
	uint32_t waiting_n, waiting_bytes;
	int64_t waiting_since;	/* the time when the gap was found */
	uint32_t damaged;	/* messages damaged by gaps */
};

/* `seq` is the number of the first byte. */
static inline struct tcpstream
tcpstream_begin(uint32_t seq)
{
	return (struct tcpstream){ .next = seq };
}

/* Adds a segment that was captured at `now`. False: the stream is lost, and must be freed. */
bool tcpstream_add(struct tcpstream *s, uint32_t seq, struct str data, int64_t now,
    tcpstream_fn *fn, void *arg);

/* The bytes allocated, including the overhead of malloc. */
uint32_t tcpstream_bytes(const struct tcpstream *s);

void tcpstream_free(struct tcpstream *s);

#endif
