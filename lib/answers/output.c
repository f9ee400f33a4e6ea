#include "answers/output.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"

#define DROP_NOTICE (10 * SECOND)

const char *
output_buffer_parse(struct output *o, const char *mib)
{
	uint32_t n;

	if (!num_parse(str_of(mib), 1024 * 1024, &n))
		return "expected MiB from 0 to 1048576";
	o->buffer = n * OUTPUT_MIB;
	return NULL;
}

const char *
output_confine(const struct output *o, struct sandbox *sandbox)
{
	sandbox_allow(sandbox, o->stats.path, SANDBOX_REPLACE);
	sandbox_allow(sandbox, o->tap.path, SANDBOX_WRITE);
	return sandbox_enter(sandbox);
}

void
output_open(struct output *o, size_t message_max)
{
	size_t buffer = o->buffer > PACE_HIGH_WATER ? o->buffer : PACE_HIGH_WATER;

	linewriter_open(&o->lines, STDOUT_FILENO, buffer + message_max);
	o->lines.tap = &o->tap;
}

/* Reports dropped lines, at most once per DROP_NOTICE except at the end. */
static void
report_drops(struct output *o, bool last)
{
	uint64_t dropped = *o->dropped - o->reported;

	if (dropped == 0)
		return;
	if (!last && clock_mono() < o->notice_at) {
		loop_wake(&o->loop, o->notice_at);
		return;
	}
	log_warn("stdout: %llu lines dropped; the reader is too slow",
	    (unsigned long long)dropped);
	o->reported = *o->dropped;
	o->notice_at = clock_mono() + DROP_NOTICE;
}

void
output_begin(struct output *o)
{
	loop_begin(&o->loop);
	pace_begin(&o->pace, &o->loop, &o->lines);
	stats_turn(&o->stats, &o->loop);
	drain_wake(&o->drain, &o->loop);
	report_drops(o, false);
}

bool
output_wait(struct output *o, bool more)
{
	pace_wait(&o->pace, &o->loop, &o->lines, more);
	return drain_signals(&o->drain);
}

int
output_close(struct output *o)
{
	int status = drain_close(&o->drain, &o->loop, &o->lines, false);

	report_drops(o, true);
	stats_close(&o->stats);
	mirror_close(&o->tap);
	loop_free(&o->loop);
	return status;
}
