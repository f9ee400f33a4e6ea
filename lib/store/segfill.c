#include "store/segfill.h"

#include <stdlib.h>

#include "base/mem.h"

void
segfill_free(struct segfill *f)
{
	for (size_t i = 0; i < f->full_n; i++)
		free(f->full[i].segment);
	free(f->full);
	free(f->open);
}

static void
close_segment(struct segfill *f, struct seglog *log)
{
	f->full = mem_grow(f->full, f->full_n, &f->full_cap, sizeof(*f->full));
	f->full[f->full_n++] = (struct segfill_full){ log->open, f->open };
	seglog_complete(log, log->open, f->open->used, f->open->entries);
	f->open = NULL;
}

static void
open_segment(struct segfill *f, struct seglog *log)
{
	f->open = mem_alloc(sizeof(*f->open));
	segment_begin(f->open);
	log->open = seglog_add(log);
}

void
segfill_add(struct segfill *f, struct seglog *log, const struct answer *a,
    bool (*put)(struct segment *to, const struct answer *a))
{
	if (f->open == NULL)
		open_segment(f, log);
	if (!put(f->open, a)) {
		close_segment(f, log);
		open_segment(f, log);
		put(f->open, a);
	}
	f->changed = true;
}

struct segment *
segfill_copy(struct segfill *f)
{
	bool changed = f->changed;

	f->changed = false;
	return changed ? mem_dup(f->open, sizeof(*f->open)) : NULL;
}
