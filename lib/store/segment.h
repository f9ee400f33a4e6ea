/*
 * A segment is a block of entries of the log, the unit of writing to disk. An entry has a pair, or
 * records that a pair was removed ("gone"). A later entry of a pair replaces an earlier one.
 */
#ifndef SEGMENT_H
#define SEGMENT_H

#include "line/answer.h"

#define SEGMENT_SIZE 65536	/* bytes; any pair fits; a position in a segment has 16 bits */
#define SEGMENT_HEAD 40
#define SEGMENT_SEQ_MAX INT64_MAX	/* the greatest number of a segment; the least is 1 */

/* A segment that is being filled. */
struct segment {
	uint32_t used;		/* bytes, including the head */
	uint32_t entries;
	int64_t time;		/* the time of the previous pair */
	uint32_t before[4];	/* the positions of the previous name, tag, rule and via */
	uint16_t texts[256];	/* positions of texts, by hash; 0: none */
	uint8_t data[SEGMENT_SIZE];
};

void segment_begin(struct segment *s);

/* Adds a pair: addr, name, time, first, ttl, tag, rule, via and imported. False: no room. */
bool segment_put(struct segment *s, const struct answer *a);

/* Adds an entry "gone", with addr and name. False: no room. */
bool segment_put_gone(struct segment *s, const struct answer *a);

/*
 * Writes the head of s->data. `seq` is the number of the segment, `first` the number of the first
 * segment of the log. Entries can be added later, if the segment is then sealed again.
 */
void segment_seal(struct segment *s, uint64_t seq, uint64_t first);

struct segment_reader {
	const uint8_t *data;
	uint32_t at, used;
	uint32_t entries;	/* the number of entries in the segment */
	uint32_t left;		/* the number of entries left to read */
	uint64_t seq, first;
	const char *why;	/* the reason of a failure, or NULL */
	struct answer before;
	uint64_t texts[SEGMENT_SIZE / 64];	/* a bit for each position where a text begins */
};

/* The number of bytes of a sealed segment that must be stored, at least SEGMENT_HEAD. */
size_t segment_length(const uint8_t *data);

/* Starts reading a segment of n bytes, which must remain valid. Returns NULL, or the reason. */
const char *segment_open(struct segment_reader *r, const uint8_t *data, size_t n);

/*
 * Reads the next entry. Sets *gone to whether segment_put_gone added the entry. The texts point
 * into the data. False: the segment ends or, if r->why is set, is invalid.
 */
bool segment_next(struct segment_reader *r, struct answer *a, bool *gone);

#endif
