/*
 * The progress of barriers at one peer. Barriers have increasing numbers. A barrier passes the gate
 * when TCP has acknowledged the UPDATEs before it and, where an UPDATE was new since the barrier
 * before, the peer's `settle` time has passed since.
 */
#ifndef GATE_H
#define GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Barriers up to a number, with the same last UPDATE before them. */
struct gate_step {
	uint64_t barrier;
	uint64_t end;		/* the end of this UPDATE in the byte stream of the connection */
	int64_t passes_at;	/* NEVER: not acknowledged */
};

struct gate {
	bool counts;		/* barriers wait for this peer */
	uint64_t passed;	/* barriers up to this number have passed */
	/* While UPDATEs before a barrier are not encoded (ribout_mark): */
	bool is_marked;
	uint64_t marked;	/* the last barrier to which the mark applies */
	uint64_t asked;		/* the last barrier; later than `marked`: needs another mark */
	uint64_t end;		/* the end of the last UPDATE before a barrier */
	struct gate_step *steps;	/* owned */
	size_t n, cap;
};

/* Barriers after the number `passed` wait for the peer, until gate_close. */
void gate_open(struct gate *g, uint64_t passed);

/* Barriers no longer wait for the peer. */
void gate_close(struct gate *g);

/* All UPDATEs before the barrier are encoded; the last one ends at `end` in the byte stream. */
void gate_encoded(struct gate *g, uint64_t barrier, uint64_t end);

/* Advances to `now`, when the first `bytes` bytes of the stream are acknowledged. */
void gate_turn(struct gate *g, uint64_t bytes, int64_t settle, int64_t now);

/* Whether a barrier waits for an acknowledgement. */
bool gate_awaits_ack(const struct gate *g);

/* The next time at which a barrier passes, or NEVER. */
int64_t gate_deadline(const struct gate *g);

void gate_free(struct gate *g);

#endif
