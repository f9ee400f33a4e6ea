/*
 * One thread runs the loop. A turn expires pairs, waits for stdin, stdout, clients and timers, then
 * serves the clients and merges the lines that have arrived. The thread of the writeback only
 * writes to disk.
 *
 * Invariants:
 * - A change of the cache writes its routes immediately: when a comment or a barrier is passed on,
 *   the output already has the routes of all lines before it.
 * - While stdout is blocked, neither stdin nor a client changes the cache.
 * - The socket exists while the run holds the DB; clients wait in its queue until the DB is loaded.
 */
#include "ipcache/run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "control/control.h"
#include "io/filter.h"
#include "io/owner.h"
#include "io/stats.h"
#include "ipcache/commands.h"
#include "ipcache/db.h"
#include "ipcache/ingest.h"
#include "line/barrier.h"

static const struct run_options *options;
static struct db db;
static struct filter filter;
static struct stats stats;
static struct mirror tap;
static struct control control;
static control_path control_at;
static struct service service;
static struct ingest ingest;
static int comments = -1;
static uint64_t announced, withdrawn;	/* routes */

static void
write_route(const struct route *r)
{
	size_t mark;

	filter_make_room(&filter);
	mark = filter.out.buf.len;
	route_format(r, &filter.out.buf);
	filter_end_line(&filter, mark);
	if (r->verb == ROUTE_ANNOUNCE)
		announced++;
	else
		withdrawn++;
}

/*
 * The limit of pending output is lower for clients than for stdin, so that a large import does not
 * stop stdin.
 */
static bool
has_room(void)
{
	return linewriter_pending(&filter.out) <= LINEWRITER_BLOCK;
}

/* The routes of all answers before the barrier are in the output. */
static void
pass_barrier(struct str id)
{
	size_t mark = filter.out.buf.len;

	barrier_put(id, &filter.out.buf);
	filter_end_line(&filter, mark);
}

/* Writes at most PIPE_BUF bytes, which a pipe accepts whole or not at all (pipe(7)). */
static void
pass_comment(struct str line)
{
	char text[PIPE_BUF];
	struct str id;

	if (barrier_parse(line, &id)) {
		pass_barrier(id);
		return;
	}
	if (comments < 0 || line.n == 0 || line.n >= sizeof(text))
		return;
	memcpy(text, line.p, line.n);
	text[line.n] = '\n';
	if (write(comments, text, line.n + 1) < 0)
		log_limited(&filter.limit, "--comments %s: %s", options->comments, strerror(errno));
}

#define ALWAYS_IN_STATS 2	/* the first counters, which the command stats prints itself */

/* Prints the counters as one line, or appends them to the reply of the command stats. */
static void
write_counters(FILE *to, struct buf *out)
{
	const uint64_t *results = ingest.results;
	const struct writeback_counters saved = writeback_count(db.writeback);
	const struct stats_counter counters[] = {
		{ "pairs", cache_pairs(db.cache) },
		{ "addresses", cache_addresses(db.cache) },
		{ "max_pairs", options->limits.pairs },
		{ "max_addresses", options->limits.addresses },
		{ "max_names", options->limits.names },
		{ "lines", ingest.taken },
		{ "new", results[CACHE_NEW] },
		{ "refreshed", results[CACHE_MERGED] },
		{ "unchanged", results[CACHE_SAME] },
		{ "dead", results[CACHE_DEAD] },
		{ "denied", results[CACHE_DENIED] },
		{ "full", results[CACHE_FULL] },
		{ "evicted", db.evicted },
		{ "ahead_of_clock", results[CACHE_AHEAD_OF_CLOCK] },
		{ "bad_lines", filter.bad_lines },
		{ "announced", announced },
		{ "withdrawn", withdrawn },
		{ "commits", saved.commits },
		{ "failed_commits", saved.failed },
		{ "segments", saved.segments },
		{ "segments_written", saved.written },
		{ "segments_cleaned", saved.cleaned },
		{ "file_bytes", saved.file_bytes },
		{ "live_bytes", saved.live_bytes },
		{ "clients", control.taken },
		{ "clients_refused", control_refused(&control) },
	};
	const size_t n = sizeof(counters) / sizeof(counters[0]);

	if (to != NULL)
		stats_line(to, NULL, counters, n);
	for (size_t i = ALWAYS_IN_STATS; out != NULL && i < n; i++)
		control_reply_count(out, counters[i].key, counters[i].value);
}

static void
print_counters(FILE *to)
{
	write_counters(to, NULL);
}

static void
add_counters(struct buf *out)
{
	write_counters(NULL, out);
}

/* Wakes up at least once a second, since the clock may be set and the machine may sleep. */
static void
wake_for_expiry(int64_t now)
{
	int64_t next = cache_next_expiry(db.cache);
	int64_t in = next <= now ? 0 : next - now < SECOND ? next - now : SECOND;

	if (next != INT64_MAX)
		loop_wake(&filter.loop, clock_mono() + in);
}

static void
run_loop(void)
{
	for (;;) {
		cache_clock(db.cache, clock_wall(), clock_mono());
		cache_expire(db.cache, clock_wall());
		filter_begin(&filter);
		control_begin(&control, &filter.loop);
		stats_turn(&stats, &filter.loop);
		wake_for_expiry(clock_wall());
		writeback_turn(db.writeback, &filter.loop);
		if (!filter_wait(&filter))
			break;
		control_turn(&control, &filter.loop);
		ingest_turn(&ingest, clock_wall());
	}
}

/* --- Start --- */

/* NULL when `why` is NULL, otherwise "OPTION OBJECT: WHY". */
static const char *
reason_about(const char *option, const char *object, const char *why)
{
	static char reason[2048];

	if (why == NULL)
		return NULL;
	snprintf(reason, sizeof(reason), "%s%s: %s", option, object, why);
	return reason;
}

/* A FIFO for comments must already have a reader: with O_NONBLOCK, open(2) fails without one. */
static const char *
open_files(void)
{
	const char *why;

	if (options->stats != NULL && (why = stats_keep(&stats, options->stats)) != NULL)
		return reason_about("--stats ", options->stats, why);
	if (options->tap != NULL && (why = mirror_open(&tap, options->tap)) != NULL)
		return reason_about("--tap ", options->tap, why);
	if (options->comments == NULL)
		return NULL;
	comments = owner_open(options->comments, O_WRONLY | O_APPEND | O_NONBLOCK);
	return comments >= 0 ? NULL :
	    reason_about("--comments ", options->comments, strerror(errno));
}

static const char *
listen_for_commands(const struct command_host *host)
{
	const char *why = "path too long for a socket";

	service = commands_service(host);
	if (control_path_of(options->db, control_at))
		why = control_open(&control, control_at, &service);
	return reason_about(options->db, ".sock", why);
}

/* Saves LIFE and limits for commands without a run. A failure puts the file in doubt (store.c). */
static void
store_terms_of_run(void)
{
	struct store_terms terms = { .limits = options->limits };
	const char *why;

	strcpy(terms.life, options->life_text);	/* fits: life_parse accepted the text */
	if ((why = store_set_terms(db.store, &terms)) != NULL)
		log_error("%s: %s", options->db, why);
}

static const char *
load_db(void)
{
	const char *why = db_open(&db);

	if (why == NULL)
		why = db_load(&db, &options->life, write_route, options->guard, &options->limits,
		    options->sync_interval);
	if (why != NULL)
		return reason_about("", options->db, why);
	store_terms_of_run();
	return NULL;
}

/* Opens files, lock and socket first: the sandbox forbids opening them later. */
static const char *
prepare(const struct command_host *host)
{
	const char *why = open_files();

	if (why == NULL)
		why = reason_about("", options->db, db_claim_for_run(&db, options->db));
	if (why != NULL)
		return why;
	filter_open(&filter, ANSWER_MAX - 1);
	filter.out.tap = &tap;
	stats.print = print_counters;
	if ((why = listen_for_commands(host)) != NULL)
		return why;
	why = db_confine(options->db, options->stats, options->tap);
	if (why != NULL)
		control_close(&control);
	return why;
}

/* Prepares for lines and clients, and writes the routes of the loaded pairs. */
static void
start(struct command_host *host)
{
	ingest = (struct ingest){ .filter = &filter, .cache = db.cache, .comment = pass_comment };
	host->cache = db.cache;
	while (host->run == 0)
		host->run = hash_seed();
	cache_replay(db.cache);
	filter_make_room(&filter);
	buf_str(&filter.out.buf, STR("end-of-rib\n"));
	pass_comment(STR("# end-of-rib"));
}

/* --- End --- */

/* Warns of input without effect. Empty input from a device is normal: a service has /dev/null. */
static void
report_refusals(void)
{
	struct buf text = BUF(1024);
	struct stat st;

	if (ingest_refusals(ingest.results, options->life_text, &text))
		log_warn("%.*s", (int)text.len, text.data);
	else if (filter.in.eof && filter.in.line == 0 && fstat(STDIN_FILENO, &st) == 0 &&
	    !S_ISCHR(st.st_mode))
		log_warn("stdin: no input; did the program before ipcache fail?");
	buf_free(&text);
}

static int
end_run(void)
{
	const char *why;
	int status;

	report_refusals();
	control_close(&control);
	if ((why = writeback_finish(db.writeback)) != NULL)
		log_error("%s: not saved: %s", options->db, why);
	stats_close(&stats);
	status = filter_close(&filter);
	mirror_close(&tap);
	db_close(&db);
	return why != NULL ? 2 : status;
}

const char *
run(const struct run_options *o, int *status)
{
	struct command_host host = { .life = o->life_text, .count = add_counters,
	    .has_room = has_room };
	const char *why;

	options = o;
	if ((why = prepare(&host)) != NULL)
		return why;
	if ((why = load_db()) != NULL) {
		control_close(&control);
		db_close(&db);
		return why;
	}
	start(&host);
	run_loop();
	*status = end_run();
	return NULL;
}
