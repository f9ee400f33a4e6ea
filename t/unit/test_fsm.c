#include "bgp/fsm.h"

#include "unit.h"

/* The expected result of a step. `stays` means that the state does not change. */
struct outcome {
	bool stays;
	struct fsm_step step;
};

#define STAY(actions) { true, { 0, (actions), 0, 0 } }
#define GO(next, actions) { false, { (next), (actions), 0, 0 } }
#define REFUSE(code, subcode) \
	{ false, { FSM_IDLE, FSM_SEND_NOTIFICATION | FSM_DROP | FSM_RETRY_LATER, \
	    (code), (subcode) } }

static const struct outcome
	none = STAY(0),
	/* Steps towards Established. */
	conn = GO(FSM_CONNECT, FSM_DO_CONNECT),
	redo = GO(FSM_CONNECT, FSM_DROP | FSM_DO_CONNECT),
	hail = GO(FSM_OPEN_SENT, FSM_RETRY_STOP | FSM_SEND_OPEN | FSM_HOLD_LARGE),
	agree = GO(FSM_OPEN_CONFIRM, FSM_SEND_KEEPALIVE | FSM_HOLD | FSM_KEEPALIVE),
	up = GO(FSM_ESTABLISHED, FSM_HOLD),
	beat = STAY(FSM_SEND_KEEPALIVE | FSM_KEEPALIVE),
	/* End of a connection, with another attempt later. */
	rest = GO(FSM_ACTIVE, FSM_DROP | FSM_RETRY_LATER),
	lose = GO(FSM_IDLE, FSM_DROP | FSM_RETRY_LATER),
	/* The same with a NOTIFICATION: 0, 0 stands for the error from the decoder. */
	bad = REFUSE(0, 0),
	hold = REFUSE(BGP_ERR_HOLD, 0),
	full = REFUSE(BGP_ERR_SEND_HOLD, 0),
	fsm1 = REFUSE(BGP_ERR_FSM, BGP_FSM_OPEN_SENT),
	fsm2 = REFUSE(BGP_ERR_FSM, BGP_FSM_OPEN_CONFIRM),
	fsm3 = REFUSE(BGP_ERR_FSM, BGP_FSM_ESTABLISHED),
	/* End without another attempt. */
	halt = GO(FSM_IDLE, FSM_RETRY_STOP),
	stop = GO(FSM_IDLE, FSM_DROP | FSM_RETRY_STOP),
	cease = GO(FSM_IDLE, FSM_SEND_NOTIFICATION | FSM_DROP | FSM_RETRY_STOP);

/*
 * RFC 4271 section 8.2.2 for each state and event. In Idle, events that the RFC does not mention
 * are ignored. "Any other event" ends an attempt to connect; on a connection it is an error with a
 * subcode for the state (RFC 6608). A NOTIFICATION gets no reply (section 6.4). The last line is
 * from RFC 9687 section 3.2.
 */
static const struct outcome *const table[FSM_EVENTS][FSM_STATES] = {
	/*			     idle   connect active open-sent open-confirm established */
	[FSM_START] =		   { &conn, &none, &none, &none,  &none,  &none },
	[FSM_STOP] =		   { &halt, &stop, &stop, &cease, &cease, &cease },
	[FSM_LEAVE] =		   { &halt, &stop, &stop, &stop,  &stop,  &stop },
	[FSM_RETRY_EXPIRES] =	   { &none, &redo, &conn, &fsm1,  &fsm2,  &fsm3 },
	[FSM_HOLD_EXPIRES] =	   { &none, &lose, &lose, &hold,  &hold,  &hold },
	[FSM_KEEPALIVE_EXPIRES] =  { &none, &lose, &lose, &fsm1,  &beat,  &beat },
	[FSM_TCP_OPENS] =	   { &none, &hail, &lose, &fsm1,  &fsm2,  &fsm3 },
	[FSM_TCP_FAILS] =	   { &none, &rest, &lose, &rest,  &lose,  &lose },
	[FSM_GOT_OPEN] =	   { &none, &lose, &lose, &agree, &fsm2,  &fsm3 },
	[FSM_BAD_HEADER] =	   { &none, &lose, &lose, &bad,   &bad,   &bad },
	[FSM_BAD_OPEN] =	   { &none, &lose, &lose, &bad,   &bad,   &bad },
	[FSM_GOT_NOTIFICATION] =   { &none, &lose, &lose, &lose,  &lose,  &lose },
	[FSM_GOT_KEEPALIVE] =	   { &none, &lose, &lose, &fsm1,  &up,    &up },
	[FSM_GOT_UPDATE] =	   { &none, &lose, &lose, &fsm1,  &fsm2,  &up },
	[FSM_BAD_UPDATE] =	   { &none, &lose, &lose, &fsm1,  &fsm2,  &bad },
	[FSM_SEND_HOLD_EXPIRES] =  { &none, &lose, &lose, &fsm1,  &full,  &full },
};

START_TEST(each_state_handles_each_event)
{
	for (int event = 0; event < FSM_EVENTS; event++)
		for (int state = 0; state < FSM_STATES; state++) {
			struct fsm_step step = fsm_step((enum fsm_state)state,
			    (enum fsm_event)event);
			const struct outcome *to = table[event][state];
			int next = to->stays ? state : (int)to->step.next;

			ck_assert_msg((int)step.next == next && step.actions == to->step.actions &&
			    step.code == to->step.code && step.subcode == to->step.subcode,
			    "%s, event %d: %s, actions %x, %u/%u", fsm_name((enum fsm_state)state),
			    event, fsm_name(step.next), step.actions, step.code, step.subcode);
		}
}
END_TEST

/* Messages are sent only on a connection. The end of a session starts the retry timer. */
START_TEST(every_step_keeps_the_invariants)
{
	for (int state = 0; state < FSM_STATES; state++)
		for (int event = 0; event < FSM_EVENTS; event++) {
			struct fsm_step step = fsm_step((enum fsm_state)state,
			    (enum fsm_event)event);
			unsigned sends = FSM_SEND_OPEN | FSM_SEND_KEEPALIVE | FSM_SEND_NOTIFICATION;

			if (step.actions & sends)
				ck_assert(state >= FSM_OPEN_SENT || event == FSM_TCP_OPENS);
			if (state >= FSM_OPEN_SENT && step.next < FSM_OPEN_SENT)
				ck_assert(step.actions & FSM_DROP);
			if (state != FSM_IDLE &&
			    (step.next == FSM_IDLE || step.next == FSM_ACTIVE) &&
			    (enum fsm_state)state != step.next && event != FSM_STOP &&
			    event != FSM_LEAVE)
				ck_assert(step.actions & FSM_RETRY_LATER);
		}
}
END_TEST

UNIT_MAIN("fsm", each_state_handles_each_event, every_step_keeps_the_invariants)
