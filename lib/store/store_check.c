#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/bytes.h"
#include "store/store_private.h"

struct check {
	struct store *store;
	void (*report)(const char *what, void *context);
	void *context;
	uint32_t slots, pages;	/* the numbers of slots and pages that were found */
	bool faulty;
};

__attribute__((format(printf, 2, 3))) static void
report_damage(struct check *c, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	c->faulty = true;
	c->report(text, c->context);
}

static int
check_record(TDB_DATA key, TDB_DATA data, void *context)
{
	struct check *c = context;
	const struct store_directory *d = &c->store->directory;
	bool numbered = key.dsize == STORE_FILE_KEY_SIZE;
	uint32_t number = numbered ? (uint32_t)bytes_get(key.dptr + 1, 4) : 0;

	if (key.dsize == 1 && key.dptr[0] == 0)
		return 0;
	if (numbered && key.dptr[0] == STORE_DIRECTORY_SLOT_KEY && number < d->slots &&
	    data.dsize <= SEGMENT_SIZE)
		c->slots++;
	else if (numbered && key.dptr[0] == STORE_DIRECTORY_PAGE_KEY && number < d->pages &&
	    data.dsize == STORE_DIRECTORY_PAGE_BYTES)
		c->pages++;
	else
		report_damage(c, "unknown record of %zu bytes", data.dsize);
	return 0;
}

static void
ignore_entries(const struct answer *entries, const bool *gone, size_t n,
    const struct segment_reader *r, const struct store_segment *at, void *context)
{
	(void)entries, (void)gone, (void)n, (void)r, (void)at, (void)context;
}

static void
check_segments(struct check *c)
{
	size_t n;
	struct store_segment *log = store_log(c->store, &n);
	const char *why;

	for (size_t i = 0; i < n; i++) {
		if (i > 0 && log[i].seq == log[i - 1].seq)
			report_damage(c, "the segments in slots %lu and %lu have the same sequence "
			    "number", (unsigned long)log[i - 1].slot, (unsigned long)log[i].slot);
		if ((why = store_each_of_segment(c->store, &log[i], log[0].seq, ignore_entries,
		    NULL)) != NULL)
			report_damage(c, "%s", why);
	}
	free(log);
}

static void
check_counts(struct check *c)
{
	const struct store_directory *d = &c->store->directory;

	if (c->slots != d->slots || c->pages != d->pages)
		report_damage(c, "found %lu of %lu slots and %lu of %lu pages of the directory",
		    (unsigned long)c->slots, (unsigned long)d->slots, (unsigned long)c->pages,
		    (unsigned long)d->pages);
}

bool
store_check(struct store *s, void (*report)(const char *what, void *context), void *context)
{
	struct check c = { .store = s, .report = report, .context = context };
	struct store_file *f = &s->file;
	const char *why;

	store_file_clear_error();
	if (tdb_lockall_read(f->tdb) != 0) {
		report_damage(&c, "%s", store_file_tdb_reason(f, "cannot be locked"));
		return false;
	}
	if ((why = store_directory_read(&s->directory, f)) != NULL)
		report_damage(&c, "%s", why);
	if (tdb_check(f->tdb, s->directory.version == 1 ? NULL : check_record, &c) != 0)
		report_damage(&c, "%s", store_file_tdb_reason(f, "damaged"));
	if (s->directory.version != 1) {
		check_counts(&c);
		if (why == NULL)
			check_segments(&c);
	} else if ((why = store_v1_each(f, ignore_entries, NULL)) != NULL) {
		report_damage(&c, "%s", why);
	}
	tdb_unlockall_read(f->tdb);
	return !c.faulty;
}
