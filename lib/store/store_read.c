/*
 * Reading the log: the segments that the directory names, in the order of their numbers. A segment
 * must have the number that the directory states, and must have been written when the log began
 * with its present first segment or an earlier one: otherwise slots and directory belong to
 * different commits.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "store/store_private.h"

const struct store_terms *
store_terms(const struct store *s)
{
	return &s->directory.terms;
}

uint32_t
store_slots(const struct store *s)
{
	return s->directory.slots;
}

uint64_t
store_size(const struct store *s)
{
	return store_file_size(&s->file);
}

static int
compare_segments(const void *a, const void *b)
{
	const struct store_segment *x = a, *y = b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

struct store_segment *
store_log(const struct store *s, size_t *n)
{
	const struct store_directory *d = &s->directory;
	struct store_segment *log = mem_zero(d->slots + 1, sizeof(*log));

	*n = 0;
	for (uint32_t i = 0; i < d->slots; i++)
		if (d->seqs[i] != 0)
			log[(*n)++] = (struct store_segment){ .seq = d->seqs[i], .slot = i };
	qsort(log, *n, sizeof(*log), compare_segments);
	for (size_t i = 0; i < *n; i++)
		log[i].nth = i;
	return log;
}

/* --- A segment --- */

static int
copy_segment(TDB_DATA key, TDB_DATA data, void *to)
{
	(void)key;
	if (data.dsize > SEGMENT_SIZE)
		return -1;
	memcpy(to, data.dptr, data.dsize);
	memset((char *)to + data.dsize, 0, SEGMENT_SIZE - data.dsize);
	return 0;
}

static const char *
damaged_slot(uint32_t slot, const char *why)
{
	static char text[128];

	snprintf(text, sizeof(text), "damaged: segment in slot %lu: %s", (unsigned long)slot, why);
	return text;
}

static const char *
open_slot(struct store *s, uint32_t slot, uint8_t data[SEGMENT_SIZE], struct segment_reader *r)
{
	uint8_t key[STORE_FILE_KEY_SIZE];
	const char *why;

	if (tdb_parse_record(s->file.tdb, store_file_key(key, STORE_DIRECTORY_SLOT_KEY, slot),
	    copy_segment, data) != 0)
		return damaged_slot(slot, "cannot be read");
	why = segment_open(r, data, SEGMENT_SIZE);
	if (why == NULL && r->seq != s->directory.seqs[slot])
		why = "the sequence number differs from the directory";
	return why != NULL ? damaged_slot(slot, why) : NULL;
}

const char *
store_read(struct store *s, uint32_t slot, uint8_t data[SEGMENT_SIZE])
{
	struct segment_reader r;

	if (s->file.tdb == NULL)
		return "cannot be opened again";
	return open_slot(s, slot, data, &r);
}

const char *
store_each_of_segment(struct store *s, const struct store_segment *at, uint64_t begin,
    store_entries_fn *each, void *context)
{
	uint8_t data[SEGMENT_SIZE];
	struct answer entries[STORE_ENTRIES_MAX];
	bool gone[STORE_ENTRIES_MAX];
	struct segment_reader r;
	const char *why = open_slot(s, at->slot, data, &r);
	size_t n;

	if (why != NULL)
		return why;
	if (r.first > begin)
		return damaged_slot(at->slot, "the segment is from a later log");
	do {
		for (n = 0; n < STORE_ENTRIES_MAX && segment_next(&r, &entries[n], &gone[n]); n++)
			;
		if (n > 0)
			each(entries, gone, n, &r, at, context);
	} while (n == STORE_ENTRIES_MAX);
	return r.why == NULL ? NULL : damaged_slot(at->slot, r.why);
}

/* --- The log --- */

static const char *
each_of_log(struct store *s, store_entries_fn *each, void *context)
{
	const char *why = store_directory_read(&s->directory, &s->file);
	size_t n;
	struct store_segment *log;

	if (why != NULL)
		return why;
	log = store_log(s, &n);
	for (size_t i = 0; i < n && why == NULL; i++)
		why = i > 0 && log[i].seq == log[i - 1].seq ?
		    damaged_slot(log[i].slot, "the sequence number occurs twice") :
		    store_each_of_segment(s, &log[i], log[0].seq, each, context);
	free(log);
	return why;
}

/* The lock keeps a writer from overwriting segments after the directory was read. */
const char *
store_each(struct store *s, store_entries_fn *each, void *context)
{
	const char *why;

	if (s->directory.version == 1)
		return store_v1_each(&s->file, each, context);
	if (tdb_lockall_read(s->file.tdb) != 0)
		return store_file_tdb_reason(&s->file, "cannot be locked");
	why = each_of_log(s, each, context);
	tdb_unlockall_read(s->file.tdb);
	return why;
}
