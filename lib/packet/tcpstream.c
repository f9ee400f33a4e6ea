/*
 * Invariants: `skip` is 0 or `part_n` is 0. All waiting pieces begin after `next`, sorted by
 * sequence number; they may overlap.
 */
#include "packet/tcpstream.h"

#include <stdlib.h>

#include "base/mem.h"
#include "packet/octets.h"

#define PREFIX 2		/* bytes of a message's length */
#define OVERHEAD 24		/* the most bytes that malloc adds to an allocation */
#define PART_MIN 64		/* bytes allocated for the start of a message, at least */

struct tcpstream_piece {
	struct tcpstream_piece *next;
	uint32_t seq;
	uint32_t n;
	char data[];
};

static uint32_t
piece_bytes(uint32_t n)
{
	return (uint32_t)sizeof(struct tcpstream_piece) + n + OVERHEAD;
}

uint32_t
tcpstream_bytes(const struct tcpstream *s)
{
	return (s->part != NULL ? s->part_cap + OVERHEAD : 0) + s->waiting_bytes;
}

static void
drop_part(struct tcpstream *s)
{
	free(s->part);
	s->part = NULL;
	s->part_n = s->part_cap = 0;
}

static void
drop_first(struct tcpstream *s)
{
	struct tcpstream_piece *first = s->waiting;

	s->waiting = first->next;
	s->waiting_n--;
	s->waiting_bytes -= piece_bytes(first->n);
	free(first);
}

void
tcpstream_free(struct tcpstream *s)
{
	drop_part(s);
	while (s->waiting != NULL)
		drop_first(s);
}

/* The number of missing bytes of a message, or of its length. `have` is its start. */
static uint32_t
missing(struct str have)
{
	if (have.n < PREFIX)
		return (uint32_t)(PREFIX - have.n);
	return PREFIX + octets_u16(have, 0) - (uint32_t)have.n;
}

static struct str
part_of(const struct tcpstream *s)
{
	return (struct str){ s->part, s->part_n };
}

static bool
is_whole(struct str have)
{
	return have.n >= PREFIX && have.n >= PREFIX + (size_t)octets_u16(have, 0);
}

static void
append(struct tcpstream *s, struct str data)
{
	uint32_t n = s->part_n + (uint32_t)data.n;

	if (n > s->part_cap) {
		s->part_cap = n > 2 * s->part_cap ? n : 2 * s->part_cap;
		s->part_cap = s->part_cap > PART_MIN ? s->part_cap : PART_MIN;
		s->part = mem_resize(s->part, s->part_cap, 1);
	}
	memcpy(s->part + s->part_n, data.p, data.n);
	s->part_n = n;
}

static uint32_t
at_most(uint32_t n, struct str data)
{
	return n < data.n ? n : (uint32_t)data.n;
}

/* Adds the next bytes to the incomplete message. Returns the number of bytes used. */
static uint32_t
complete(struct tcpstream *s, struct str data, tcpstream_fn *fn, void *arg)
{
	uint32_t n = at_most(missing(part_of(s)), data);

	append(s, (struct str){ data.p, n });
	if (is_whole(part_of(s))) {
		fn(arg, octets_after(part_of(s), PREFIX));
		drop_part(s);
	}
	return n;
}

/* Uses bytes at the start of the data, at least one. Returns their number. */
static uint32_t
use_some(struct tcpstream *s, struct str data, tcpstream_fn *fn, void *arg)
{
	uint32_t n;

	if (s->skip > 0) {
		n = at_most(s->skip, data);
		s->skip -= n;
		return n;
	}
	if (s->part_n > 0 || !is_whole(data))
		return complete(s, data, fn, arg);
	n = PREFIX + octets_u16(data, 0);
	fn(arg, (struct str){ data.p + PREFIX, n - PREFIX });
	return n;
}

/* Uses a segment that is not ahead: skips the bytes before `next`. */
static void
use(struct tcpstream *s, uint32_t seq, struct str data, tcpstream_fn *fn, void *arg)
{
	uint32_t old = s->next - seq;

	if (old >= data.n)
		return;
	data = octets_after(data, old);
	while (data.n > 0) {
		uint32_t n = use_some(s, data, fn, arg);

		data = octets_after(data, n);
		s->next += n;
	}
}

/* The distance of a sequence number from `next`; negative: it is behind. RFC 9293 section 3.4. */
static int32_t
ahead(const struct tcpstream *s, uint32_t seq)
{
	return (int32_t)(seq - s->next);
}

/* Uses the waiting pieces that are no longer ahead. */
static void
use_waiting(struct tcpstream *s, int64_t now, tcpstream_fn *fn, void *arg)
{
	while (s->waiting != NULL && ahead(s, s->waiting->seq) <= 0) {
		use(s, s->waiting->seq, (struct str){ s->waiting->data, s->waiting->n }, fn, arg);
		drop_first(s);
		s->waiting_since = now;
	}
}

static void
add_waiting(struct tcpstream *s, uint32_t seq, struct str data, int64_t now)
{
	struct tcpstream_piece **at = &s->waiting;
	struct tcpstream_piece *new = mem_alloc(sizeof(*new) + data.n);

	if (s->waiting == NULL)
		s->waiting_since = now;
	while (*at != NULL && ahead(s, (*at)->seq) <= ahead(s, seq))
		at = &(*at)->next;
	*new = (struct tcpstream_piece){ .next = *at, .seq = seq, .n = (uint32_t)data.n };
	memcpy(new->data, data.p, data.n);
	*at = new;
	s->waiting_n++;
	s->waiting_bytes += piece_bytes((uint32_t)data.n);
}

static bool
must_end_wait(const struct tcpstream *s, int64_t now)
{
	return s->waiting != NULL && (s->waiting_bytes > TCPSTREAM_WAITING ||
	    s->waiting_n > TCPSTREAM_PIECES || now - s->waiting_since > TCPSTREAM_PATIENCE);
}

/* Skips the gap before the waiting pieces. False if the gap does not end within the message. */
static bool
skip_gap(struct tcpstream *s)
{
	uint32_t gap = s->waiting->seq - s->next, left = s->skip;

	if (s->part_n >= PREFIX) {
		left = missing(part_of(s));
		s->damaged++;
		drop_part(s);
	}
	if (gap > left || s->part_n > 0)
		return false;
	s->skip = left - gap;
	s->next += gap;
	return true;
}

bool
tcpstream_add(struct tcpstream *s, uint32_t seq, struct str data, int64_t now, tcpstream_fn *fn,
    void *arg)
{
	if (data.n == 0)
		return true;
	if (ahead(s, seq) > TCPSTREAM_WINDOW)
		return false;
	if (ahead(s, seq) > 0)
		add_waiting(s, seq, data, now);
	else
		use(s, seq, data, fn, arg);
	use_waiting(s, now, fn, arg);
	while (must_end_wait(s, now)) {
		if (!skip_gap(s))
			return false;
		use_waiting(s, now, fn, arg);
	}
	return true;
}
