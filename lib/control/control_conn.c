/*
 * A connection has three phases: NEW before the request, JOB while its job is open, REFUSED when
 * only the reply is left to write. A job runs only while there is room for its output: a client
 * that does not read its reply stops its own job.
 *
 * Invariants:
 * - A connection occupies a slot of its job's kind in phase JOB, and in no other phase.
 * - The output buffer holds at most OUT_HIGH bytes and the output of one step.
 * - Lines are read only while the job takes lines; further lines wait in the socket.
 */
#include "control/control_conn.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "control/control_reply.h"

#define REQUEST_TIME (10 * SECOND)	/* time limit for the request */
#define OUT_HIGH (64 * 1024)	/* stop the job while the client has left this many bytes unread */

void
control_conn_open(struct control_conn *t, int fd, const struct service *service,
    struct control_conn_slots *slots, int64_t now)
{
	*t = (struct control_conn){ .service = service, .slots = slots, .more = true, .opened = now,
	    .moved = now };
	linereader_open(&t->in, fd, REQUEST_MAX - 1);
	linereader_read(&t->in);
	linewriter_open(&t->out, fd, OUT_HIGH + service->step_max);
}

static bool
is_kind_full(const struct control_conn *t)
{
	const struct service *s = t->service;

	return s->kind != NULL && s->kinds[t->kind].most > 0 &&
	    t->slots->taken[t->kind] >= s->kinds[t->kind].most;
}

bool
control_conn_kind_is_full(const struct control_conn *t)
{
	return t->phase == CONTROL_CONN_JOB && is_kind_full(t);
}

/* Occupies a slot for the job. Returns NULL, or the reason why no slot is free. */
static const char *
take_slot(struct control_conn *t)
{
	const struct service *s = t->service;

	t->kind = s->kind != NULL ? s->kind(t->job) : 0;
	if (is_kind_full(t)) {
		t->slots->refused++;
		return s->kinds[t->kind].full;
	}
	t->slots->taken[t->kind]++;
	return NULL;
}

static void
close_job(struct control_conn *t)
{
	if (t->service->close != NULL)
		t->service->close(t->job);
}

static void
end_job(struct control_conn *t)
{
	if (t->phase != CONTROL_CONN_JOB)
		return;
	close_job(t);
	t->slots->taken[t->kind]--;
	t->phase = CONTROL_CONN_REFUSED;
}

void
control_conn_close(struct control_conn *t)
{
	end_job(t);
	free(t->job);
	close(t->in.fd);
	linereader_free(&t->in);
	linewriter_free(&t->out);
}

static bool
waits_for_lines(const struct control_conn *t)
{
	return t->phase == CONTROL_CONN_NEW ||
	    (t->phase == CONTROL_CONN_JOB && t->service->takes(t->job));
}

static bool
is_held_up(const struct control_conn *t)
{
	return linewriter_pending(&t->out) > OUT_HIGH ||
	    (t->phase == CONTROL_CONN_JOB && t->service->is_held_up != NULL &&
	    t->service->is_held_up(t->job));
}

/* The monotonic time of the next work that needs no data from the client; 0: now; NEVER: none. */
static int64_t
work_due(const struct control_conn *t)
{
	if (t->phase == CONTROL_CONN_REFUSED || is_held_up(t))
		return NEVER;
	if (waits_for_lines(t))
		return t->more ? 0 : NEVER;
	return t->service->due != NULL ? t->service->due(t->job) : NEVER;
}

void
control_conn_begin(struct control_conn *t, struct loop *l)
{
	bool reads = waits_for_lines(t) && !t->more && !t->in.eof && !is_held_up(t);
	bool writes = t->out.blocked && !t->out.broken;

	/* A closed connection is not polled: poll(2) would always return immediately. */
	t->place = loop_add(l, t->gone && !reads ? -1 : t->in.fd,
	    (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)));
	loop_wake(l, work_due(t));
	if (t->phase == CONTROL_CONN_NEW)
		loop_wake(l, t->opened + REQUEST_TIME);
}

void
control_conn_carry(struct control_conn *t, const struct loop *l, int64_t now)
{
	short events = loop_events(l, t->place);
	size_t pending = linewriter_pending(&t->out);

	if (events & (POLLHUP | POLLERR)) {
		t->gone = true;
		linewriter_hang_up(&t->out);
	} else if (events & POLLOUT) {
		linewriter_flush(&t->out);
	}
	if (events & (POLLIN | POLLHUP | POLLERR) && waits_for_lines(t) && !t->more) {
		t->more = true;
		if (linereader_read(&t->in))
			t->moved = now;
	}
	if (linewriter_pending(&t->out) < pending)
		t->moved = now;
}

static void
refuse_request(struct control_conn *t, const char *why)
{
	control_reply_warn(&t->out.buf, "%s", why);
	control_reply_status(&t->out.buf, 2);
	t->phase = CONTROL_CONN_REFUSED;
}

static void
handle_request(struct control_conn *t, struct str line)
{
	const struct service *s = t->service;
	const char *why;

	t->job = mem_alloc(s->job_size);
	why = s->open(t->job, s->host, line, &t->out.buf);
	if (why == NULL && (why = take_slot(t)) != NULL)
		close_job(t);
	if (why != NULL) {
		refuse_request(t, why);
		return;
	}
	t->phase = CONTROL_CONN_JOB;
	t->in.line = 0;	/* the line after the request has number 1 */
	t->in.line_max = s->line_max;
}

static void
handle_bad_line(struct control_conn *t, const char *why)
{
	if (t->phase == CONTROL_CONN_NEW)
		refuse_request(t, why);
	else
		t->service->bad_line(t->job, t->in.line, why, &t->out.buf);
}

/* Called when no received line is left. At the end of the input, reports the end to the job. */
static void
handle_end(struct control_conn *t)
{
	t->more = false;
	if (!t->in.eof)
		return;
	if (t->phase == CONTROL_CONN_NEW)
		t->phase = CONTROL_CONN_REFUSED;
	else if (t->in.error != 0)
		end_job(t);
	else
		t->service->end(t->job, &t->out.buf);
}

static void
handle_line(struct control_conn *t)
{
	struct str line;

	switch (linereader_line(&t->in, &line)) {
	case LINEREADER_LINE:
		if (t->phase == CONTROL_CONN_NEW)
			handle_request(t, line);
		else
			t->service->line(t->job, line, t->in.line, clock_wall(), &t->out.buf);
		break;
	case LINEREADER_TOO_LONG:
		handle_bad_line(t, "line too long");
		break;
	case LINEREADER_CUT_OFF:
		handle_bad_line(t, "line cut off: the input ends without a newline");
		break;
	case LINEREADER_NONE:
		handle_end(t);
		break;
	}
}

void
control_conn_work(struct control_conn *t, int64_t until)
{
	int64_t now = clock_mono();

	while (now < until && work_due(t) <= now) {
		if (waits_for_lines(t))
			handle_line(t);
		else
			t->service->step(t->job, now, &t->out.buf);
		if (linewriter_pending(&t->out) > OUT_HIGH && !t->out.blocked)
			linewriter_flush(&t->out);
		now = clock_mono();
	}
	if (!t->out.blocked)
		linewriter_flush(&t->out);
}

bool
control_conn_is_over(const struct control_conn *t, int64_t now)
{
	if (t->phase == CONTROL_CONN_NEW)
		return now - t->opened >= REQUEST_TIME;
	if (t->phase == CONTROL_CONN_JOB && !t->service->is_done(t->job))
		return t->out.broken && (t->service->outlives_client == NULL ||
		    !t->service->outlives_client(t->job));
	return linewriter_pending(&t->out) == 0;
}

bool
control_conn_is_idle(const struct control_conn *t)
{
	return t->out.blocked || (waits_for_lines(t) && !t->more);
}
