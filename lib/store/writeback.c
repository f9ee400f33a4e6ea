#define _GNU_SOURCE		/* pipe2 */
#include "store/writeback.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define NONE UINT32_MAX
#define SLICE 512		/* pairs a turn: a fraction of a millisecond */
#define JOB_SEGMENTS 16		/* written, or read to be cleaned, at once */
#define RETRY (1 * SECOND)
#define RETRY_MAX (60 * SECOND)	/* a whole file again */
#define SAY_EVERY (10 * SECOND)
#define SHRINK_RETRY (60 * SECOND)

_Static_assert(STORE_ENTRIES_MAX <= CACHE_EXPECT_MAX,
    "what is loaded at once has to be expected at once");

/* A segment of the log. */
struct part {
	/* In the log, or in the list of places that are free; NONE: the last. */
	uint32_t next;
	uint32_t slot;		/* where it was written last, or is being; NONE: nowhere */
	uint64_t seq;		/* under which number */
	uint32_t entries;
	uint32_t live;		/* pairs whose place it is */
	uint32_t entry_bytes;	/* what an entry takes, about; 0: it is not complete */
	bool stored;		/* it is in the slot */
};

struct write {
	uint32_t part, slot;
	uint64_t seq;
	struct segment *segment;	/* owned */
};

/* What the thread does at once. All is its own while it runs. */
struct job {
	struct write *writes;
	size_t writes_n, writes_cap;
	uint32_t *frees;	/* slots */
	size_t frees_n, frees_cap;
	uint64_t first;		/* the number of the log's first segment */
	bool commit;
	uint32_t reads[JOB_SEGMENTS];	/* parts, after the commit */
	uint32_t read_slots[JOB_SEGMENTS];
	size_t reads_n;
	uint8_t (*read)[SEGMENT_SIZE];	/* owned; of the slots that were read */
	/* Owned; not NULL: shrink the file, and tell by this which slot went where. */
	uint32_t *moved;
	const char *why;	/* it failed */
	bool not_begun;		/* for want of a new file instead of one in doubt */
	bool unreadable;	/* a slot of `reads` */
	uint32_t slots;		/* of the file, and its size, afterwards */
	uint64_t file_bytes;
};

struct saver {
	struct store *store;	/* the thread's while a job is running */
	struct cache *cache;
	int64_t interval;
	struct cache_reader reader;

	struct part *parts;	/* places are indexes into it, plus 1 */
	size_t parts_n, parts_cap;
	uint32_t parts_free;
	uint32_t first, last;	/* of the log, or NONE */
	size_t log_n;
	uint64_t live_bytes;	/* of the parts that are complete */
	uint64_t seq;		/* the last that was given out */

	uint32_t *slots_free;
	size_t slots_free_n, slots_free_cap;
	/* Free ones, used ones, and those that are to be made: 0..slots_n-1. */
	uint32_t slots_n;

	struct segment *open;	/* the segment that is being filled; NULL: none */
	uint32_t open_part;
	bool open_changed;	/* since it was handed over last */
	struct write *full;	/* segments to be written: owned */
	size_t full_n, full_cap;
	uint32_t *outdated;	/* slots to be free from the next commit on */
	size_t outdated_n, outdated_cap;

	uint8_t (*victims)[SEGMENT_SIZE];	/* owned: segments that are being cleaned */
	uint32_t victim_parts[JOB_SEGMENTS];
	size_t victims_n, victim;
	bool victim_begun;
	struct segment_reader victim_reader;

	bool rewriting;		/* all is written again: a segment cannot be read, or `anew` */
	bool anew;		/* to a new file, which the next commit completes */
	int64_t anew_pause;	/* before that */
	unsigned starts;	/* of new files */
	const char *why;	/* what failed last */
	bool round;		/* changes are being collected for a commit */
	size_t uncommitted;	/* segments that were handed over for it */
	int64_t round_ends;	/* at the latest */
	int64_t due;		/* when the next round begins; NEVER: nothing has changed */
	struct job job;
	bool running, submitted;	/* the thread is on it; it waits to be tried (again) */
	int64_t retry_at, said_at, shrink_at;
	pthread_t thread;
	int done[2];		/* a pipe, into which the thread writes a byte when it is through */
	struct writeback_counters counters;
};

struct saver *
writeback_new(struct store *store, int64_t interval)
{
	struct saver *s = mem_zero(1, sizeof(*s));

	s->store = store;
	s->interval = interval;
	s->parts_free = s->first = s->last = s->open_part = NONE;
	s->reader.next = CACHE_NONE;
	s->due = NEVER;
	s->said_at = -SAY_EVERY;
	if (pipe2(s->done, O_CLOEXEC | O_NONBLOCK) != 0)
		log_die("pipe: %s", strerror(errno));
	signal(SIGXFSZ, SIG_IGN);	/* a limit on files is to be an error as a full disk is */
	return s;
}

/* --- The parts of the log --- */

static uint32_t
add_part(struct saver *s)
{
	uint32_t i = s->parts_free;

	if (i != NONE) {
		s->parts_free = s->parts[i].next;
	} else {
		s->parts = mem_grow(s->parts, s->parts_n, &s->parts_cap, sizeof(*s->parts));
		i = (uint32_t)s->parts_n++;
	}
	s->parts[i] = (struct part){ .next = NONE, .slot = NONE };
	if (s->last == NONE)
		s->first = i;
	else
		s->parts[s->last].next = i;
	s->last = i;
	s->log_n++;
	return i;
}

static void
push(uint32_t **list, size_t *n, size_t *cap, uint32_t value)
{
	*list = mem_grow(*list, *n, cap, sizeof(**list));
	(*list)[(*n)++] = value;
}

/* Ends the first part, in which nothing lives any more. */
static void
drop_first_part(struct saver *s)
{
	uint32_t i = s->first;

	push(&s->outdated, &s->outdated_n, &s->outdated_cap, s->parts[i].slot);
	s->first = s->parts[i].next;
	if (s->first == NONE)
		s->last = NONE;
	s->parts[i].next = s->parts_free;
	s->parts_free = i;
	s->log_n--;
	s->counters.cleaned++;
}

static void
leave_place(struct saver *s, uint32_t place)
{
	struct part *p;

	if (place == 0)
		return;
	p = &s->parts[place - 1];
	p->live--;
	s->live_bytes -= p->entry_bytes;
}

static void
complete_part(struct saver *s, struct part *p, uint32_t used, uint32_t entries)
{
	p->entries = entries;
	p->entry_bytes = used / entries;
	s->live_bytes += (uint64_t)p->live * p->entry_bytes;
}

static void
close_segment(struct saver *s)
{
	s->full = mem_grow(s->full, s->full_n, &s->full_cap, sizeof(*s->full));
	s->full[s->full_n++] = (struct write){ .part = s->open_part, .segment = s->open };
	complete_part(s, &s->parts[s->open_part], s->open->used, s->open->entries);
	s->open = NULL;
	s->open_changed = false;
}

static void
open_segment(struct saver *s)
{
	s->open = mem_alloc(sizeof(*s->open));
	segment_begin(s->open);
	s->open_part = add_part(s);
}

static void
put(struct saver *s, const struct answer *a,
    bool (*append)(struct segment *to, const struct answer *a))
{
	if (s->open == NULL)
		open_segment(s);
	if (!append(s->open, a)) {
		close_segment(s);
		open_segment(s);
		append(s->open, a);
	}
	s->open_changed = true;
}

static void
put_pair(struct saver *s, const struct answer *a, uint32_t pair)
{
	put(s, a, segment_put);
	leave_place(s, cache_place(s->cache, pair));
	cache_set_place(s->cache, pair, s->open_part + 1);
	s->parts[s->open_part].live++;
}

/*
 * What stands on disk of a pair whose life is over may say that it lives: with a LIFE that follows
 * the TTL, a later sighting may have ended it earlier, and that was not written.
 */
static bool
is_over_on_disk(const struct saver *s, const struct answer *a)
{
	return !cache_is_unread(s->cache, &s->reader, cache_find(s->cache, &a->addr, a->name));
}

void
writeback_gone(struct saver *s, const struct answer *a, uint32_t place, enum cache_end why)
{
	leave_place(s, place);
	if (place != 0 && (why != CACHE_EXPIRED || !is_over_on_disk(s, a)))
		put(s, a, segment_put_gone);
}

/* --- Loading --- */

struct loading {
	struct saver *saver;
	uint64_t refused;
	bool reserved;		/* for all, going by the first segment */
};

static void
load_pair(struct loading *l, const struct answer *a, struct cache_key key, uint32_t place)
{
	struct saver *s = l->saver;
	uint32_t before;

	if (cache_load(s->cache, a, key, place, &before) == CACHE_NONE) {
		l->refused++;
		return;
	}
	leave_place(s, before);
	if (place != 0)
		s->parts[place - 1].live++;
}

static void
load_gone(struct saver *s, const struct answer *a)
{
	uint32_t pair = cache_find(s->cache, &a->addr, a->name);

	if (pair == CACHE_NONE)
		return;
	leave_place(s, cache_place(s->cache, pair));
	cache_set_place(s->cache, pair, 0);	/* the log says already that it is gone */
	cache_unload(s->cache, pair);
}

static void
load_entries(const struct answer *entries, const bool *gone, size_t n,
    const struct segment_reader *r, const struct store_segment *at, void *context)
{
	struct loading *l = context;
	struct saver *s = l->saver;
	struct cache_key keys[CACHE_EXPECT_MAX];
	uint32_t place = 0;

	if (at != NULL) {
		place = (uint32_t)at->nth + 1;
		s->parts[at->nth].entries = r->entries;
		s->parts[at->nth].entry_bytes = r->used / r->entries;
		if (!l->reserved)
			/* With some for those that will come. */
			cache_reserve(s->cache, s->log_n * r->entries / 8 * 9);
		l->reserved = true;
	}
	cache_expect(s->cache, entries, n, keys);
	for (size_t i = 0; i < n; i++) {
		if (gone[i])
			load_gone(s, &entries[i]);
		else
			load_pair(l, &entries[i], keys[i], place);
	}
}

/* Parts for the segments that the store has, and the slots that are free. */
static void
take_log(struct saver *s)
{
	bool *used = mem_zero(store_slots(s->store), sizeof(*used));
	size_t n;
	struct store_segment *log = store_log(s->store, &n);

	for (size_t i = 0; i < n; i++) {
		uint32_t part = add_part(s);

		s->parts[part].slot = log[i].slot;
		s->parts[part].stored = true;
		s->parts[part].seq = s->seq = log[i].seq;
		used[log[i].slot] = true;
	}
	s->slots_n = store_slots(s->store);
	for (uint32_t i = s->slots_n; i-- > 0;)
		if (!used[i])
			push(&s->slots_free, &s->slots_free_n, &s->slots_free_cap, i);
	free(log);
	free(used);
}

const char *
writeback_load(struct saver *s, struct cache *cache, uint64_t *refused)
{
	struct loading l = { .saver = s };
	const char *why;

	s->cache = cache;
	take_log(s);
	why = store_each(s->store, load_entries, &l);
	s->live_bytes = 0;
	for (size_t i = 0; i < s->parts_n; i++)
		s->live_bytes += (uint64_t)s->parts[i].live * s->parts[i].entry_bytes;
	s->counters.file_bytes = store_size(s->store);
	*refused = l.refused;
	cache_attach(cache, &s->reader, cache_serial(cache));
	return why;
}

/* --- The thread --- */

static const char *
write_segments(struct saver *s, struct job *j)
{
	const char *why = NULL;

	for (size_t i = 0; i < j->writes_n && why == NULL; i++) {
		struct write *w = &j->writes[i];

		segment_seal(w->segment, w->seq, j->first);
		why = store_write(s->store, w->slot, w->seq, w->segment->data);
	}
	return why;
}

static void
read_segments(struct saver *s, struct job *j)
{
	if (j->reads_n > 0)
		j->read = mem_alloc(j->reads_n * sizeof(*j->read));
	for (size_t i = 0; i < j->reads_n && !j->unreadable; i++)
		j->unreadable = store_read(s->store, j->read_slots[i], j->read[i]) != NULL;
}

static void
do_job(struct saver *s)
{
	struct job *j = &s->job;

	j->not_begun = false;
	if (store_is_doubtful(s->store) && (j->why = store_renew(s->store)) != NULL) {
		j->not_begun = true;
	} else if (j->moved != NULL) {
		j->why = store_shrink(s->store, j->moved);
	} else {
		j->why = write_segments(s, j);
		for (size_t i = 0; i < j->frees_n && j->why == NULL; i++)
			store_free(s->store, j->frees[i]);
		if (j->why == NULL && j->commit)
			j->why = store_commit(s->store);
		if (j->why == NULL)
			read_segments(s, j);
	}
	j->slots = store_slots(s->store);
	j->file_bytes = store_size(s->store);
}

static void *
run_job(void *arg)
{
	struct saver *s = arg;

	do_job(s);
	while (write(s->done[1], "", 1) < 0 && errno == EINTR)
		;
	return NULL;
}

static void
start_job(struct saver *s)
{
	int error = pthread_create(&s->thread, NULL, run_job, s);

	s->submitted = false;
	s->running = error == 0;
	if (error == 0)
		return;
	s->submitted = true;
	s->retry_at = clock_mono() + RETRY;
	s->why = "no thread to save in";
	log_error("%s: %s", s->why, strerror(error));
}

/* --- Jobs --- */

static uint32_t
take_slot(struct saver *s)
{
	return s->slots_free_n > 0 ? s->slots_free[--s->slots_free_n] : s->slots_n++;
}

/*
 * A slot and a number for a segment that is to be written. What it was written to before is free
 * when it is.
 */
static void
add_write(struct saver *s, struct write w)
{
	struct job *j = &s->job;
	struct part *p = &s->parts[w.part];

	if (p->slot != NONE)
		push(&s->outdated, &s->outdated_n, &s->outdated_cap, p->slot);
	p->slot = w.slot = take_slot(s);
	p->stored = false;
	p->seq = w.seq = ++s->seq;
	j->writes = mem_grow(j->writes, j->writes_n, &j->writes_cap, sizeof(*j->writes));
	j->writes[j->writes_n++] = w;
	s->uncommitted++;
}

static void
hand_over_full(struct saver *s)
{
	for (size_t i = 0; i < s->full_n; i++)
		add_write(s, s->full[i]);
	s->full_n = 0;
}

/* Too much of the log would be out of date if it had `log_n` segments. */
static bool
is_stale(const struct saver *s, size_t log_n)
{
	return log_n * 10 > s->live_bytes / SEGMENT_SIZE * 14 + 80;
}

/* Drops the first parts when nothing lives in them. */
static void
drop_dead_parts(struct saver *s)
{
	while (s->first != NONE && s->parts[s->first].stored && s->parts[s->first].live == 0 &&
	    s->first != s->open_part)
		drop_first_part(s);
}

/* Has the first parts in which something lives read to be cleaned, as far as that is wanted. */
static void
choose_victims(struct saver *s)
{
	struct job *j = &s->job;
	uint64_t moved = 0;
	size_t left = s->log_n;
	uint32_t i;

	for (i = s->first; i != NONE && j->reads_n < JOB_SEGMENTS; i = s->parts[i].next, left--) {
		struct part *p = &s->parts[i];

		if (!p->stored || i == s->open_part ||
		    !is_stale(s, left + (size_t)(moved / SEGMENT_SIZE)))
			break;
		if (p->live == 0)
			continue;
		moved += (uint64_t)p->live * p->entry_bytes;
		j->reads[j->reads_n] = i;
		j->read_slots[j->reads_n++] = p->slot;
	}
}

static void
submit(struct saver *s, bool commit)
{
	struct job *j = &s->job;

	hand_over_full(s);
	j->commit = commit;
	if (commit) {
		if (s->open != NULL && s->open_changed)
			add_write(s, (struct write){ .part = s->open_part,
			    .segment = mem_dup(s->open, sizeof(*s->open)) });
		s->open_changed = false;
		s->uncommitted = 0;
		drop_dead_parts(s);
		j->frees = s->outdated;
		j->frees_n = s->outdated_n;
		j->frees_cap = s->outdated_cap;
		s->outdated = NULL;
		s->outdated_n = s->outdated_cap = 0;
	}
	if (s->victims_n == 0 && !s->rewriting)
		choose_victims(s);
	j->first = s->first != NONE ? s->parts[s->first].seq : s->seq;
	start_job(s);
}

static void
submit_shrink(struct saver *s)
{
	/* Which may have more than we use. */
	s->job.moved = mem_alloc((store_slots(s->store) + 1) * sizeof(*s->job.moved));
	start_job(s);
}

/* The slots have new numbers; the used ones come first. */
static void
take_moved(struct saver *s, const struct job *j)
{
	uint32_t used = 0;

	for (uint32_t i = s->first; i != NONE; i = s->parts[i].next) {
		if (s->parts[i].slot == NONE)
			continue;
		s->parts[i].slot = j->moved[s->parts[i].slot];
		used++;
	}
	s->slots_free_n = 0;
	s->slots_n = j->slots;
	for (uint32_t i = j->slots; i-- > used;)
		push(&s->slots_free, &s->slots_free_n, &s->slots_free_cap, i);
}

/* A segment cannot be read: all pairs are written again, and then nothing in it is needed. */
static void
write_all_again(struct saver *s)
{
	log_error("a segment of the DB cannot be read: all is written again");
	s->rewriting = true;
	cache_detach(s->cache, &s->reader);
	cache_attach(s->cache, &s->reader, 0);
}

static void
take_victims(struct saver *s, struct job *j)
{
	if (j->unreadable)
		write_all_again(s);
	if (j->unreadable || j->reads_n == 0) {
		free(j->read);
		return;
	}
	s->victims = j->read;
	memcpy(s->victim_parts, j->reads, sizeof(j->reads));
	s->victims_n = j->reads_n;
	s->victim = 0;
	s->victim_begun = false;
}

static void
end_job(struct saver *s)
{
	struct job *j = &s->job;

	for (size_t i = 0; i < j->writes_n; i++) {
		s->parts[j->writes[i].part].stored = true;
		free(j->writes[i].segment);
	}
	s->counters.written += j->writes_n;
	for (size_t i = 0; i < j->frees_n; i++)
		push(&s->slots_free, &s->slots_free_n, &s->slots_free_cap, j->frees[i]);
	if (j->commit) {
		s->counters.commits++;
		s->anew = false;
	}
	if (j->moved != NULL)
		take_moved(s, j);
	take_victims(s, j);
	s->counters.file_bytes = j->file_bytes;
	free(j->writes);
	free(j->frees);
	free(j->moved);
	*j = (struct job){ 0 };
}

/* All of the log, and the work on it. */
static void
drop_log(struct saver *s)
{
	for (size_t i = 0; i < s->job.writes_n; i++)
		free(s->job.writes[i].segment);
	for (size_t i = 0; i < s->full_n; i++)
		free(s->full[i].segment);
	free(s->job.writes);
	free(s->job.frees);
	free(s->job.read);
	free(s->job.moved);
	free(s->open);
	free(s->full);
	free(s->outdated);
	free(s->victims);
	free(s->parts);
	free(s->slots_free);
}

/*
 * The file is in doubt (store.h): all pairs are written to a new one. Until that has its first
 * commit, which comes when all of them are in, the old one stands for the last commit.
 */
static void
start_over(struct saver *s)
{
	struct saver fresh = {
		.store = s->store, .cache = s->cache, .interval = s->interval, .seq = s->seq,
		.parts_free = NONE, .first = NONE, .last = NONE, .open_part = NONE,
		.rewriting = true, .anew = true, .starts = s->starts + 1, .anew_pause = RETRY,
		.why = s->why, .said_at = s->said_at, .done = { s->done[0], s->done[1] },
		.counters = s->counters,
	};

	if (s->anew)
		fresh.anew_pause = s->anew_pause < RETRY_MAX / 2 ? 2 * s->anew_pause : RETRY_MAX;
	fresh.due = clock_mono() + fresh.anew_pause;
	drop_log(s);
	cache_detach(s->cache, &s->reader);
	*s = fresh;
	cache_attach(s->cache, &s->reader, 0);
	for (uint32_t i = 0; i < cache_top(s->cache); i++)
		if (cache_is_pair(s->cache, i))
			cache_set_place(s->cache, i, 0);
}

static void
tell_failure(struct saver *s, int64_t now)
{
	if (now - s->said_at < SAY_EVERY)
		return;
	s->said_at = now;
	log_error("not saved, will be tried again%s: %s", store_is_doubtful(s->store) ?
	    " with a new file" : "", s->job.why);
}

static void
fail_job(struct saver *s)
{
	int64_t now = clock_mono();

	if (s->job.moved != NULL) {	/* what it is for can wait */
		free(s->job.moved);
		s->job.moved = NULL;
		s->shrink_at = now + SHRINK_RETRY;
		return;
	}
	s->counters.failed++;
	s->why = s->job.why;
	tell_failure(s, now);
	if (store_is_doubtful(s->store) && !s->job.not_begun) {
		start_over(s);
		return;
	}
	s->submitted = true;
	s->retry_at = now + RETRY;
}

/* The file may be in doubt without a job that failed, too. */
static void
look_for_doubt(struct saver *s)
{
	if (!s->running && !s->anew && store_is_doubtful(s->store))
		start_over(s);
}

/* Takes what the thread has done, if it is through. */
static void
take_job(struct saver *s)
{
	char byte;

	if (!s->running || read(s->done[0], &byte, 1) != 1)
		return;
	pthread_join(s->thread, NULL);
	s->running = false;
	if (s->job.why != NULL)
		fail_job(s);
	else
		end_job(s);
}

/* --- Rounds --- */

/* Writes again what lives in the segments that are being cleaned. */
static void
clean_slice(struct saver *s)
{
	struct answer a;
	bool gone;

	for (int n = 0; s->victim < s->victims_n && n < SLICE; n++) {
		uint32_t part = s->victim_parts[s->victim], pair;

		if (!s->victim_begun)
			segment_open(&s->victim_reader, s->victims[s->victim], SEGMENT_SIZE);
		s->victim_begun = true;
		if (!segment_next(&s->victim_reader, &a, &gone)) {
			s->victim++;
			s->victim_begun = false;
			continue;
		}
		pair = gone ? CACHE_NONE : cache_find(s->cache, &a.addr, a.name);
		if (pair != CACHE_NONE && cache_place(s->cache, pair) == part + 1) {
			cache_get(s->cache, pair, &a);
			put_pair(s, &a, pair);
		}
	}
	if (s->victim < s->victims_n)
		return;
	free(s->victims);
	s->victims = NULL;
	s->victims_n = 0;
}

/* Adds pairs that have changed to the log. False when there are no more. */
static bool
collect_slice(struct saver *s)
{
	struct answer a;
	uint32_t pair;

	for (int n = 0; n < SLICE; n++) {
		if (!cache_read(s->cache, &s->reader, &a, &pair)) {
			s->rewriting = false;
			return false;
		}
		put_pair(s, &a, pair);
	}
	return true;
}

static bool
is_changed(const struct saver *s)
{
	return s->reader.next != CACHE_NONE || s->open_changed || s->full_n > 0 || s->anew;
}

/*
 * So much has been written for the next commit that it is time for it: until then no slot becomes
 * free. At the end all is to be in one.
 */
static bool
is_large(const struct saver *s)
{
	return s->round_ends != NEVER && s->uncommitted > s->log_n / 8 + 2 * JOB_SEGMENTS;
}

/* A slice of a round. True when there is more to do at once. */
static bool
work(struct saver *s, int64_t now)
{
	bool idle = !s->running && !s->submitted, large = is_large(s);

	if (s->full_n >= JOB_SEGMENTS) {
		if (idle)
			submit(s, false);
		return false;
	}
	if (s->victims_n > 0) {
		clean_slice(s);
		return true;
	}
	if (now < s->round_ends && !large && collect_slice(s))
		return true;
	if (!idle)
		return false;
	submit(s, true);
	s->round = false;
	s->due = large ? now : NEVER;
	return false;
}

/* A round begins early enough to be through when it has to. */
static void
begin_round(struct saver *s, int64_t now)
{
	if (s->due == NEVER && is_changed(s))
		s->due = now + s->interval / 5 * 4;
	s->round = s->victims_n > 0 || now >= s->due;
	s->round_ends = s->anew ? NEVER : now + s->interval;
}

static bool
wants_shrinking(const struct saver *s, int64_t now)
{
	return !s->running && !s->submitted && !s->round && s->full_n == 0 && s->outdated_n == 0 &&
	    s->victims_n == 0 && now >= s->shrink_at && s->slots_n > s->log_n + s->log_n / 2 + 128;
}

void
writeback_turn(struct saver *s, struct loop *loop)
{
	int64_t now = clock_mono();
	bool more = false;

	take_job(s);
	look_for_doubt(s);
	if (s->submitted && now >= s->retry_at)
		start_job(s);
	if (!s->round)
		begin_round(s, now);
	if (s->round)
		more = work(s, now);
	else if (wants_shrinking(s, now))
		submit_shrink(s);
	if (s->running)
		loop_add(loop, s->done[0], POLLIN);
	if (s->submitted)
		loop_wake(loop, s->retry_at);
	if (!s->round)
		loop_wake(loop, s->due);
	if (more)
		loop_wake(loop, now);
}

static void
wait_for_job(struct saver *s)
{
	struct pollfd fd = { .fd = s->done[0], .events = POLLIN };

	while (s->running) {
		poll(&fd, 1, -1);
		take_job(s);
	}
}

/* A new file is tried once. */
const char *
writeback_finish(struct saver *s)
{
	unsigned starts;

	wait_for_job(s);
	look_for_doubt(s);
	starts = s->starts;
	while (s->submitted || s->round || s->victims_n > 0 || is_changed(s)) {
		if (s->submitted) {
			start_job(s);
		} else {
			s->round = true;
			s->round_ends = NEVER;
			while (work(s, 0))
				;
		}
		wait_for_job(s);
		if (s->submitted || s->starts > starts + 1)
			return s->why;
	}
	return NULL;
}

struct writeback_counters
writeback_count(const struct saver *s)
{
	struct writeback_counters n = s->counters;

	n.segments = s->log_n;
	n.live_bytes = s->live_bytes;
	return n;
}

void
writeback_free(struct saver *s)
{
	if (s->running)
		pthread_join(s->thread, NULL);
	if (s->cache != NULL)
		cache_detach(s->cache, &s->reader);
	drop_log(s);
	close(s->done[0]);
	close(s->done[1]);
	free(s);
}
