/*
 * A source of frames: the connection of a producer, or a file. A block is the data of one read.
 * block_next returns its payloads one by one, answers control frames and logs protocol errors.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include "dnstap/frame.h"

struct source {
	int fd;			/* owned; -1: closed. A connection is non-blocking */
	const char *name;	/* the name of the socket or file; not copied */
	bool is_file;
	bool began;		/* data has been read */
	bool told;		/* a data frame has been read */
	bool failed;		/* closed because of an error */
	bool stopped;		/* set by source_stop */
	struct frame_stream stream;
};

struct block {
	struct source *from;	/* NULL: the block is used up */
	struct str left;
	char *data;		/* owned; allocated when first needed */
	int64_t arrival;	/* the time of the read, microseconds since the epoch */

	/* Totals of all reads. */
	uint64_t frames, bytes;
	uint64_t refused;	/* sources closed because of a fault */
	uint64_t faults[FRAME_FAULTS];
};

static inline struct source
source_make(int fd, const char *name, bool is_file)
{
	return (struct source){ .fd = fd, .name = name, .is_file = is_file,
	    .stream = FRAME_STREAM };
}

/* Closes a source and logs the reason. */
void source_refuse(struct source *s, const char *why);

void source_close(struct source *s);

/*
 * Asks a producer to stop, so that its data can be read to the end. On a unix socket the producer
 * can write no further data. On TCP the producer sees a half-closed connection, and may still send.
 */
void source_stop(struct source *s);

/*
 * Reads once into a block that is used up. A file with a read error, or a source that ends within a
 * frame, is closed by source_refuse; any other source that ends, by source_close.
 */
void block_read(struct block *b, struct source *s);

/*
 * Returns the next payload, valid until the next call. Answers control frames, and closes a
 * connection after STOP. False: the block is used up.
 */
bool block_next(struct block *b, struct str *payload);

void block_free(struct block *b);

#endif
