/*
 * A segment of the cache's log: several pairs in a block of fixed size, the unit in which they
 * stand on disk. A later entry of a pair replaces an earlier one; an entry may also say that the
 * pair is gone.
 *
 * The block: a head in network order (magic, bytes used with the head, entries, zero: 32 bits each;
 * the segment's number, that of the log's first segment when it was written, and a checksum: 64
 * bits each), the entries, zeros. Numbers in entries are seven bits a byte, the lowest first, the
 * high bit set but in the last. An entry:
 *
 *	a byte of flags: IPv6, gone, for each of name, tag, rule and via: as in the entry before,
 *	and imported
 *	the address's 4 or 16 bytes
 *	the name; then, unless gone:
 *	time less the time before, and time less first (microseconds, the sign in the lowest bit),
 *	and the TTL
 *	tag, rule, via
 *
 * A text is twice its length and its bytes, or twice the place in the block where it stands
 * already, plus one. An absent text has length 0.
 *
 * The reader refuses what the writer cannot have written, so that a block made by other hands does
 * no more than any line does. Invariants of a block:
 *
 * - It has an entry, and no more of them than its size allows; its number is 1..SEGMENT_SEQ_MAX,
 *   and that of the log's first segment not above it.
 * - Numbers are as short as possible, and there is no minus zero.
 * - A text of 2 bytes or more may be given by the place of an earlier one; a text that equals that
 *   of the entry before is given by its flag. An entry that says "gone" has no flag of tag, rule
 *   or via.
 * - 0 <= first <= time <= TIME_MAX and TTL <= ANSWER_TTL_MAX; each text is one that a line could
 *   bring, and they are no longer than in a line (answer_has_room).
 */
#ifndef SEGMENT_H
#define SEGMENT_H

#include "line/answer.h"

/* Any pair fits, since its line does; places of texts have 16 bits. */
#define SEGMENT_SIZE 65536
#define SEGMENT_HEAD 40
#define SEGMENT_SEQ_MAX INT64_MAX	/* the greatest number; the least is 1 */

/* One that is being made. */
struct segment {
	uint32_t used;		/* bytes, with the head */
	uint32_t entries;
	int64_t time;		/* of the entry before */
	uint32_t before[4];	/* where its texts stand */
	uint16_t texts[256];	/* where texts stand, by their hash; 0: nowhere */
	uint8_t data[SEGMENT_SIZE];
};

void segment_begin(struct segment *s);

/*
 * Adds a pair: addr, name, time, first, ttl, tag, rule, via and imported. False when the segment
 * has no room for it.
 */
bool segment_put(struct segment *s, const struct answer *a);

/* Adds that a pair is gone: addr and name. */
bool segment_put_gone(struct segment *s, const struct answer *a);

/*
 * Completes s->data, under this number; the log begins with the segment `first`. More can be added
 * afterwards, and it be sealed again.
 */
void segment_seal(struct segment *s, uint64_t seq, uint64_t first);

/* One that is being read. */
struct segment_reader {
	const uint8_t *data;
	uint32_t at, used;
	uint32_t entries;	/* in all */
	uint32_t left;		/* of them */
	uint64_t seq, first;
	const char *why;	/* what is wrong, or NULL */
	struct answer before;
	uint64_t texts[SEGMENT_SIZE / 64];	/* a bit for each place where a text begins */
};

/*
 * Of a block that is sealed, the bytes that count; the rest need not be kept. At least
 * SEGMENT_HEAD.
 */
size_t segment_length(const uint8_t *data);

/*
 * Starts over a block, or what counts of it. NULL, or why it is none. `data` stays the caller's and
 * has to stay.
 */
const char *segment_open(struct segment_reader *r, const uint8_t *data, size_t n);

/*
 * The next entry: what segment_put took, with `gone` false, or what segment_put_gone took. The
 * texts point into the block. False at the end, and where it makes no sense; then r->why is set.
 */
bool segment_next(struct segment_reader *r, struct answer *a, bool *gone);

#endif
