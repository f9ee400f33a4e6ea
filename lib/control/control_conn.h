/*
 * One client of a control socket: its request, its job (service.h), and its input and output. No
 * function blocks, and every buffer is bounded.
 */
#ifndef CONTROL_CONN_H
#define CONTROL_CONN_H

#include "control/service.h"
#include "io/linereader.h"
#include "io/linewriter.h"
#include "io/loop.h"

/* The open jobs of all clients of a socket, by kind. */
struct control_conn_slots {
	size_t taken[SERVICE_KINDS];
	uint64_t refused;	/* requests refused: their kind had no free slot */
};

struct control_conn {
	enum { CONTROL_CONN_NEW, CONTROL_CONN_JOB, CONTROL_CONN_REFUSED } phase;
	const struct service *service;	/* not owned */
	struct control_conn_slots *slots;	/* not owned */
	struct linereader in;
	struct linewriter out;
	void *job;		/* owned; open in phase CONTROL_CONN_JOB */
	unsigned kind;		/* the kind of the job */
	bool more;		/* `in` may hold a line, or the end of the input is not handled */
	bool gone;		/* the client has closed the connection */
	int64_t opened, moved;	/* monotonic times of the accept, and of the last byte in or out */
	size_t place;		/* index in the poll set */
};

/* Opens *t, which owns the non-blocking connection `fd`, but not `service` and `slots`. */
void control_conn_open(struct control_conn *t, int fd, const struct service *service,
    struct control_conn_slots *slots, int64_t now);

/* Adds the descriptor and timers to the loop. Call before the loop waits. */
void control_conn_begin(struct control_conn *t, struct loop *l);

/* Reads and writes. Call after the loop has waited. */
void control_conn_carry(struct control_conn *t, const struct loop *l, int64_t now);

/*
 * Handles lines and executes steps of the job, without blocking, until the monotonic time `until`.
 * The last step may take about 10 us longer, or up to 1 ms for thousands of names in a via.
 */
void control_conn_work(struct control_conn *t, int64_t until);

/* Whether the connection can be closed. */
bool control_conn_is_over(const struct control_conn *t, int64_t now);

/* Whether the server waits for the client to send or receive. */
bool control_conn_is_idle(const struct control_conn *t);

/* Whether the kind of the open job has no free slot. */
bool control_conn_kind_is_full(const struct control_conn *t);

void control_conn_close(struct control_conn *t);

#endif
