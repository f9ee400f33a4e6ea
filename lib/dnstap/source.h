/*
 * Where frames come from: the connection of a producer, or a file. A block is what one read of a
 * source gave. Its payloads are taken one after the other; its control frames are answered, and
 * what breaks the protocol is told, on the way.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include "dnstap/frame.h"

struct source {
	int fd;			/* owned; -1: over. Of a connection it does not block */
	const char *name;	/* the socket's, or the file's; not copied */
	bool is_file;
	bool began;		/* data has come from it */
	bool told;		/* a data frame has come from it */
	bool failed;		/* it was ended for what it sent */
	bool stopped;		/* by source_stop */
	struct frame_stream stream;
};

struct block {
	struct source *from;	/* NULL: all of it has been taken */
	struct str left;
	char *data;		/* owned; made when first needed */
	int64_t arrival;	/* when it was read, microseconds since the epoch */

	/* Of all that was read by this block. */
	uint64_t frames, bytes;
	uint64_t refused;	/* sources ended by a fault */
	uint64_t faults[FRAME_FAULTS];
};

static inline struct source
source_make(int fd, const char *name, bool is_file)
{
	return (struct source){ .fd = fd, .name = name, .is_file = is_file,
	    .stream = FRAME_STREAM };
}

/* Ends a source, and says why. */
void source_refuse(struct source *s, const char *why);

void source_close(struct source *s);

/*
 * Asks a producer to send no more, so that what it has sent can be read to its end. On a unix
 * socket it cannot write any more, and all that it could is there. TCP knows no such thing: a
 * producer that looks sees that we are closing, and closes after all that it has written; from
 * another, more may come.
 */
void source_stop(struct source *s);

/*
 * Reads once, into a block that is used up. A file that cannot be read, and a source that ends in
 * the middle of a frame, is refused; one that ends otherwise, or has sent STOP, is closed.
 */
void block_read(struct block *b, struct source *s);

/* Takes the next payload, good until the next call. False: the block is used up. */
bool block_next(struct block *b, struct str *payload);

void block_free(struct block *b);

#endif
