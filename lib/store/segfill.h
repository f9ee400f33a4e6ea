/*
 * Segments in memory, before a job writes them: the open one, to which entries are added, and those
 * that are full. The open segment is the part log.open.
 */
#ifndef SEGFILL_H
#define SEGFILL_H

#include "store/segment.h"
#include "store/seglog.h"

struct segfill_full {
	uint32_t part;
	struct segment *segment;	/* owned */
};

struct segfill {
	struct segment *open;	/* owned; NULL: none */
	bool changed;		/* the open segment, since segfill_copy */
	struct segfill_full *full;	/* owned */
	size_t full_n, full_cap;
};

void segfill_free(struct segfill *f);

/* Adds an entry with segment_put or segment_put_gone; begins a part where one is needed. */
void segfill_add(struct segfill *f, struct seglog *log, const struct answer *a,
    bool (*put)(struct segment *to, const struct answer *a));

/* A copy of the open segment, owned by the caller; NULL: it is as it was at the last copy. */
struct segment *segfill_copy(struct segfill *f);

#endif
