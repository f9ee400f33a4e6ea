/*
 * The packets that wait for barriers, and the decision whether a packet may wait. It uses no
 * descriptor and no clock.
 *
 * The packets of a turn of the loop wait for one barrier; barriers are numbered from 1. A barrier
 * that returns covers all earlier barriers, and the numbers of packets ascend. So packets are
 * released from the oldest on, and the number of the last released packet identifies them all.
 *
 * The limit is in units: in the chain OUTPUT, the packets count against the send buffer of the
 * resolver by their size.
 *
 * A barrier that has not returned after `hold` is overdue: its packets are released. After three
 * overdue barriers without a release in between, the table is in fallback, in which no packet
 * waits, until the newest barrier returns. In fallback, barriers are sent as probes at intervals of
 * at least `hold`.
 */
#ifndef HELD_H
#define HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HELD_MAX 4096		/* the largest limit */
#define HELD_UNIT 512		/* bytes; a packet has a unit, and one more for each HELD_UNIT */
#define HELD_OVERDUE_MAX 3	/* overdue barriers in a row before the fallback */

enum held_verdict {
	HELD_WAIT,
	HELD_FULL,		/* packets of `limit` units wait */
	HELD_FALLBACK,
};

struct held {
	size_t limit;		/* the most units that wait; the last packet may exceed it */
	int64_t hold;		/* the longest wait, in microseconds */
	/* The turns whose packets wait: a ring of `limit` members, owned. */
	struct held_turn {
		uint64_t barrier;
		int64_t since;
		uint32_t last;	/* the number of its last packet */
		size_t n;	/* packets */
		size_t units;
	} *turns;
	size_t first, n_turns;
	struct held_turn turn;	/* the current turn: `n`, `units` and `last` */
	size_t n, units;	/* packets that wait, with the current turn */
	uint64_t sent;		/* the number of the newest barrier; 0: none */
	int64_t sent_at;
	unsigned overdue;	/* overdue barriers since the last release */
	bool fallback;

	uint64_t waited;	/* packets */
	uint64_t released, expired;	/* packets, after and without their barrier */
};

void held_open(struct held *h, size_t limit, int64_t hold);
void held_free(struct held *h);

/* Whether another packet may wait. */
enum held_verdict held_ask(const struct held *h);

/* Adds a packet of `length` bytes to the current turn, after HELD_WAIT. */
void held_add(struct held *h, uint32_t packet, size_t length);

/*
 * Ends the turn. Returns true if a barrier must be sent, with the number h->sent: packets wait, or
 * `asked` (a packet would have waited but for the fallback) and a probe is due.
 */
bool held_end_turn(struct held *h, bool asked, int64_t now);

/*
 * Notes that a barrier has returned; numbers of barriers that were not sent have no effect. Returns
 * true if packets are released, through the packet *last.
 */
bool held_return(struct held *h, uint64_t barrier, uint32_t *last);

/* Releases the packets of overdue barriers, and in fallback all. As held_return. */
bool held_expire(struct held *h, int64_t now, uint32_t *last);

/* The time of the next expiry, or NEVER. */
int64_t held_deadline(const struct held *h);

#endif
