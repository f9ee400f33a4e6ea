/*
 * One client of a control socket: its request, the job that does it (service.h), and the bytes both
 * ways. Nothing here waits, and every buffer has its cap.
 */
#ifndef TALK_H
#define TALK_H

#include "io/in.h"
#include "io/loop.h"
#include "io/out.h"
#include "control/service.h"

/* The jobs of all clients of a socket, by kind. */
struct talk_slots {
	size_t taken[SERVICE_KINDS];
	uint64_t refused;	/* requests, since their kind had no slot left */
};

struct talk {
	enum { TALK_NEW, TALK_JOB, TALK_REFUSED } phase;
	const struct service *service;	/* not owned */
	struct talk_slots *slots;	/* not owned */
	unsigned kind;		/* of a TALK_JOB */
	struct in in;
	struct out out;
	void *job;		/* owned; of a TALK_JOB */
	/* `in` is to be looked at: lines may be left in it, or it has ended. */
	bool more;
	bool gone;		/* the client has closed: nobody reads what is written */
	/* When it began, and when something was last given or taken, monotonic. */
	int64_t opened, moved;
	size_t place;		/* in the poll set */
};

/*
 * Begins on a connection that does not block, and owns it. `service` and `slots` stay the caller's.
 */
void talk_open(struct talk *t, int fd, const struct service *service, struct talk_slots *slots,
    int64_t now);

/* Before waiting: puts the descriptor into the poll set, and names the nearest timer. */
void talk_begin(struct talk *t, struct loop *l);

/* After it: reads and writes what is due. */
void talk_carry(struct talk *t, const struct loop *l, int64_t now);

/*
 * Does what can be done without waiting, until `until`. The last step may end after it: a fraction
 * of a millisecond for a pair whose via has thousands of names, else some ten microseconds.
 */
void talk_work(struct talk *t, int64_t until);

/* It can be closed. */
bool talk_is_over(const struct talk *t, int64_t now);

/* Nothing goes on until the client gives or takes something. */
bool talk_stands_still(const struct talk *t);

/* It has a job of a kind that has no slot left. */
bool talk_kind_is_full(const struct talk *t);

/* Closes the connection. */
void talk_close(struct talk *t);

#endif
