/*
 * The log of segments in memory: which there are, the slot of each, what lives in each, which slots
 * are free, and which segments to clean. It touches no file.
 *
 * A part is a segment of the log. Its number plus 1 is the place (cache.h) of the pairs that were
 * written to it last; place 0 is none. The log goes from its end to its beginning: when too much of
 * it is out of date, the first parts are cleaned: those of their pairs that live there are written
 * again, and then the parts are dropped. So what is dropped is always older than all that is left.
 *
 * A slot that the next commit takes out of the log is outdated. It becomes free after that commit.
 */
#ifndef SEGLOG_H
#define SEGLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEGLOG_NONE UINT32_MAX

struct seglog_part {
	uint32_t next;		/* in the log or among the unused parts; SEGLOG_NONE: the last */
	uint32_t slot;		/* the last that it was or is written to; SEGLOG_NONE: none */
	uint64_t seq;		/* under which number */
	uint32_t live;		/* pairs whose place it is */
	uint32_t entry_bytes;	/* of an entry, on average; 0: it is not complete */
	bool stored;		/* it is in the slot */
};

/* A list of slots. */
struct seglog_slots {
	uint32_t *list;		/* owned */
	size_t n, cap;
};

struct seglog {
	struct seglog_part *parts;	/* owned */
	size_t parts_n, parts_cap;
	uint32_t unused;	/* parts that are not in the log: the first, or SEGLOG_NONE */
	uint32_t first, last;	/* of the log, or SEGLOG_NONE */
	uint32_t open;		/* the part that was begun last; never cleaned or dropped */
	size_t n;		/* parts in the log */
	uint64_t live_bytes;	/* of the parts that are complete */
	uint64_t seq;		/* the last number that was given to a segment */
	struct seglog_slots free, outdated;
	uint32_t slots_n;	/* 0..slots_n-1 are in use, free, or will be made */
};

/* A log without a part. The next segment gets the number seq + 1. */
void seglog_init(struct seglog *l, uint64_t seq);
void seglog_free(struct seglog *l);

/* Adds a part at the end; returns it. */
uint32_t seglog_add(struct seglog *l);

/* A pair no longer has this place. */
void seglog_leave(struct seglog *l, uint32_t place);

/* Nothing is added to the part any more; `used` bytes have `entries` (> 0). */
void seglog_complete(struct seglog *l, uint32_t part, uint32_t used, uint32_t entries);

/* Gives the part a free slot and the next number. The slot that it had is outdated. */
void seglog_assign(struct seglog *l, uint32_t part);

/* Adds slots to a list; `slots_n` of them. */
void seglog_add_slots(struct seglog_slots *to, const uint32_t *slots, size_t slots_n);

/* Drops the first parts while nothing lives in them; returns how many. */
size_t seglog_drop_dead(struct seglog *l);

/* Sets parts[] and slots[] to those that should be cleaned, at most `most`; returns how many. */
size_t seglog_choose(const struct seglog *l, uint32_t *parts, uint32_t *slots, size_t most);

/* The file has more slots than it needs: it is worth a smaller one. */
bool seglog_is_loose(const struct seglog *l);

/* The file was made smaller (store_shrink): it has `slots`, and slot i is now moved[i]. */
void seglog_move(struct seglog *l, const uint32_t *moved, uint32_t slots);

#endif
