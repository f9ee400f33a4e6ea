#include "cache/clockstep.h"

#include <string.h>

#include "base/clock.h"

#define STEP_MIN (2 * SECOND)	/* a smaller change is a leap second, or a clock being slewed */

static void
drop_oldest(struct clockstep *s)
{
	memmove(s->of, s->of + 1, --s->n * sizeof(s->of[0]));
}

static void
step_forward(struct clockstep *s, int64_t at, int64_t by)
{
	if (s->n == CLOCKSTEP_MAX) {
		s->of[1].by += s->of[0].by;
		s->of[1].at -= s->of[0].by;	/* the end of the step stays */
		drop_oldest(s);
	}
	s->of[s->n++] = (struct step){ at, by };
}

static void
step_back(struct clockstep *s, int64_t by)
{
	while (by > 0 && s->n > 0) {
		struct step *last = &s->of[s->n - 1];
		int64_t less = by < last->by ? by : last->by;

		by -= less;
		last->by -= less;
		if (last->by == 0)
			s->n--;
	}
}

void
clockstep_watch(struct clockstep *s, int64_t wall, int64_t mono)
{
	int64_t offset = wall - mono, by = offset - s->offset;

	if (s->begun && by > STEP_MIN)
		step_forward(s, wall - by, by);
	else if (s->begun && by < -STEP_MIN)
		step_back(s, -by);
	s->begun = true;
	s->offset = offset;
}

void
clockstep_forget(struct clockstep *s, int64_t until)
{
	while (s->n > 0 && s->of[0].at + s->of[0].by < until)
		drop_oldest(s);
}

int64_t
clockstep_seen(const struct clockstep *s, int64_t seen)
{
	for (unsigned i = 0; i < s->n; i++) {
		int64_t end = s->of[i].at + s->of[i].by;

		if (seen <= s->of[i].at)
			seen += s->of[i].by;
		else if (seen < end)
			seen = end;
	}
	return seen;
}
