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
	f->stdin_at = loop_add(&f->loop, f->reading ? f->in.fd : -1, POLLIN);
	pace_begin(&f->pace, &f->loop, &f->out);
	drain_wake(&f->drain, &f->loop);
}

static bool
is_over(const struct filter *f)
{
	if (f->out.broken && !f->lossy)
		return true;
	if (f->drain.stopping)
		return drain_is_over(&f->drain, f->in.eof, f->more);
	return f->in.eof && !f->more && !f->outlives_input;
}

bool
filter_wait(struct filter *f)
{
	if (is_over(f))
		return false;
	pace_wait(&f->pace, &f->loop, &f->out, f->more && !must_wait(f));
	drain_signals(&f->drain);
	/* While the output is blocked, stdin is not polled; this does not count as quiet. */
	if (!f->reading ||
	    (loop_events(&f->loop, f->stdin_at) != 0 && linereader_read(&f->in)))
		drain_extend(&f->drain);
	f->more = true;
	return true;
}

bool
filter_line(struct filter *f, struct str *line)
{
	while (!must_wait(f)) {
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

void
filter_bad(struct filter *f, const char *why)
{
	f->bad_lines++;
	if (f->kind == NULL)
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
