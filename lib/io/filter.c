#include "io/filter.h"

#include <string.h>
#include <unistd.h>

#define OUT_LIMIT (PACE_HIGH_WATER + FILTER_ROOM)

void
filter_open(struct filter *f, size_t line_max)
{
	memset(f, 0, sizeof(*f));
	linereader_open(&f->in, STDIN_FILENO, line_max);
	linewriter_open(&f->out, STDOUT_FILENO, OUT_LIMIT);
	loop_signals();
}

static bool
must_wait(const struct filter *f)
{
	return !f->lossy && pace_is_full(&f->out);
}

void
filter_begin(struct filter *f)
{
	f->reading = !f->in.eof && !f->more && !must_wait(f);
	loop_begin(&f->loop);
	/* Before stdin: what poll(2) finds in a FIFO was written before it looks at stdin. */
	if (f->merges != NULL)
		merges_begin(f->merges, &f->loop, !must_wait(f));
	f->stdin_at = loop_add(&f->loop, f->reading ? f->in.fd : -1, POLLIN);
	pace_begin(&f->pace, &f->loop, &f->out);
	drain_wake(&f->drain, &f->loop);
}

/* Whether lines of stdin or a FIFO may be in memory. */
static bool
has_lines(const struct filter *f)
{
	return f->more || (f->merges != NULL && merges_have_lines(f->merges));
}

/* Whether a FIFO has more, which is only asked at the end of stdin. */
static bool
has_unread(const struct filter *f)
{
	return f->in.eof && f->merges != NULL && merges_have_unread(f->merges);
}

static bool
is_over(const struct filter *f)
{
	bool more = has_lines(f) || has_unread(f);

	if (f->out.broken && !f->lossy)
		return true;
	if (f->drain.stopping)
		return drain_is_over(&f->drain, f->in.eof, more);
	return f->in.eof && !more && !f->outlives_input;
}

/* Reads what has arrived on stdin. False if nothing has. */
static bool
read_stdin(struct filter *f)
{
	size_t before = f->in.tail - f->in.head;

	if (loop_events(&f->loop, f->stdin_at) == 0 || !linereader_read(&f->in))
		return false;
	f->stdin_read += f->in.tail - f->in.head - before;
	return true;
}

static bool
read_merges(struct filter *f)
{
	bool stdin_empty = f->in.eof || (f->reading && loop_events(&f->loop, f->stdin_at) == 0);

	return f->merges != NULL &&
	    merges_turn(f->merges, &f->loop, f->stdin_read, stdin_empty);
}

bool
filter_wait(struct filter *f)
{
	if (is_over(f))
		return false;
	pace_wait(&f->pace, &f->loop, &f->out, has_lines(f) && !must_wait(f));
	drain_signals(&f->drain);
	/* While the output is blocked, stdin is not polled; this does not count as quiet. */
	if (!f->reading || read_stdin(f))
		drain_extend(&f->drain);
	if (read_merges(f))
		drain_extend(&f->drain);
	f->more = true;
	return true;
}

/* The next line of stdin, or of the first FIFO with one. */
static enum linereader_result
next_line(struct filter *f, struct str *line)
{
	enum linereader_result result = linereader_line(&f->in, line);

	f->source = NULL;
	if (result == LINEREADER_LINE && f->in.line == 1)
		f->kind = kind_of(*line);
	if (result == LINEREADER_NONE && f->merges != NULL)
		result = merges_line(f->merges, line, &f->source);
	return result;
}

bool
filter_line(struct filter *f, struct str *line)
{
	while (!must_wait(f)) {
		switch (next_line(f, line)) {
		case LINEREADER_LINE:
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

void
filter_bad(struct filter *f, const char *why)
{
	f->bad_lines++;
	if (f->source != NULL)
		log_limited(&f->limit, "%s: line %llu: %s", f->source->path,
		    (unsigned long long)f->source->in.line, why);
	else if (f->kind == NULL)
		log_limited(&f->limit, "line %llu: %s", (unsigned long long)f->in.line, why);
	else if (f->bad_lines == 1)
		log_error("stdin: %s", kind_text(f->kind, log_program()));
}

void
filter_end_line(struct filter *f, size_t mark)
{
	if (linewriter_end_line(&f->out, mark))
		return;
	if (f->lossy)
		f->lost++;
	else
		filter_bad(f, "output line too long");
}

void
filter_make_room(struct filter *f)
{
	if (must_wait(f))
		drain_output(&f->drain, &f->loop, &f->out, PACE_HIGH_WATER, f->lossy);
}

int
filter_close(struct filter *f)
{
	int status = f->in.error != 0 ? 2 : 0;

	if (f->in.error != 0)
		log_error("stdin: %s", strerror(f->in.error));
	status |= drain_close(&f->drain, &f->loop, &f->out, f->lossy);
	linereader_free(&f->in);
	loop_free(&f->loop);
	return status;
}
