/*
 * One client of a control socket: its request, the job that does it (service.h), and the bytes both
 * ways. Nothing here waits, and every buffer has its cap.
 */
#ifndef CONTROL_CONN_H
#define CONTROL_CONN_H

#include "control/service.h"
#include "io/linereader.h"
#include "io/linewriter.h"
#include "io/loop.h"

/* The jobs of all clients of a socket, by kind. */
struct control_conn_slots {
	size_t taken[SERVICE_KINDS];
	uint64_t refused;	/* requests, since their kind had no slot left */
};

struct control_conn {
	enum { CONTROL_CONN_NEW, CONTROL_CONN_JOB, CONTROL_CONN_REFUSED } phase;
	const struct service *service;	/* not owned */
	struct control_conn_slots *slots;	/* not owned */
	unsigned kind;		/* of a CONTROL_CONN_JOB */
	struct linereader in;
	struct linewriter out;
	void *job;		/* owned; of a CONTROL_CONN_JOB */
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
void control_conn_open(struct control_conn *t, int fd, const struct service *service,
    struct control_conn_slots *slots, int64_t now);

/* Before waiting: puts the descriptor into the poll set, and names the nearest timer. */
void control_conn_begin(struct control_conn *t, struct loop *l);

/* After it: reads and writes what is due. */
void control_conn_carry(struct control_conn *t, const struct loop *l, int64_t now);

/*
 * Does what can be done without waiting, until `until`. The last step may end after it: a fraction
 * of a millisecond for a pair whose via has thousands of names, else some ten microseconds.
 */
void control_conn_work(struct control_conn *t, int64_t until);

/* It can be closed. */
bool control_conn_is_over(const struct control_conn *t, int64_t now);

/* Nothing goes on until the client gives or takes something. */
bool control_conn_stands_still(const struct control_conn *t);

/* It has a job of a kind that has no slot left. */
bool control_conn_kind_is_full(const struct control_conn *t);

/* Closes the connection. */
void control_conn_close(struct control_conn *t);

#endif
