#include "io/filter.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

/* With so much waiting to be written, no more is read but what was begun. */
#define HIGH_WATER (256 * 1024)
#define OUT_LIMIT (HIGH_WATER + FILTER_ROOM)
/* The longest that a line waits for company while input keeps coming. */
#define OUT_DELAY (SECOND / 500)

#define QUIET (1 * SECOND)
#define PATIENCE (5 * SECOND)

void
filter_open(struct filter *f, size_t line_max)
{
	memset(f, 0, sizeof(*f));
	linereader_open(&f->in, STDIN_FILENO, line_max);
	linewriter_open(&f->out, STDOUT_FILENO, OUT_LIMIT);
	loop_signals();
}

static bool
is_full(const struct filter *f)
{
	return !f->lossy && linewriter_pending(&f->out) > HIGH_WATER;
}

void
filter_begin(struct filter *f)
{
	f->reading = !f->in.eof && !f->more && !is_full(f);
	loop_begin(&f->loop);
	f->stdin_at = loop_add(&f->loop, f->reading ? f->in.fd : -1, POLLIN);
	f->stdout_at = loop_add(&f->loop, f->out.broken ? -1 : f->out.fd,
	    f->out.blocked ? POLLOUT : 0);
	if (f->stopping)
		loop_wake(&f->loop, f->quiet_at < f->stop_at ? f->quiet_at : f->stop_at);
}

/* Ends a program before its input does: in order, and within PATIENCE. */
static void
take_signals(struct filter *f)
{
	int64_t now = clock_mono();
	bool term = loop_signalled(SIGTERM), interrupt = loop_signalled(SIGINT);

	if ((!term && !interrupt) || f->stopping)
		return;
	f->stopping = true;
	f->quiet_at = now + QUIET;
	f->stop_at = now + PATIENCE;
}

static bool
is_over(const struct filter *f)
{
	int64_t now = f->stopping ? clock_mono() : 0;

	if (f->out.broken && !f->lossy)
		return true;
	if (f->stopping && now >= f->stop_at)
		return true;	/* even where lines are left, for want of a reader */
	if (f->more)
		return false;
	if (f->stopping)
		return f->in.eof || now >= f->quiet_at;
	return f->in.eof && !f->outlives_input;
}

/*
 * What waits to be written has waited for company long enough: input that makes no lines must not
 * hold it back.
 */
static bool
is_overdue(struct filter *f)
{
	int64_t now = clock_mono();

	if (f->out_since == 0)
		f->out_since = now;
	return now - f->out_since >= OUT_DELAY;
}

/*
 * Waits as long as is right: not at all while lines are left to take, or output is due if input
 * pauses.
 */
static void
wait_turn(struct filter *f)
{
	struct linewriter *o = &f->out;

	if (linewriter_pending(o) >= LINEWRITER_BLOCK && !o->blocked)
		linewriter_flush(o);
	else if (f->more && !is_full(f))
		loop_look(&f->loop);
	else if (linewriter_pending(o) == 0 || o->blocked)
		loop_wait(&f->loop);
	else {
		loop_look(&f->loop);
		if (loop_events(&f->loop, f->stdin_at) == 0 || is_overdue(f))
			linewriter_flush(o);
	}
	if (linewriter_pending(o) == 0)
		f->out_since = 0;
}

bool
filter_wait(struct filter *f)
{
	short in_events, out_events;

	if (is_over(f))
		return false;
	wait_turn(f);
	take_signals(f);
	in_events = loop_events(&f->loop, f->stdin_at);
	out_events = loop_events(&f->loop, f->stdout_at);
	if (out_events & (POLLERR | POLLHUP))
		linewriter_hang_up(&f->out);
	else if (out_events & POLLOUT)
		linewriter_flush(&f->out);
	/* It is quiet only while stdin is asked and says nothing: not while the output is stuck. */
	if (!f->reading || (in_events != 0 && linereader_read(&f->in)))
		f->quiet_at = clock_mono() + QUIET;
	f->more = true;
	return true;
}

bool
filter_line(struct filter *f, struct str *line)
{
	while (!is_full(f)) {
		switch (linereader_line(&f->in, line)) {
		case LINEREADER_LINE:
			if (f->in.line == 1)
				f->kind = kind_of(*line);
			return true;
		case LINEREADER_NONE:
			f->more = false;
			return false;
		case LINEREADER_TOO_LONG:
			filter_bad(f, "line too long");
			break;
		case LINEREADER_CUT_OFF:
			filter_bad(f, "line cut off: the input ends without a newline");
			break;
		}
	}
	return false;
}

struct str
filter_ahead(const struct filter *f)
{
	return is_full(f) ? (struct str){ f->in.data, 0 } : linereader_ahead(&f->in);
}

void
filter_take(struct filter *f, size_t n, size_t lines)
{
	linereader_take(&f->in, n, lines);
}

void
filter_bad_at(struct filter *f, uint64_t number, const char *why)
{
	f->bad_lines++;
	if (f->kind == NULL)
		log_limited(&f->limit, "line %llu: %s", (unsigned long long)number, why);
	else if (f->bad_lines == 1)
		log_error("stdin: %s", kind_text(f->kind, log_program()));
}

void
filter_bad(struct filter *f, const char *why)
{
	filter_bad_at(f, f->in.line, why);
}

void
filter_end_line(struct filter *f, size_t mark)
{
	if (linewriter_end_line(&f->out, mark))
		return;
	if (f->lossy)
		f->lost++;
	else
		filter_bad(f, "the line that it makes is too long");
}

/*
 * Writes, waiting for the reader, till no more than `level` bytes are left: a lossy filter only
 * what is taken at once, and one that was told to end only as long as it has.
 */
static void
drain(struct filter *f, size_t level)
{
	struct linewriter *o = &f->out;

	if (!o->blocked)
		linewriter_flush(o);
	while (linewriter_pending(o) > level && !(f->stopping && clock_mono() >= f->stop_at)) {
		loop_begin(&f->loop);
		f->stdout_at = loop_add(&f->loop, o->fd, POLLOUT);
		if (f->stopping || f->lossy)
			loop_wake(&f->loop, f->lossy ? 0 : f->stop_at);
		loop_wait(&f->loop);
		take_signals(f);
		if (loop_events(&f->loop, f->stdout_at) != 0)
			linewriter_flush(o);
		else if (f->lossy)
			break;
	}
}

void
filter_make_room(struct filter *f)
{
	if (is_full(f))
		drain(f, HIGH_WATER);
}

int
filter_close(struct filter *f)
{
	drain(f, 0);
	if (f->in.error != 0)
		log_error("stdin: %s", strerror(f->in.error));
	if (f->out.error != 0)
		log_error("stdout: %s", strerror(f->out.error));
	if (linewriter_pending(&f->out) > 0 && !f->lossy)
		log_warn("%zu bytes of output lost: nobody read them in time",
		    linewriter_pending(&f->out));
	linereader_free(&f->in);
	linewriter_free(&f->out);
	loop_free(&f->loop);
	return f->in.error != 0 || f->out.error != 0 ? 2 : 0;
}
