/*
 * One client of a control socket: its request, its job (service.h), and the bytes both ways.
 * Nothing here blocks, and every buffer is bounded.
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
	uint64_t refused;	/* requests of a kind without a free slot */
};

struct control_conn {
	enum { CONTROL_CONN_NEW, CONTROL_CONN_JOB, CONTROL_CONN_REFUSED } phase;
	const struct service *service;	/* not owned */
	struct control_conn_slots *slots;	/* not owned */
	struct linereader in;
	struct linewriter out;
	void *job;		/* owned; open in phase CONTROL_CONN_JOB */
	unsigned kind;		/* of the job */
	bool more;		/* `in` may hold a line, or its end was not handled */
	bool gone;		/* the client has closed the connection */
	int64_t opened, moved;	/* the beginning, and the last bytes either way; monotonic */
	size_t place;		/* in the poll set */
};

/* Owns the non-blocking connection `fd`, but not `service` and `slots`. */
void control_conn_open(struct control_conn *t, int fd, const struct service *service,
    struct control_conn_slots *slots, int64_t now);

/* Before waiting: adds the descriptor and timers to the loop. */
void control_conn_begin(struct control_conn *t, struct loop *l);

/* After waiting: reads and writes. */
void control_conn_carry(struct control_conn *t, const struct loop *l, int64_t now);

/*
 * Works without blocking until `until`. The last step may exceed it: by about 10 us, or by a
 * fraction of a millisecond for a pair whose via has thousands of names.
 */
void control_conn_work(struct control_conn *t, int64_t until);

/* The connection can be closed. */
bool control_conn_is_over(const struct control_conn *t, int64_t now);

/* Nothing can be done until the client sends or receives. */
bool control_conn_is_idle(const struct control_conn *t);

/* Its job is of a kind without a free slot. */
bool control_conn_kind_is_full(const struct control_conn *t);

void control_conn_close(struct control_conn *t);

#endif
