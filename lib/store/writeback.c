/*
 * A round collects the changed pairs of the cache, a slice per turn of the loop, for at most the
 * interval, and ends with a commit. A changed pair is appended to the log (seglog.h); the earlier
 * entries of the pair are then out of date. Full segments are passed to the thread
 * (writeback_job.h), one job at a time.
 *
 * After a commit, a job also reads segments that should be cleaned. Their live pairs are appended
 * to the log, a slice per turn, before further changes are collected.
 *
 * - The loop's thread owns the cache and the log in memory, the job's thread owns the store. There
 *   is no lock: a job is handed over by creating the thread and taken back by joining it.
 * - A failed job is repeated every RETRY. Meanwhile, changes wait in the cache.
 * - When the file is in doubt (store.h), the log in memory is discarded, and all pairs of the cache
 *   are written to a new file, in one commit. The pause between two attempts doubles, up to
 *   RETRY_MAX. Until the new file is committed, the old file has the last commit.
 */
#include "store/writeback.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/seglog.h"
#include "store/writeback_job.h"

#define SLICE 512		/* pairs per turn: a fraction of a millisecond */
#define RETRY (1 * SECOND)
#define RETRY_MAX (60 * SECOND)
#define REPORT_EVERY (10 * SECOND)
#define SHRINK_RETRY (60 * SECOND)

struct writeback {
	struct cache *cache;
	int64_t interval;
	struct cache_reader reader;
	struct seglog log;

	uint8_t (*cleaning)[SEGMENT_SIZE];	/* owned; segments that are being cleaned */
	uint32_t cleaning_parts[WRITEBACK_JOB_SEGMENTS];
	size_t cleaning_n, cleaning_at;
	struct segment_reader cleaning_reader;

	bool rewriting;		/* all pairs are being written again, to the same or a new file */
	bool new_file;		/* the next commit completes a new file */
	int64_t new_file_pause;	/* the pause before the new file is written */
	unsigned new_files;	/* the number of attempts to write a new file */
	const char *why;	/* the reason of the last failure */
	bool round;		/* changes are being collected for a commit */
	size_t uncommitted;	/* segments handed over since the last commit */
	int64_t round_ends;	/* the latest end of the round */
	int64_t due;		/* the begin of the next round; NEVER: nothing has changed */
	struct writeback_job job;
	bool submitted;		/* the job will be started again at retry_at */
	int64_t retry_at, reported_at, shrink_at;
	struct writeback_counters counters;
};

const char *
writeback_new(struct writeback **made, struct store *store, int64_t interval)
{
	struct writeback *w = mem_zero(1, sizeof(*w));
	const char *why = writeback_job_init(&w->job, store);

	if (why != NULL) {
		free(w);
		return why;
	}
	seglog_init(&w->log, 0);
	w->interval = interval;
	w->reader.next = CACHE_NONE;
	w->due = NEVER;
	w->reported_at = -REPORT_EVERY;
	signal(SIGXFSZ, SIG_IGN);	/* at a file size limit, write(2) fails as on a full disk */
	*made = w;
	return NULL;
}

static void
free_log(struct writeback *w)
{
	free(w->cleaning);
	seglog_free(&w->log);
}

void
writeback_free(struct writeback *w)
{
	writeback_job_free(&w->job);
	if (w->cache != NULL)
		cache_detach(w->cache, &w->reader);
	free_log(w);
	free(w);
}

const char *
writeback_load(struct writeback *w, struct cache *cache, uint64_t *refused)
{
	const char *why;

	w->cache = cache;
	why = seglog_load(&w->log, w->job.store, cache, refused);
	w->counters.file_bytes = store_size(w->job.store);
	cache_attach(cache, &w->reader, cache_serial(cache));
	return why;
}

static void
add_pair(struct writeback *w, const struct answer *a, uint32_t pair)
{
	seglog_put(&w->log, a, segment_put);
	seglog_leave(&w->log, cache_place(w->cache, pair));
	cache_set_place(w->cache, pair, w->log.open + 1);
	w->log.parts[w->log.open].live++;
}

/*
 * A pair that has expired needs an entry "gone" only if its last change is not on disk: with a LIFE
 * that follows the TTL, a later sighting can end the pair earlier than its entry on disk does.
 */
void
writeback_gone(struct writeback *w, const struct answer *a, uint32_t place, enum cache_end why)
{
	seglog_leave(&w->log, place);
	if (place != 0 && (why != CACHE_EXPIRED ||
	    cache_is_unread(w->cache, &w->reader, cache_find(w->cache, &a->addr, a->name))))
		seglog_put(&w->log, a, segment_put_gone);
}

/* --- Jobs --- */

static void
start_job(struct writeback *w)
{
	int error = writeback_job_start(&w->job);

	w->submitted = error != 0;
	if (error == 0)
		return;
	w->retry_at = clock_mono() + RETRY;
	w->why = "cannot create a thread";
	log_error("DB: changes not saved: %s: %s; trying again", w->why, strerror(error));
}

/* Adds a segment to the job, which then owns the segment. */
static void
add_write(struct writeback *w, uint32_t part, struct segment *segment)
{
	struct writeback_job *j = &w->job;
	const struct seglog_part *p = &w->log.parts[part];

	seglog_assign(&w->log, part);
	j->writes = mem_grow(j->writes, j->writes_n, &j->writes_cap, sizeof(*j->writes));
	j->writes[j->writes_n++] = (struct writeback_write){ part, p->slot, p->seq, segment };
	w->uncommitted++;
}

/* Adds a copy of the open segment to the job, if it has changed, and a commit. */
static void
submit_commit(struct writeback *w)
{
	struct segment *open = seglog_copy_open(&w->log);

	w->job.commit = true;
	if (open != NULL)
		add_write(w, w->log.open, open);
	w->uncommitted = 0;
	w->counters.cleaned += seglog_drop_dead(&w->log);
	w->job.frees = w->log.outdated;
	w->log.outdated = (struct seglog_slots){ 0 };
}

static void
submit(struct writeback *w, bool commit)
{
	struct writeback_job *j = &w->job;

	for (size_t i = 0; i < w->log.full_n; i++)
		add_write(w, w->log.full[i].part, w->log.full[i].segment);
	w->log.full_n = 0;
	if (commit)
		submit_commit(w);
	if (w->cleaning_n == 0 && !w->rewriting)
		j->reads_n = seglog_choose(&w->log, j->reads, j->read_slots,
		    WRITEBACK_JOB_SEGMENTS);
	j->first = w->log.first != SEGLOG_NONE ? w->log.parts[w->log.first].seq : w->log.seq;
	start_job(w);
}

/* Begins to write all pairs again, so that the unreadable segment can be dropped. */
static void
write_all_again(struct writeback *w)
{
	log_error("DB: a segment cannot be read; writing all pairs again");
	w->rewriting = true;
	cache_detach(w->cache, &w->reader);
	cache_attach(w->cache, &w->reader, 0);
}

static void
begin_cleaning(struct writeback *w, struct writeback_job *j)
{
	if (j->unreadable)
		write_all_again(w);
	if (j->unreadable || j->reads_n == 0)
		return;
	w->cleaning = j->read;
	j->read = NULL;
	memcpy(w->cleaning_parts, j->reads, sizeof(j->reads));
	w->cleaning_n = j->reads_n;
	w->cleaning_at = 0;
	segment_open(&w->cleaning_reader, w->cleaning[0], SEGMENT_SIZE);
}

static void
end_job(struct writeback *w)
{
	struct writeback_job *j = &w->job;

	for (size_t i = 0; i < j->writes_n; i++)
		w->log.parts[j->writes[i].part].stored = true;
	w->counters.written += j->writes_n;
	for (size_t i = 0; i < j->frees.n; i++)
		seglog_add_slot(&w->log.free, j->frees.list[i]);
	if (j->commit) {
		w->counters.commits++;
		w->new_file = false;
	}
	if (j->moved != NULL)
		seglog_move(&w->log, j->moved, j->slots);
	begin_cleaning(w, j);
	w->counters.file_bytes = j->file_bytes;
	writeback_job_clear(j);
}

/* Discards the log and begins to write all pairs to a new file, since the file is in doubt. */
static void
start_new_file(struct writeback *w)
{
	struct writeback fresh = {
		.cache = w->cache, .interval = w->interval, .rewriting = true, .new_file = true,
		.new_files = w->new_files + 1, .new_file_pause = RETRY, .why = w->why,
		.reported_at = w->reported_at, .counters = w->counters,
	};

	if (w->new_file)
		fresh.new_file_pause = w->new_file_pause < RETRY_MAX / 2 ? 2 * w->new_file_pause :
		    RETRY_MAX;
	fresh.due = clock_mono() + fresh.new_file_pause;
	seglog_init(&fresh.log, w->log.seq);
	writeback_job_clear(&w->job);
	fresh.job = w->job;
	free_log(w);
	cache_detach(w->cache, &w->reader);
	*w = fresh;
	cache_attach(w->cache, &w->reader, 0);
	for (uint32_t i = 0; i < cache_top(w->cache); i++)
		if (cache_is_pair(w->cache, i))
			cache_set_place(w->cache, i, 0);
}

static void
fail_job(struct writeback *w)
{
	int64_t now = clock_mono();
	bool doubtful = store_is_doubtful(w->job.store);

	if (w->job.moved != NULL) {	/* shrinking is not urgent */
		writeback_job_clear(&w->job);
		w->shrink_at = now + SHRINK_RETRY;
		return;
	}
	w->counters.failed++;
	w->why = w->job.why;
	if (now - w->reported_at >= REPORT_EVERY) {
		w->reported_at = now;
		log_error("DB: changes not saved: %s; trying again%s", w->why,
		    doubtful ? " with a new file" : "");
	}
	if (doubtful && !w->job.not_begun) {
		start_new_file(w);
		return;
	}
	w->submitted = true;
	w->retry_at = now + RETRY;
}

/* Processes the result of a finished job. Even after success, the file may be in doubt. */
static void
reap_job(struct writeback *w)
{
	if (writeback_job_end(&w->job)) {
		if (w->job.why != NULL)
			fail_job(w);
		else
			end_job(w);
	}
	if (!w->job.running && !w->new_file && store_is_doubtful(w->job.store))
		start_new_file(w);
}

/* --- Rounds --- */

/* Appends a slice of the pairs that live in the segments being cleaned. */
static void
clean_slice(struct writeback *w)
{
	struct answer a;
	bool gone;

	for (int n = 0; w->cleaning_at < w->cleaning_n && n < SLICE; n++) {
		uint32_t part = w->cleaning_parts[w->cleaning_at], pair;

		if (!segment_next(&w->cleaning_reader, &a, &gone)) {
			if (++w->cleaning_at < w->cleaning_n)
				segment_open(&w->cleaning_reader, w->cleaning[w->cleaning_at],
				    SEGMENT_SIZE);
			continue;
		}
		pair = gone ? CACHE_NONE : cache_find(w->cache, &a.addr, a.name);
		if (pair != CACHE_NONE && cache_place(w->cache, pair) == part + 1) {
			cache_get(w->cache, pair, &a);
			add_pair(w, &a, pair);
		}
	}
	if (w->cleaning_at < w->cleaning_n)
		return;
	free(w->cleaning);
	w->cleaning = NULL;
	w->cleaning_n = 0;
}

/* Appends a slice of the changed pairs. False: no changed pair is left. */
static bool
collect_slice(struct writeback *w)
{
	struct answer a;
	uint32_t pair;

	for (int n = 0; n < SLICE; n++) {
		if (!cache_read(w->cache, &w->reader, &a, &pair)) {
			w->rewriting = false;
			return false;
		}
		add_pair(w, &a, pair);
	}
	return true;
}

static bool
is_changed(const struct writeback *w)
{
	return w->reader.next != CACHE_NONE || w->log.changed || w->log.full_n > 0 || w->new_file;
}

/*
 * A commit is due early if the round has written much, since only a commit frees slots. A new file
 * and writeback_finish have no such limit: they write everything in one commit.
 */
static bool
is_large_round(const struct writeback *w)
{
	return w->round_ends != NEVER && w->uncommitted > w->log.n / 8 + 2 * WRITEBACK_JOB_SEGMENTS;
}

/* Does a slice of a round. True: more can be done now. */
static bool
do_round(struct writeback *w, int64_t now)
{
	bool idle = !w->job.running && !w->submitted, large = is_large_round(w);

	if (w->log.full_n >= WRITEBACK_JOB_SEGMENTS) {
		if (idle)
			submit(w, false);
		return false;
	}
	if (w->cleaning_n > 0) {
		clean_slice(w);
		return true;
	}
	if (now < w->round_ends && !large && collect_slice(w))
		return true;
	if (!idle)
		return false;
	submit(w, true);
	w->round = false;
	w->due = large ? now : NEVER;
	return false;
}

/* A round begins when four fifths of the interval are over, to be done at the interval's end. */
static void
begin_round(struct writeback *w, int64_t now)
{
	if (w->due == NEVER && is_changed(w))
		w->due = now + w->interval / 5 * 4;
	w->round = w->cleaning_n > 0 || now >= w->due;
	w->round_ends = w->new_file ? NEVER : now + w->interval;
}

static bool
wants_shrinking(const struct writeback *w, int64_t now)
{
	return !w->job.running && !w->submitted && !w->round && w->log.full_n == 0 &&
	    w->log.outdated.n == 0 && w->cleaning_n == 0 && now >= w->shrink_at &&
	    seglog_is_loose(&w->log);
}

void
writeback_turn(struct writeback *w, struct loop *loop)
{
	int64_t now = clock_mono();

	reap_job(w);
	if (w->submitted && now >= w->retry_at)
		start_job(w);
	if (!w->round)
		begin_round(w, now);
	if (w->round && do_round(w, now)) {
		loop_wake(loop, now);
	} else if (wants_shrinking(w, now)) {
		w->job.moved = mem_zero(store_slots(w->job.store), sizeof(*w->job.moved));
		start_job(w);
	}
	if (w->job.running)
		loop_add(loop, w->job.done[0], POLLIN);
	if (w->submitted)
		loop_wake(loop, w->retry_at);
	if (!w->round)
		loop_wake(loop, w->due);
}

static void
wait_for_job(struct writeback *w)
{
	struct pollfd fd = { .fd = w->job.done[0], .events = POLLIN };

	while (w->job.running) {
		poll(&fd, 1, -1);
		reap_job(w);
	}
}

/* If the file is in doubt, tries only once to write a new file. */
const char *
writeback_finish(struct writeback *w)
{
	unsigned new_files;

	wait_for_job(w);
	reap_job(w);
	new_files = w->new_files;
	while (w->submitted || w->cleaning_n > 0 || is_changed(w)) {
		w->round_ends = NEVER;
		if (w->submitted)
			start_job(w);
		else
			do_round(w, 0);
		wait_for_job(w);
		if (w->submitted || w->new_files > new_files + 1)
			return w->why;
	}
	return NULL;
}

struct writeback_counters
writeback_count(const struct writeback *w)
{
	struct writeback_counters n = w->counters;

	n.segments = w->log.n;
	n.live_bytes = w->log.live_bytes;
	return n;
}
