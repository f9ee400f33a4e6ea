/*
 * A command first reads its lines: answers (import, retag) or selectors (export, delete). Export,
 * delete and stats then work in steps of bounded cost and output, so that they delay neither the
 * run nor another client. They walk over all pairs; an export since a known serial reads only the
 * pairs that changed later. --follow continues with further changes, without an end.
 *
 * Invariants:
 * - An export prints each pair that exists throughout the export. A change during the export has an
 *   epoch above `until`. A later export since the serial that this export prints has the change.
 * - Serials compare only within one run: an export since a serial of another run prints all pairs.
 */
#include "ipcache/command.h"

#include "base/clock.h"
#include "base/num.h"
#include "io/kind.h"
#include "ipcache/ingest.h"

#define STEP_COST 256		/* the most cost of a step, in comparisons with a prefix: 10 us */
#define CHANGE_COST 64		/* cost of removing a pair and its route, in the same unit */
#define WARNED_MAX 100		/* bad lines that are reported one by one */
/* --follow: a pair that changes repeatedly within a round is written once. */
#define ROUND (SECOND / 10)
#define SERIAL_EVERY SECOND	/* --follow: pause between serials while pairs change */
/* --follow without changes: writing a serial detects a closed connection and frees its slot. */
#define SERIAL_IDLE (10 * SECOND)

typedef unsigned long long ull;

static void
finish(struct command *c, int status, struct buf *out)
{
	if (c->reading)
		cache_detach(c->host->cache, &c->reader);
	c->reading = false;
	control_reply_status(out, status);
	c->state = COMMAND_DONE;
}

static void
finish_with_error(struct command *c, const char *why, struct buf *out)
{
	control_reply_warn(out, "%s", why);
	finish(c, 2, out);
}

/* Sets the epochs to export. If `word` is a serial of this run, skips the walk over all pairs. */
static void
find_since(struct command *c, struct str word)
{
	struct serial since;

	c->until = c->since = cache_serial(c->host->cache);
	if (word.p == NULL || !serial_parse(word, &since) || since.run != c->host->run ||
	    since.epoch > c->until)
		return;
	c->since = since.epoch;
	c->at = CACHE_NONE;
}

void
command_open(struct command *c, const struct command_host *host, const struct control_proto *r,
    struct buf *out)
{
	*c = (struct command){ .host = host, .verb = r->verb, .follow = r->follow,
	    .since_asked = r->since.p != NULL, .unsaid = r->follow, .oldest = -1,
	    .newest = -1 };
	if (c->verb == VERB_RETAG)
		retag_open(&c->retag, host->cache, r->force);
	if (c->follow && host->run == 0)
		finish_with_error(c, "no ipcache run uses the DB; --follow needs one", out);
	else if (host->run != 0 && (c->follow || c->since_asked))
		find_since(c, r->since);
}

void
command_close(void *command)
{
	struct command *c = command;

	if (c->reading)
		cache_detach(c->host->cache, &c->reader);
	selector_set_free(&c->words);
	retag_close(&c->retag);
}

/* --- Lines --- */

/* Input in another format, recognized by its first line (kind.h), is reported once. */
static void
report_bad_line(struct command *c, uint64_t number, const char *why, struct buf *out)
{
	if (c->bad++ >= WARNED_MAX || (c->kind != NULL && c->bad > 1))
		return;
	if (c->kind != NULL)
		control_reply_warn(out, "stdin: %s", kind_text(c->kind, "ipcache import"));
	else
		control_reply_warn(out, "line %llu: %s", (ull)number, why);
}

static void
add_word(struct command *c, struct str line, struct buf *out)
{
	const char *why = c->words.n < COMMAND_WORDS_MAX ? selector_set_add(&c->words, line) :
	    "too many addresses, prefixes and names; repeat the command for the rest";

	if (why != NULL)
		finish_with_error(c, why, out);
}

/*
 * The clock of another machine may be ahead. A TIME that is ahead by at most CACHE_AHEAD counts as
 * now, so that an imported pair does not outlive a local pair.
 */
static void
import_line(struct command *c, struct answer *a, uint64_t number, int64_t now, struct buf *out)
{
	enum cache_result result;

	a->imported = true;
	if (a->time > now && a->time <= now + CACHE_AHEAD)
		a->time = now;
	result = cache_merge(c->host->cache, a, cache_key(c->host->cache, a), now);
	c->results[result]++;
	if (result == CACHE_AHEAD_OF_CLOCK && c->results[result] <= WARNED_MAX)
		control_reply_warn(out, "line %llu: TIME is more than a minute ahead of the clock",
		    (ull)number);
}

static bool
takes_words(const struct command *c)
{
	return c->verb == VERB_DELETE || c->verb == VERB_EXPORT;
}

void
command_line(void *command, struct str line, uint64_t number, int64_t now, struct buf *out)
{
	struct command *c = command;
	struct answer a;
	const char *why;

	if (takes_words(c)) {
		add_word(c, line, out);
		return;
	}
	if (c->verb == VERB_STATS || answer_is_comment(line))
		return;
	if (c->lines++ == 0)
		c->kind = kind_of(line);
	if ((why = answer_parse(line, &a)) != NULL)
		report_bad_line(c, number, why, out);
	else if (c->verb == VERB_IMPORT)
		import_line(c, &a, number, now, out);
	else
		retag_line(&c->retag, &a);
}

void
command_bad_line(void *command, uint64_t number, const char *why, struct buf *out)
{
	struct command *c = command;

	if (takes_words(c)) {
		finish_with_error(c, why, out);
		return;
	}
	c->lines++;
	report_bad_line(c, number, why, out);
}

static void
end_import(struct command *c, struct buf *out)
{
	struct buf text = BUF(1024);

	if (ingest_refusals(c->results, c->host->life, &text))
		control_reply_warn(out, "%.*s", (int)text.len, text.data);
	buf_free(&text);
	if (c->bad > 1)
		control_reply_warn(out, "%llu of %llu lines are malformed and were ignored",
		    (ull)c->bad, (ull)c->lines);
	finish(c, 0, out);
}

static void
report_retag(const struct command *c, struct buf *out)
{
	const struct retag *r = &c->retag;

	if (c->bad + r->outdated + r->too_long > 0)
		control_reply_warn(out,
		    "%llu lines: %llu pairs retagged, %llu deleted, %llu not found; "
		    "refused: %llu outdated, %llu too long, %llu malformed", (ull)c->lines,
		    (ull)r->retagged, (ull)r->deleted, (ull)r->unknown, (ull)r->outdated,
		    (ull)r->too_long, (ull)c->bad);
}

/* After the last line: deletes the marked pairs in steps, unless they are too many. */
static void
end_retag(struct command *c, struct buf *out)
{
	char marked[NUM_GROUPED_STRLEN], pairs[NUM_GROUPED_STRLEN];

	if (!retag_is_refused(&c->retag)) {
		c->state = COMMAND_WORKS;
		return;
	}
	control_reply_warn(out, "retag: %s of %s pairs match no list and are not deleted; "
	    "check the lists, --force deletes the pairs",
	    num_format_grouped(c->retag.marked, marked),
	    num_format_grouped(cache_pairs(c->host->cache), pairs));
	report_retag(c, out);
	finish(c, 1, out);
}

/* --follow attaches its reader before the walk, so that it misses no change. */
static void
begin_export(struct command *c)
{
	c->state = COMMAND_WORKS;
	if (c->at != CACHE_NONE && !c->follow)
		return;
	cache_attach(c->host->cache, &c->reader, c->until);
	c->reading = true;
}

void
command_end(void *command, struct buf *out)
{
	struct command *c = command;

	switch (c->verb) {
	case VERB_IMPORT:
		end_import(c, out);
		break;
	case VERB_RETAG:
		end_retag(c, out);
		break;
	case VERB_EXPORT:
		begin_export(c);
		break;
	case VERB_DELETE:
	case VERB_STATS:
		c->state = COMMAND_WORKS;
		break;
	}
}

/* --- Steps over the pairs --- */

/*
 * Appends the line of a pair. Skips a line that is too long, with a warning; cache_merge should
 * prevent such pairs.
 */
static void
write_pair(struct command *c, const struct answer *a, struct buf *out)
{
	size_t mark = out->len;

	answer_format(a, out);
	c->unsaid = true;
	if (out->len - mark <= ANSWER_MAX)
		return;
	buf_cut(out, mark);
	control_reply_warn(out, "%.*s: pair omitted: its line is too long", (int)a->name.n,
	    a->name.p);
}

static void
count_pair(struct command *c, const struct answer *a)
{
	if (a->addr.family == ADDR_V4)
		c->v4++;
	else
		c->v6++;
	if (c->oldest < 0 || a->time < c->oldest)
		c->oldest = a->time;
	if (a->time > c->newest)
		c->newest = a->time;
}

/* Applies the command to a pair. Returns the cost, in the unit of STEP_COST. */
static size_t
apply_to_pair(struct command *c, uint32_t pair, struct buf *out)
{
	size_t cost = 0;
	struct answer a;

	if (c->verb == VERB_RETAG)
		return retag_delete(&c->retag, pair) ? CHANGE_COST : 0;
	cache_get(c->host->cache, pair, &a);
	if (c->verb == VERB_STATS) {
		count_pair(c, &a);
	} else if (!selector_set_match(&c->words, &a, c->verb == VERB_EXPORT, &cost)) {
		return cost;
	} else if (c->verb == VERB_EXPORT) {
		write_pair(c, &a, out);
	} else {
		cache_remove(c->host->cache, pair);
		cost += CHANGE_COST;
	}
	return cost;
}

/* Handles the next pairs of the cache. True at the end of the cache. */
static bool
walk_pairs(struct command *c, struct buf *out)
{
	const struct cache *cache = c->host->cache;
	size_t mark = out->len;

	for (size_t cost = 0; cost < STEP_COST && out->len - mark < CONTROL_REPLY_MAX; cost++) {
		uint32_t number = c->at;

		if (number >= cache_top(cache))
			return true;
		c->at++;
		if (cache_is_pair(cache, number))
			cost += apply_to_pair(c, number, out);
	}
	return false;
}

/* Handles the next changes. True when no change is left that the export must print. */
static bool
read_changes(struct command *c, struct buf *out)
{
	size_t mark = out->len;
	struct answer a;
	uint32_t pair;

	if (!c->sought) {
		c->sought = cache_seek(c->host->cache, &c->reader, c->since);
		return false;
	}
	for (size_t cost = 0; cost < STEP_COST && out->len - mark < CONTROL_REPLY_MAX; cost++) {
		if (!cache_read(c->host->cache, &c->reader, &a, &pair))
			return true;
		if (!c->follow && cache_epoch_of(c->host->cache, pair) > c->until)
			return true;
		cost += apply_to_pair(c, pair, out);
	}
	return false;
}

/* --- The end --- */

static void
write_serial(const struct command *c, uint64_t epoch, struct buf *out)
{
	const struct serial serial = { c->host->run, epoch };

	buf_str(out, STR("# serial "));
	if (serial.run != 0)
		serial_format(&serial, out);
	else
		buf_byte(out, '0');
	buf_byte(out, '\n');
}

/* Reports one selector without a match. True when none is left. */
static bool
report_missing(struct command *c, struct buf *out)
{
	const struct selector *missing = selector_set_next_missing(&c->words);
	char text[NAME_STRLEN];

	if (missing == NULL)
		return true;
	selector_format(missing, text);
	control_reply_warn(out, "%s: not in the cache", text);
	c->status = 1;
	return false;
}

static void
put_time(const char *key, int64_t time, struct buf *out)
{
	char text[TIME_STRLEN];

	if (time < 0)
		return;
	time_format(time, text);
	control_reply_field(out, key, str_of(text));
}

static void
report_stats(const struct command *c, struct buf *out)
{
	const struct command_host *h = c->host;

	control_reply_count(out, "pairs", cache_pairs(h->cache));
	control_reply_count(out, "addresses", cache_addresses(h->cache));
	control_reply_count(out, "ipv4_pairs", c->v4);
	control_reply_count(out, "ipv6_pairs", c->v6);
	put_time("oldest", c->oldest, out);
	put_time("newest", c->newest, out);
	control_reply_field(out, "life", str_of(h->life));
	control_reply_count(out, "run", h->run != 0);
	if (h->count != NULL)
		h->count(out);
}

/* A selector without a match is no failure with --since: its pairs may be unchanged. */
static void
end_walk(struct command *c, struct buf *out)
{
	if (c->since_asked)
		write_serial(c, c->until, out);
	else if (!report_missing(c, out))
		return;
	if (c->verb == VERB_STATS)
		report_stats(c, out);
	else if (c->verb == VERB_RETAG)
		report_retag(c, out);
	finish(c, c->status, out);
}

static int64_t
serial_due(const struct command *c)
{
	return c->serial_at + (c->unsaid ? SERIAL_EVERY : SERIAL_IDLE);
}

static void
step_follower(struct command *c, int64_t now, struct buf *out)
{
	if (c->at != CACHE_NONE) {
		if (walk_pairs(c, out))
			c->at = CACHE_NONE;
		return;
	}
	c->state = COMMAND_WORKS;
	if (!read_changes(c, out))
		return;
	c->state = COMMAND_FOLLOWS;
	c->round_at = now + ROUND;
	if (now < serial_due(c))
		return;
	write_serial(c, cache_serial(c->host->cache), out);
	c->unsaid = false;
	c->serial_at = now;
}

void
command_step(void *command, int64_t now, struct buf *out)
{
	struct command *c = command;

	if (c->follow)
		step_follower(c, now, out);
	else if (c->words.checked > 0 || (c->reading ? read_changes(c, out) : walk_pairs(c, out)))
		end_walk(c, out);
}

int64_t
command_due(const void *command)
{
	const struct command *c = command;

	if (c->state == COMMAND_WORKS)
		return 0;
	if (c->state != COMMAND_FOLLOWS)
		return NEVER;
	if (c->reader.next != CACHE_NONE && c->round_at < serial_due(c))
		return c->round_at;
	return serial_due(c);
}

bool
command_changes(const void *command)
{
	const struct command *c = command;

	return c->verb != VERB_EXPORT && c->verb != VERB_STATS;
}
