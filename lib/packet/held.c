#include "packet/held.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

void
held_open(struct held *h, size_t limit, int64_t hold)
{
	*h = (struct held){ .limit = limit, .hold = hold,
	    .turns = mem_zero(limit, sizeof(*h->turns)) };
}

void
held_free(struct held *h)
{
	free(h->turns);
}

enum held_verdict
held_ask(const struct held *h)
{
	if (h->fallback)
		return HELD_FALLBACK;
	return h->units < h->limit ? HELD_WAIT : HELD_FULL;
}

void
held_add(struct held *h, uint32_t packet, size_t length)
{
	size_t units = 1 + length / HELD_UNIT;

	h->turn.last = packet;
	h->turn.n++;
	h->turn.units += units;
	h->n++;
	h->units += units;
	h->waited++;
}

bool
held_end_turn(struct held *h, bool asked, int64_t now)
{
	bool probes = h->fallback && asked && now - h->sent_at >= h->hold;

	if (h->turn.n == 0 && !probes)
		return false;
	h->sent++;
	h->sent_at = now;
	if (h->turn.n > 0) {
		h->turn.barrier = h->sent;
		h->turn.since = now;
		h->turns[(h->first + h->n_turns++) % h->limit] = h->turn;
		h->turn = (struct held_turn){ 0 };
	}
	return true;
}

/* Removes the oldest turn, and returns it. */
static struct held_turn
take_first(struct held *h)
{
	struct held_turn turn = h->turns[h->first];

	h->first = (h->first + 1) % h->limit;
	h->n_turns--;
	h->n -= turn.n;
	h->units -= turn.units;
	return turn;
}

bool
held_return(struct held *h, uint64_t barrier, uint32_t *last)
{
	bool any = false;

	if (barrier > h->sent)
		return false;
	while (h->n_turns > 0 && h->turns[h->first].barrier <= barrier) {
		struct held_turn turn = take_first(h);

		*last = turn.last;
		h->released += turn.n;
		any = true;
	}
	if (any || (h->fallback && barrier == h->sent)) {
		h->overdue = 0;
		h->fallback = false;
	}
	return any;
}

bool
held_expire(struct held *h, int64_t now, uint32_t *last)
{
	bool any = false;

	while (h->n_turns > 0 && (h->fallback || now - h->turns[h->first].since >= h->hold)) {
		struct held_turn turn = take_first(h);

		*last = turn.last;
		h->expired += turn.n;
		any = true;
		if (++h->overdue >= HELD_OVERDUE_MAX)
			h->fallback = true;
	}
	return any;
}

int64_t
held_deadline(const struct held *h)
{
	return h->n_turns == 0 ? NEVER : h->turns[h->first].since + h->hold;
}
