#include "fsm.h"

#include "unit.h"

static struct fsm_step
check_step(enum fsm_state state, enum fsm_event event, enum fsm_state next, unsigned actions)
{
	struct fsm_step step = fsm_step(state, event);

	ck_assert_msg(step.next == next && step.actions == actions, "%s, event %d: %s, actions %x",
	    fsm_name(state), event, fsm_name(step.next), step.actions);
	return step;
}

#define LEAVE (FSM_DROP | FSM_RETRY_LATER)
#define REFUSE (FSM_SEND_NOTIFICATION | FSM_DROP | FSM_RETRY_LATER)

/* The way up, RFC 4271 section 8.2.2. */
START_TEST(a_session_comes_up)
{
	check_step(FSM_IDLE, FSM_START, FSM_CONNECT, FSM_DO_CONNECT);
	check_step(FSM_CONNECT, FSM_TCP_OPENS, FSM_OPEN_SENT, FSM_RETRY_STOP | FSM_SEND_OPEN | FSM_HOLD_LARGE);
	check_step(FSM_OPEN_SENT, FSM_GOT_OPEN, FSM_OPEN_CONFIRM,
	    FSM_SEND_KEEPALIVE | FSM_HOLD | FSM_KEEPALIVE);
	check_step(FSM_OPEN_CONFIRM, FSM_GOT_KEEPALIVE, FSM_ESTABLISHED, FSM_HOLD);
	check_step(FSM_ESTABLISHED, FSM_GOT_KEEPALIVE, FSM_ESTABLISHED, FSM_HOLD);
	check_step(FSM_ESTABLISHED, FSM_GOT_UPDATE, FSM_ESTABLISHED, FSM_HOLD);
	check_step(FSM_ESTABLISHED, FSM_KEEPALIVE_EXPIRES, FSM_ESTABLISHED,
	    FSM_SEND_KEEPALIVE | FSM_KEEPALIVE);
	check_step(FSM_OPEN_CONFIRM, FSM_KEEPALIVE_EXPIRES, FSM_OPEN_CONFIRM,
	    FSM_SEND_KEEPALIVE | FSM_KEEPALIVE);
}
END_TEST

START_TEST(a_connection_that_fails_is_tried_again)
{
	check_step(FSM_CONNECT, FSM_TCP_FAILS, FSM_ACTIVE, LEAVE);
	check_step(FSM_ACTIVE, FSM_RETRY_EXPIRES, FSM_CONNECT, FSM_DO_CONNECT);
	check_step(FSM_CONNECT, FSM_RETRY_EXPIRES, FSM_CONNECT, FSM_DROP | FSM_DO_CONNECT);
	check_step(FSM_OPEN_SENT, FSM_TCP_FAILS, FSM_ACTIVE, LEAVE);
	check_step(FSM_OPEN_CONFIRM, FSM_TCP_FAILS, FSM_IDLE, LEAVE);
	check_step(FSM_ESTABLISHED, FSM_TCP_FAILS, FSM_IDLE, LEAVE);
}
END_TEST

START_TEST(stopping_ends_every_state)
{
	check_step(FSM_IDLE, FSM_STOP, FSM_IDLE, FSM_RETRY_STOP);
	check_step(FSM_CONNECT, FSM_STOP, FSM_IDLE, FSM_DROP | FSM_RETRY_STOP);
	check_step(FSM_ACTIVE, FSM_STOP, FSM_IDLE, FSM_DROP | FSM_RETRY_STOP);
	for (int state = FSM_OPEN_SENT; state <= FSM_ESTABLISHED; state++) {
		check_step((enum fsm_state)state, FSM_STOP, FSM_IDLE,
		    FSM_SEND_NOTIFICATION | FSM_DROP | FSM_RETRY_STOP);
		check_step((enum fsm_state)state, FSM_LEAVE, FSM_IDLE, FSM_DROP | FSM_RETRY_STOP);
	}
}
END_TEST

START_TEST(silence_is_told_as_hold_timer_expired)
{
	for (int state = FSM_OPEN_SENT; state <= FSM_ESTABLISHED; state++) {
		struct fsm_step step = check_step((enum fsm_state)state, FSM_HOLD_EXPIRES, FSM_IDLE, REFUSE);

		ck_assert_int_eq(step.code, BGP_ERR_HOLD);
		ck_assert_int_eq(step.subcode, 0);
	}
}
END_TEST

/* RFC 9687 section 3.2: in the two states in which there is more to write than the OPEN. */
START_TEST(a_peer_that_does_not_read_is_given_up)
{
	ck_assert_int_eq(check_step(FSM_OPEN_CONFIRM, FSM_SEND_HOLD_EXPIRES, FSM_IDLE, REFUSE).code, BGP_ERR_SEND_HOLD);
	ck_assert_int_eq(check_step(FSM_ESTABLISHED, FSM_SEND_HOLD_EXPIRES, FSM_IDLE, REFUSE).code, BGP_ERR_SEND_HOLD);
}
END_TEST

/* RFC 6608 has a subcode for each state. */
START_TEST(what_does_not_belong_is_an_fsm_error)
{
	static const struct {
		enum fsm_state state;
		enum fsm_event event;
	} cases[] = {
		{ FSM_OPEN_SENT, FSM_GOT_KEEPALIVE }, { FSM_OPEN_SENT, FSM_GOT_UPDATE },
		{ FSM_OPEN_SENT, FSM_KEEPALIVE_EXPIRES }, { FSM_OPEN_SENT, FSM_RETRY_EXPIRES },
		{ FSM_OPEN_CONFIRM, FSM_GOT_UPDATE }, { FSM_OPEN_CONFIRM, FSM_GOT_OPEN },
		{ FSM_ESTABLISHED, FSM_GOT_OPEN }, { FSM_ESTABLISHED, FSM_TCP_OPENS },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fsm_step step = check_step(cases[i].state, cases[i].event, FSM_IDLE, REFUSE);

		ck_assert_int_eq(step.code, BGP_ERR_FSM);
		ck_assert_int_eq(step.subcode, (int)cases[i].state - FSM_OPEN_SENT + 1);
	}
}
END_TEST

START_TEST(the_decoder_names_its_errors)
{
	ck_assert_int_eq(check_step(FSM_OPEN_SENT, FSM_BAD_OPEN, FSM_IDLE, REFUSE).code, 0);
	ck_assert_int_eq(check_step(FSM_OPEN_SENT, FSM_BAD_HEADER, FSM_IDLE, REFUSE).code, 0);
	ck_assert_int_eq(check_step(FSM_OPEN_CONFIRM, FSM_BAD_HEADER, FSM_IDLE, REFUSE).code, 0);
	ck_assert_int_eq(check_step(FSM_ESTABLISHED, FSM_BAD_HEADER, FSM_IDLE, REFUSE).code, 0);
	ck_assert_int_eq(check_step(FSM_ESTABLISHED, FSM_BAD_UPDATE, FSM_IDLE, REFUSE).code, 0);
}
END_TEST

/* RFC 4271 section 6.4. */
START_TEST(a_notification_is_not_answered)
{
	for (int state = FSM_OPEN_SENT; state <= FSM_ESTABLISHED; state++)
		check_step((enum fsm_state)state, FSM_GOT_NOTIFICATION, FSM_IDLE, LEAVE);
}
END_TEST

/* Whatever happens: a message is sent on a connection only, and a state without one waits for a timer or a start. */
START_TEST(every_step_makes_sense)
{
	for (int state = 0; state < FSM_STATES; state++)
		for (int event = 0; event < FSM_EVENTS; event++) {
			struct fsm_step step = fsm_step((enum fsm_state)state, (enum fsm_event)event);
			unsigned sends = FSM_SEND_OPEN | FSM_SEND_KEEPALIVE | FSM_SEND_NOTIFICATION;

			if (step.actions & sends)
				ck_assert(state >= FSM_OPEN_SENT || event == FSM_TCP_OPENS);
			if (state >= FSM_OPEN_SENT && step.next < FSM_OPEN_SENT)
				ck_assert(step.actions & FSM_DROP);
			if (state != FSM_IDLE && (step.next == FSM_IDLE || step.next == FSM_ACTIVE) &&
			    (enum fsm_state)state != step.next && event != FSM_STOP && event != FSM_LEAVE)
				ck_assert(step.actions & FSM_RETRY_LATER);
		}
}
END_TEST

UNIT_MAIN("fsm", a_session_comes_up, a_connection_that_fails_is_tried_again, stopping_ends_every_state,
    silence_is_told_as_hold_timer_expired, a_peer_that_does_not_read_is_given_up,
    what_does_not_belong_is_an_fsm_error, the_decoder_names_its_errors,
    a_notification_is_not_answered, every_step_makes_sense)
