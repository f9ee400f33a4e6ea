/*
 * The state machine of RFC 4271 section 8 for a speaker that only opens connections: a pure
 * function of state and event. The caller performs the actions.
 *
 * Options of section 8: AutomaticStart and DampPeerOscillations are on;
 * SendNOTIFICATIONwithoutOPEN, DelayOpen, PassiveTcpEstablishment and TrackTcpState are off. The
 * pause in Idle grows with each failure, until a session lasts two minutes. No connection is
 * accepted, so connections cannot collide (section 6.8).
 */
#ifndef FSM_H
#define FSM_H

#include "bgp/bgp.h"

enum fsm_state {
	FSM_IDLE, FSM_CONNECT, FSM_ACTIVE, FSM_OPEN_SENT, FSM_OPEN_CONFIRM, FSM_ESTABLISHED,
	FSM_STATES
};

/* Events, with their numbers in section 8.1. */
enum fsm_event {
	FSM_START,		/* 1, 3 and 13: manual, or after the pause in Idle */
	FSM_STOP,		/* 2 and 8 */
	FSM_LEAVE,		/* 2, but no NOTIFICATION is sent: for graceful restart */
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
	FSM_GOT_UPDATE,		/* 27; also when a ROUTE-REFRESH arrives (RFC 2918) */
	FSM_BAD_UPDATE,		/* 28 */
	FSM_SEND_HOLD_EXPIRES,	/* 29: RFC 9687 section 3 */
	FSM_EVENTS
};

/* Actions; the caller must perform them in this order. */
enum fsm_action {
	FSM_SEND_OPEN = 1 << 0,
	FSM_SEND_KEEPALIVE = 1 << 1,
	FSM_SEND_NOTIFICATION = 1 << 2,
	FSM_DROP = 1 << 3,		/* end the connection; stop the hold and keepalive timers */
	FSM_DO_CONNECT = 1 << 4,	/* connect; start the retry timer for the attempt */
	FSM_RETRY_LATER = 1 << 5,	/* start the retry timer with a growing pause */
	FSM_RETRY_STOP = 1 << 6,
	FSM_HOLD_LARGE = 1 << 7,	/* start the hold timer with four minutes */
	FSM_HOLD = 1 << 8,		/* restart the hold timer with the negotiated time */
	FSM_KEEPALIVE = 1 << 9,		/* restart the keepalive timer */
};

struct fsm_step {
	enum fsm_state next;
	unsigned actions;
	/* The error to send in a NOTIFICATION; code 0: the caller has set the error. */
	uint8_t code, subcode;
};

struct fsm_step fsm_step(enum fsm_state state, enum fsm_event event);

/* The name of a state: `idle`, `open-sent` and so on. */
const char *fsm_name(enum fsm_state state);

#endif
