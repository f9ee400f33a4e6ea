/*
 * The state machine of RFC 4271 section 8 for a speaker that only opens connections: a pure
 * function of state and event. What it says is to be done, its caller does; it knows no bytes, no
 * clock, no socket.
 *
 * Options of section 8 in use: AutomaticStart with DampPeerOscillations (the pause in Idle grows
 * till a session lasts). SendNOTIFICATIONwithoutOPEN, DelayOpen, PassiveTcpEstablishment and
 * TrackTcpState are off, and there is nothing to collide with (section 6.8), as nothing is
 * accepted.
 */
#ifndef FSM_H
#define FSM_H

#include "bgp/bgp.h"

enum fsm_state {
	FSM_IDLE, FSM_CONNECT, FSM_ACTIVE, FSM_OPEN_SENT, FSM_OPEN_CONFIRM, FSM_ESTABLISHED,
	FSM_STATES
};

/* With the numbers of section 8.1. */
enum fsm_event {
	FSM_START,		/* 1, 3 and 13: by hand, or the pause in Idle is over */
	FSM_STOP,		/* 2 and 8 */
	/* 2, but as if by 18: without a word, so that graceful restart keeps the routes. */
	FSM_LEAVE,
	FSM_RETRY_EXPIRES,	/* 9 */
	FSM_HOLD_EXPIRES,	/* 10 */
	FSM_KEEPALIVE_EXPIRES,	/* 11 */
	FSM_TCP_OPENS,		/* 16 */
	FSM_TCP_FAILS,		/* 18 */
	FSM_GOT_OPEN,		/* 19 */
	FSM_BAD_HEADER,		/* 21 */
	FSM_BAD_OPEN,		/* 22 */
	FSM_GOT_NOTIFICATION,	/* 24 and 25 */
	FSM_GOT_KEEPALIVE,	/* 26 */
	FSM_GOT_UPDATE,		/* 27; a ROUTE-REFRESH (RFC 2918) counts as one */
	FSM_BAD_UPDATE,		/* 28 */
	FSM_SEND_HOLD_EXPIRES,	/* 29: RFC 9687 section 3 */
	FSM_EVENTS
};

/* What is to be done, in this order. */
enum fsm_action {
	FSM_SEND_OPEN = 1 << 0,
	FSM_SEND_KEEPALIVE = 1 << 1,
	FSM_SEND_NOTIFICATION = 1 << 2,
	FSM_DROP = 1 << 3,		/* the connection, with its hold and keepalive timers */
	FSM_DO_CONNECT = 1 << 4,	/* and start the retry timer for the attempt */
	FSM_RETRY_LATER = 1 << 5,	/* start the retry timer for a pause, longer each time */
	FSM_RETRY_STOP = 1 << 6,
	FSM_HOLD_LARGE = 1 << 7,	/* start the hold timer at four minutes */
	FSM_HOLD = 1 << 8,		/* start the hold timer anew as negotiated */
	FSM_KEEPALIVE = 1 << 9,		/* start the keepalive timer anew */
};

struct fsm_step {
	enum fsm_state next;
	unsigned actions;
	/* Of the NOTIFICATION; code 0: as the decoder, or who stops it, has it. */
	uint8_t code, subcode;
};

struct fsm_step fsm_step(enum fsm_state state, enum fsm_event event);

/* `idle`, `open-sent`, ... */
const char *fsm_name(enum fsm_state state);

#endif
