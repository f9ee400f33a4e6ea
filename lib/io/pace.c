#include "io/pace.h"

#include "base/clock.h"

#define DELAY (SECOND / 500)	/* the longest wait of a line for a full block */

void
pace_begin(struct pace *p, struct loop *l, const struct linewriter *o)
{
	p->place = loop_add(l, o->broken ? -1 : o->fd, o->blocked ? POLLOUT : 0);
}

/* Whether a descriptor other than the output has an event. */
static bool
has_input(const struct pace *p, const struct loop *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (i != p->place && loop_events(l, i) != 0)
			return true;
	return false;
}

static bool
is_overdue(struct pace *p)
{
	int64_t now = clock_mono();

	if (p->since == 0)
		p->since = now;
	return now - p->since >= DELAY;
}

static void
serve_output(const struct pace *p, const struct loop *l, struct linewriter *o)
{
	short events = loop_events(l, p->place);

	if (events & (POLLERR | POLLHUP | POLLNVAL))
		linewriter_hang_up(o);
	else if (events & POLLOUT)
		linewriter_flush(o);
}

void
pace_wait(struct pace *p, struct loop *l, struct linewriter *o, bool more)
{
	bool ready = linewriter_pending(o) > 0 && !o->blocked;

	if (ready || more)
		loop_look(l);
	else
		loop_wait(l);
	if (ready && (linewriter_pending(o) >= LINEWRITER_BLOCK || !(more || has_input(p, l)) ||
	    is_overdue(p)))
		linewriter_flush(o);
	serve_output(p, l, o);
	if (linewriter_pending(o) == 0)
		p->since = 0;
}
