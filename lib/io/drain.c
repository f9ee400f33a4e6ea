#include "io/drain.h"

#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define QUIET (1 * SECOND)
#define PATIENCE (5 * SECOND)

bool
drain_signals(struct drain *d)
{
	bool term = loop_signalled(SIGTERM), interrupt = loop_signalled(SIGINT);

	if ((!term && !interrupt) || d->stopping)
		return false;
	d->stopping = true;
	d->stop_at = clock_mono() + PATIENCE;
	drain_extend(d);
	return true;
}

void
drain_extend(struct drain *d)
{
	if (d->stopping)
		d->quiet_at = clock_mono() + QUIET;
}

void
drain_wake(const struct drain *d, struct loop *l)
{
	if (d->stopping)
		loop_wake(l, d->quiet_at < d->stop_at ? d->quiet_at : d->stop_at);
}

bool
drain_is_late(const struct drain *d)
{
	return d->stopping && clock_mono() >= d->stop_at;
}

bool
drain_is_over(const struct drain *d, bool ended, bool more)
{
	if (!d->stopping)
		return false;
	return drain_is_late(d) || (!more && (ended || clock_mono() >= d->quiet_at));
}

void
drain_output(struct drain *d, struct loop *l, struct linewriter *o, size_t level, bool lossy)
{
	size_t place;

	if (!o->blocked)
		linewriter_flush(o);
	while (linewriter_pending(o) > level && !drain_is_late(d)) {
		loop_begin(l);
		place = loop_add(l, o->fd, POLLOUT);
		if (d->stopping || lossy)
			loop_wake(l, lossy ? 0 : d->stop_at);
		loop_wait(l);
		drain_signals(d);
		if (loop_events(l, place) != 0)
			linewriter_flush(o);
		else if (lossy)
			break;
	}
}

int
drain_close(struct drain *d, struct loop *l, struct linewriter *o, bool lossy)
{
	int status = 0;

	drain_output(d, l, o, 0, lossy);
	if (o->error != 0) {
		log_error("stdout: %s", strerror(o->error));
		status = 2;
	}
	if (linewriter_pending(o) > 0 && !lossy)
		log_warn("stdout: %zu bytes lost; the reader was too slow",
		    linewriter_pending(o));
	linewriter_free(o);
	return status;
}
