/*
 * One function per state returns the next state and the actions for an event, in the order of RFC
 * 4271 section 8.2.2. connected() has the events that OpenSent, OpenConfirm and Established handle
 * alike.
 *
 * Invariants: every pair of state and event has a result. A step from another state into Idle drops
 * the connection, and starts the retry timer; FSM_STOP and FSM_LEAVE stop the timer instead.
 */
#include "bgp/fsm.h"

static struct fsm_step
stay(enum fsm_state state, unsigned actions)
{
	return (struct fsm_step){ .next = state, .actions = actions };
}

/* Ends a connection without a NOTIFICATION. */
static struct fsm_step
leave(void)
{
	return stay(FSM_IDLE, FSM_DROP | FSM_RETRY_LATER);
}

/* Ends a connection with a NOTIFICATION. */
static struct fsm_step
leave_with_error(uint8_t code, uint8_t subcode)
{
	return (struct fsm_step){ FSM_IDLE, FSM_SEND_NOTIFICATION | FSM_DROP | FSM_RETRY_LATER,
	    code, subcode };
}

static struct fsm_step
stop(bool notify)
{
	return stay(FSM_IDLE, (notify ? FSM_SEND_NOTIFICATION : 0) | FSM_DROP | FSM_RETRY_STOP);
}

static struct fsm_step
idle(enum fsm_event event)
{
	switch (event) {
	case FSM_START:
		return stay(FSM_CONNECT, FSM_DO_CONNECT);
	case FSM_STOP:
	case FSM_LEAVE:
		return stay(FSM_IDLE, FSM_RETRY_STOP);
	default:
		return stay(FSM_IDLE, 0);
	}
}

/*
 * Section 8.2.2: after a failed attempt, wait in Active until ConnectRetryTimer expires. As no
 * connection is accepted, Active is only a pause.
 */
static struct fsm_step
connecting(enum fsm_event event)
{
	switch (event) {
	case FSM_START:
		return stay(FSM_CONNECT, 0);
	case FSM_STOP:
	case FSM_LEAVE:
		return stop(false);
	case FSM_RETRY_EXPIRES:
		return stay(FSM_CONNECT, FSM_DROP | FSM_DO_CONNECT);
	case FSM_TCP_OPENS:
		return stay(FSM_OPEN_SENT, FSM_RETRY_STOP | FSM_SEND_OPEN | FSM_HOLD_LARGE);
	case FSM_TCP_FAILS:
		return stay(FSM_ACTIVE, FSM_DROP | FSM_RETRY_LATER);
	default:
		return leave();
	}
}

static struct fsm_step
active(enum fsm_event event)
{
	switch (event) {
	case FSM_START:
		return stay(FSM_ACTIVE, 0);
	case FSM_STOP:
	case FSM_LEAVE:
		return stop(false);
	case FSM_RETRY_EXPIRES:
		return stay(FSM_CONNECT, FSM_DO_CONNECT);
	default:
		return leave();
	}
}

/*
 * Handles the events that OpenSent, OpenConfirm and Established handle alike. `fsm_error` is the
 * subcode for an unexpected event (RFC 6608). A received NOTIFICATION ends the connection without a
 * reply (section 6.4).
 */
static struct fsm_step
connected(enum fsm_state state, enum fsm_event event, uint8_t fsm_error)
{
	switch (event) {
	case FSM_START:
		return stay(state, 0);
	case FSM_STOP:
		return stop(true);
	case FSM_LEAVE:
		return stop(false);
	case FSM_HOLD_EXPIRES:
		return leave_with_error(BGP_ERR_HOLD, 0);
	case FSM_TCP_FAILS:
	case FSM_GOT_NOTIFICATION:
		return leave();
	case FSM_BAD_HEADER:
	case FSM_BAD_OPEN:
		return leave_with_error(0, 0);
	default:
		return leave_with_error(BGP_ERR_FSM, fsm_error);
	}
}

static struct fsm_step
open_sent(enum fsm_event event)
{
	switch (event) {
	case FSM_GOT_OPEN:
		return stay(FSM_OPEN_CONFIRM, FSM_SEND_KEEPALIVE | FSM_HOLD | FSM_KEEPALIVE);
	case FSM_TCP_FAILS:
		return stay(FSM_ACTIVE, FSM_DROP | FSM_RETRY_LATER);
	default:
		return connected(FSM_OPEN_SENT, event, BGP_FSM_OPEN_SENT);
	}
}

static struct fsm_step
open_confirm(enum fsm_event event)
{
	switch (event) {
	case FSM_SEND_HOLD_EXPIRES:
		return leave_with_error(BGP_ERR_SEND_HOLD, 0);
	case FSM_KEEPALIVE_EXPIRES:
		return stay(FSM_OPEN_CONFIRM, FSM_SEND_KEEPALIVE | FSM_KEEPALIVE);
	case FSM_GOT_KEEPALIVE:
		return stay(FSM_ESTABLISHED, FSM_HOLD);
	default:
		return connected(FSM_OPEN_CONFIRM, event, BGP_FSM_OPEN_CONFIRM);
	}
}

static struct fsm_step
established(enum fsm_event event)
{
	switch (event) {
	case FSM_SEND_HOLD_EXPIRES:
		return leave_with_error(BGP_ERR_SEND_HOLD, 0);
	case FSM_KEEPALIVE_EXPIRES:
		return stay(FSM_ESTABLISHED, FSM_SEND_KEEPALIVE | FSM_KEEPALIVE);
	case FSM_GOT_KEEPALIVE:
	case FSM_GOT_UPDATE:
		return stay(FSM_ESTABLISHED, FSM_HOLD);
	case FSM_BAD_UPDATE:
		return leave_with_error(0, 0);
	default:
		return connected(FSM_ESTABLISHED, event, BGP_FSM_ESTABLISHED);
	}
}

struct fsm_step
fsm_step(enum fsm_state state, enum fsm_event event)
{
	switch (state) {
	case FSM_CONNECT:
		return connecting(event);
	case FSM_ACTIVE:
		return active(event);
	case FSM_OPEN_SENT:
		return open_sent(event);
	case FSM_OPEN_CONFIRM:
		return open_confirm(event);
	case FSM_ESTABLISHED:
		return established(event);
	default:
		return idle(event);
	}
}

const char *
fsm_name(enum fsm_state state)
{
	static const char *const names[FSM_STATES] = { "idle", "connect", "active", "open-sent",
	    "open-confirm", "established" };

	return names[state];
}
