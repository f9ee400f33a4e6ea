#include "control/talk.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "control/reply.h"

#define GREETING_TIME (10 * SECOND)	/* for the first line */
/* With so much waiting for the client, nothing more is done for it. */
#define OUT_HIGH (64 * 1024)

void
talk_open(struct talk *t, int fd, const struct service *service, struct talk_slots *slots,
    int64_t now)
{
	*t = (struct talk){ .service = service, .slots = slots, .more = true, .opened = now,
	    .moved = now };
	in_open(&t->in, fd, REQUEST_MAX - 1);
	in_read(&t->in);
	out_open(&t->out, fd, OUT_HIGH + service->step_max);
}

/* A job has a slot of its kind while it is open. NULL, or the reason why there is none. */
static const char *
take_slot(struct talk *t)
{
	const struct service *s = t->service;
	size_t most;

	t->kind = s->kind != NULL ? s->kind(t->job) : 0;
	most = s->kind != NULL ? s->kinds[t->kind].most : 0;
	if (most > 0 && t->slots->taken[t->kind] >= most) {
		t->slots->refused++;
		return s->kinds[t->kind].full;
	}
	t->slots->taken[t->kind]++;
	return NULL;
}

static void
close_job(struct talk *t)
{
	if (t->service->close != NULL)
		t->service->close(t->job);
}

/* Ends a job, if there is one, and frees its slot. */
static void
end_job(struct talk *t)
{
	if (t->phase != TALK_JOB)
		return;
	close_job(t);
	t->slots->taken[t->kind]--;
	t->phase = TALK_REFUSED;
}

bool
talk_kind_is_full(const struct talk *t)
{
	const struct service *s = t->service;

	return t->phase == TALK_JOB && s->kind != NULL && s->kinds[t->kind].most > 0 &&
	    t->slots->taken[t->kind] >= s->kinds[t->kind].most;
}

void
talk_close(struct talk *t)
{
	end_job(t);
	free(t->job);
	close(t->in.fd);
	in_free(&t->in);
	out_free(&t->out);
}

/* It waits for lines. */
static bool
takes(const struct talk *t)
{
	return t->phase == TALK_NEW ||
	    (t->phase == TALK_JOB && t->service->takes(t->job));
}

/* The client does not read its answer, or the program has no room for what the job would bring. */
static bool
is_held_up(const struct talk *t)
{
	return out_pending(&t->out) > OUT_HIGH ||
	    (t->phase == TALK_JOB && t->service->is_held_up != NULL &&
	    t->service->is_held_up(t->job));
}

/* When something can be done without the client, monotonic: 0 at once, NEVER not at all. */
static int64_t
due(const struct talk *t)
{
	if (t->phase == TALK_REFUSED || is_held_up(t))
		return NEVER;
	if (takes(t))
		return t->more ? 0 : NEVER;
	return t->service->due != NULL ? t->service->due(t->job) : NEVER;
}

void
talk_begin(struct talk *t, struct loop *l)
{
	bool reads = takes(t) && !t->more && !t->in.eof && !is_held_up(t);
	bool writes = t->out.blocked && !t->out.broken;

	/* Of one who is gone, poll(2) says so again and again. */
	t->place = loop_add(l, t->gone && !reads ? -1 : t->in.fd,
	    (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)));
	loop_wake(l, due(t));
	if (t->phase == TALK_NEW)
		loop_wake(l, t->opened + GREETING_TIME);
}

void
talk_carry(struct talk *t, const struct loop *l, int64_t now)
{
	short events = loop_events(l, t->place);
	size_t pending = out_pending(&t->out);

	if (events & (POLLHUP | POLLERR)) {
		t->gone = true;
		out_hang_up(&t->out);
	} else if (events & POLLOUT) {
		out_flush(&t->out);
	}
	if (events & (POLLIN | POLLHUP | POLLERR) && takes(t) && !t->more) {
		t->more = true;
		if (in_read(&t->in))
			t->moved = now;
	}
	if (out_pending(&t->out) < pending)
		t->moved = now;
}

static void
refuse(struct talk *t, const char *why)
{
	reply_warn(&t->out.buf, "%s", why);
	reply_status(&t->out.buf, 2);
	t->phase = TALK_REFUSED;
}

static void
take_request(struct talk *t, struct str line)
{
	const struct service *s = t->service;
	const char *why;

	t->job = mem_alloc(s->job_size);
	why = s->open(t->job, s->host, line, &t->out.buf);
	if (why == NULL && (why = take_slot(t)) != NULL)
		close_job(t);
	if (why != NULL) {
		refuse(t, why);
		return;
	}
	t->phase = TALK_JOB;
	t->in.line = 0;	/* its lines are those after this one */
	t->in.line_max = s->line_max;
}

static void
take_bad_line(struct talk *t, const char *why)
{
	if (t->phase == TALK_NEW)
		refuse(t, why);
	else
		t->service->bad_line(t->job, t->in.line, why, &t->out.buf);
}

/* There are no more lines now, or none at all. */
static void
take_end(struct talk *t)
{
	t->more = false;
	if (!t->in.eof)
		return;
	if (t->phase == TALK_NEW)
		t->phase = TALK_REFUSED;
	else if (t->in.error != 0)
		end_job(t);
	else
		t->service->end(t->job, &t->out.buf);
}

static void
take_line(struct talk *t)
{
	struct str line;

	switch (in_line(&t->in, &line)) {
	case IN_LINE:
		if (t->phase == TALK_NEW)
			take_request(t, line);
		else
			t->service->line(t->job, line, t->in.line, clock_wall(), &t->out.buf);
		break;
	case IN_TOO_LONG:
		take_bad_line(t, "line too long");
		break;
	case IN_CUT_OFF:
		take_bad_line(t, "line cut off: the input ends without a newline");
		break;
	case IN_NONE:
		take_end(t);
		break;
	}
}

void
talk_work(struct talk *t, int64_t until)
{
	int64_t now = clock_mono();

	while (now < until && due(t) <= now) {
		if (takes(t))
			take_line(t);
		else
			t->service->step(t->job, now, &t->out.buf);
		if (out_pending(&t->out) > OUT_HIGH && !t->out.blocked)
			out_flush(&t->out);
		now = clock_mono();
	}
	if (!t->out.blocked)
		out_flush(&t->out);
}

bool
talk_is_over(const struct talk *t, int64_t now)
{
	if (t->phase == TALK_NEW)
		return now - t->opened >= GREETING_TIME;
	if (t->phase == TALK_JOB && !t->service->is_done(t->job))
		return t->out.broken && (t->service->outlives_client == NULL ||
		    !t->service->outlives_client(t->job));
	return out_pending(&t->out) == 0;
}

bool
talk_stands_still(const struct talk *t)
{
	return t->out.blocked || (takes(t) && !t->more);
}
