/*
 * A session combines the state machine (fsm.h), the messages and a reader of the Adj-RIB-Out.
 * Received bytes, timers and calls of the owner become events; handle_event gets the next state and
 * the actions from fsm_step. Actions change only struct session: they append messages to `out`, set
 * timers, and request the owner to open or end the connection.
 *
 * UPDATEs are encoded in session_turn, and only while less than SESSION_OUT bytes are unwritten. So
 * a slow peer costs no memory, and its pending changes coalesce in the Adj-RIB-Out.
 *
 * Invariants: the reader is attached exactly while Established. Received UPDATEs are only checked;
 * their routes are ignored. In Idle only the timer retry_at runs.
 */
#include "bgp/session.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "bgp/message.h"
#include "bgp/update_wire.h"

#define LARGE_HOLD (240 * SECOND)	/* hold timer in OpenSent: RFC 4271 section 8.2.2 */
#define ATTEMPT (30 * SECOND)		/* ConnectRetryTimer in Connect; allows for lost SYNs */
/* The first ConnectRetryTimer after a failure; doubled with each failure, up to retry_max. */
#define PAUSE_MIN (1 * SECOND)
#define DOUBLINGS_MAX 30
/* After a session of at least this length, the pauses begin at PAUSE_MIN again. */
#define LASTING (120 * SECOND)
#define LONG_PAUSE (1800 * SECOND)	/* the pause if needs_configuration is true */
#define SEND_HOLD (480 * SECOND)	/* or twice the hold time, if longer: RFC 9687 section 4 */
#define REFRESH_PAUSE (5 * SECOND)	/* the shortest pause between two refreshes of a family */

/* Room for UPDATEs that begin below SESSION_OUT, and End-of-RIB, KEEPALIVE and NOTIFICATION. */
#define OUT_MAX (SESSION_OUT + UPDATE_BEYOND + 3 * BGP_MAX)

void
session_open(struct session *s, const struct update_local *us, const struct peer_config *peer,
    struct ribout *rib, uint64_t seed)
{
	*s = (struct session){ .us = us, .peer = peer, .rib = rib, .random = seed, .ours = us->open,
	    .retry_at = NEVER, .hold_at = NEVER, .keepalive_at = NEVER, .send_hold_at = NEVER,
	    .in = mem_alloc(BGP_EXTENDED_MAX), .in_max = BGP_MAX, .out = BUF(OUT_MAX) };
}

void
session_free(struct session *s)
{
	if (s->state == FSM_ESTABLISHED)
		ribout_detach(s->rib, &s->reader);
	free(s->in);
	buf_free(&s->out);
}

static void
report(struct session *s, struct session_event event)
{
	if (s->on_event != NULL)
		s->on_event(s, &event);
}

/* Returns the time multiplied by a random factor from 0.75 to 1: RFC 4271 section 10. */
static int64_t
jitter(struct session *s, int64_t time)
{
	s->random += UINT64_C(0x9e3779b97f4a7c15);
	return time -
	    (int64_t)(hash_mix(s->random, UINT64_C(0xd1b54a32d192ed03)) % 1000) * time / 4000;
}

/*
 * Whether attempts will fail until someone changes the configuration of a side: the peer's prefix
 * limit is reached, or a side lacks a capability that the other requires (RFC 5492 section 3: no
 * automatic retry).
 */
static bool
needs_configuration(const struct session *s)
{
	const struct bgp_error *e = &s->error;

	return (e->code == BGP_ERR_CEASE && e->subcode == BGP_CEASE_MAX_PREFIXES) ||
	    (e->code == BGP_ERR_OPEN && e->subcode == BGP_OPEN_CAPABILITY && !s->yielded);
}

static int64_t
pause_time(struct session *s)
{
	int64_t max = s->peer->retry_max > 0 ? s->peer->retry_max : SESSION_RETRY_MAX;
	int64_t time = PAUSE_MIN << s->pauses;

	if (needs_configuration(s))
		return jitter(s, LONG_PAUSE);
	if (s->pauses < DOUBLINGS_MAX)
		s->pauses++;
	return jitter(s, time < max ? time : max);
}

/* If the hold time is 0, the large hold timer still runs until Established. */
static void
restart_hold(struct session *s, enum fsm_state next, int64_t now)
{
	if (s->hold > 0)
		s->hold_at = now + s->hold;
	else if (next == FSM_ESTABLISHED)
		s->hold_at = NEVER;
}

static void
restart_keepalive(struct session *s, int64_t now)
{
	s->keepalive_at = s->hold > 0 ? now + jitter(s, s->hold / 3) : NEVER;
}

static void
send_keepalive(struct session *s)
{
	/* No KEEPALIVE is needed: the unwritten UPDATEs will restart the peer's hold timer. */
	if (session_output(s).n >= SESSION_OUT)
		return;
	message_put_keepalive(&s->out);
	s->messages_out++;
}

/* RFC 4724 section 4.1: the Restart State bit is set until the first complete transfer. */
static void
send_open(struct session *s)
{
	s->ours.restarting = !s->completed;
	open_put(&s->out, &s->ours);
	s->messages_out++;
}

bool
session_can_restart(const struct session *s)
{
	return s->ours.restart && s->theirs.restart;
}

/*
 * Whether the error must be sent in a Hard Reset: after a plain Cease the peer would retain the
 * routes (RFC 8538 section 4).
 */
static bool
is_hard(const struct session *s)
{
	return s->error.code == BGP_ERR_CEASE && s->state == FSM_ESTABLISHED &&
	    session_can_restart(s) && s->ours.notification && s->theirs.notification;
}

static void
send_notification(struct session *s, const struct fsm_step *step)
{
	if (step->code != 0)
		s->error = (struct bgp_error){ .code = step->code, .subcode = step->subcode };
	s->error.hard = is_hard(s);
	message_put_notification(&s->out, &s->error);
	s->messages_out++;
}

/* Derives the view from both OPENs: RFC 4271 section 5.1, RFC 6793 4.2.2, RFC 8950 4. */
static struct update_view
make_view(const struct session *s)
{
	bool ibgp = s->peer->as == s->us->open.as;

	return (struct update_view){ .us = s->us, .families = s->families,
	    .peer = s->peer->addr, .ibgp = ibgp, .as4 = s->theirs.as4 && s->ours.as4,
	    .next_hop6 = s->theirs.next_hop6 && s->ours.next_hop6,
	    .on_link = s->peer->link[0] != '\0' || s->peer->hops == 1,
	    .no_export = !ibgp && !s->peer->may_export, .tags = s->peer->tag_bits };
}

static void
go_up(struct session *s)
{
	s->families = s->theirs.families & s->ours.families;
	s->ended = s->refresh = 0;
	memset(s->refresh_at, 0, sizeof(s->refresh_at));
	s->view = make_view(s);
	ribout_attach(s->rib, &s->reader);
	report(s, (struct session_event){ .news = SESSION_UP });
}

/* `before` is the state that has ended. */
static void
go_down(struct session *s, enum fsm_state before, const char *why)
{
	struct session_event event = { .news = SESSION_OPEN_FAILED, .why = why, .error = s->error };

	if (before == FSM_ESTABLISHED) {
		event.news = SESSION_DOWN;
		ribout_detach(s->rib, &s->reader);
	} else if (before == FSM_CONNECT) {
		event.news = SESSION_CONNECT_FAILED;
	}
	if (before == FSM_ESTABLISHED || needs_configuration(s))
		s->ours = s->us->open;
	s->families = 0;
	report(s, event);
}

static void
drop_connection(struct session *s)
{
	s->drop = true;
	s->connect = false;
	s->hold_at = s->keepalive_at = s->send_hold_at = NEVER;
	s->in_len = 0;
}

static void
start_connection(struct session *s, int64_t now)
{
	s->connect = true;
	s->retry_at = now + jitter(s, ATTEMPT);
	s->in_len = s->head = s->next = 0;
	s->written = s->update_end = 0;
	s->in_max = BGP_MAX;
	buf_cut(&s->out, 0);
	s->error = (struct bgp_error){ 0 };
	s->yielded = false;
}

static void
apply_actions(struct session *s, const struct fsm_step *step, int64_t now)
{
	if (step->actions & FSM_SEND_OPEN)
		send_open(s);
	if (step->actions & FSM_SEND_KEEPALIVE)
		send_keepalive(s);
	if (step->actions & FSM_SEND_NOTIFICATION)
		send_notification(s, step);
	if (step->actions & FSM_DROP)
		drop_connection(s);
	if (step->actions & FSM_DO_CONNECT)
		start_connection(s, now);
	if (step->actions & FSM_RETRY_LATER)
		s->retry_at = now + pause_time(s);
	if (step->actions & FSM_RETRY_STOP)
		s->retry_at = NEVER;
	if (step->actions & FSM_HOLD_LARGE)
		s->hold_at = now + LARGE_HOLD;
	if (step->actions & FSM_HOLD)
		restart_hold(s, step->next, now);
	if (step->actions & FSM_KEEPALIVE)
		restart_keepalive(s, now);
}

/* `why` is the reason if the event ends a connection. */
static void
handle_event(struct session *s, enum fsm_event event, const char *why, int64_t now)
{
	struct fsm_step step = fsm_step(s->state, event);
	enum fsm_state before = s->state;

	/* Must precede apply_actions, which chooses the pause. */
	if (before == FSM_ESTABLISHED && now - s->since >= LASTING)
		s->pauses = 0;
	apply_actions(s, &step, now);
	s->state = step.next;
	if (step.next == before && !(step.actions & FSM_DROP))
		return;
	s->since = now;
	if (step.next == FSM_ESTABLISHED)
		go_up(s);
	else if ((step.actions & FSM_DROP) && before != FSM_ACTIVE)
		go_down(s, before, step.actions & FSM_SEND_NOTIFICATION &&
		    event != FSM_HOLD_EXPIRES && event != FSM_SEND_HOLD_EXPIRES &&
		    event != FSM_STOP ? "notification-sent" : why);
}

void
session_start(struct session *s, int64_t now)
{
	handle_event(s, FSM_START, NULL, now);
}

void
session_retry(struct session *s, int64_t now)
{
	if (s->state > FSM_ACTIVE)
		return;
	s->pauses = 0;
	handle_event(s, s->state == FSM_IDLE ? FSM_START : FSM_RETRY_EXPIRES, "tried-again", now);
}

void
session_stop(struct session *s, uint8_t subcode, struct str words, int64_t now)
{
	s->error = (struct bgp_error){ .code = BGP_ERR_CEASE, .subcode = subcode };
	if (subcode == BGP_CEASE_SHUTDOWN)
		message_set_words(&s->error, words);
	handle_event(s, FSM_STOP, "shutdown", now);
}

void
session_leave(struct session *s, int64_t now)
{
	handle_event(s, FSM_LEAVE, SESSION_RETAIN, now);
}

void
session_connected(struct session *s, int64_t now)
{
	handle_event(s, FSM_TCP_OPENS, NULL, now);
}

void
session_lost(struct session *s, const char *why, int64_t now)
{
	handle_event(s, FSM_TCP_FAILS, why, now);
	s->drop = false;
}

/* RFC 4271 section 4.2: the smaller hold time is used. */
static void
got_open(struct session *s, struct str body, int64_t now)
{
	struct open theirs;

	if (!open_parse(body, &theirs, &s->error) ||
	    !open_check(&theirs, s->peer->as, &s->ours, &s->error)) {
		handle_event(s, FSM_BAD_OPEN, NULL, now);
		return;
	}
	if (s->state == FSM_OPEN_SENT) {
		s->theirs = theirs;
		s->hold = (theirs.hold < s->ours.hold ? theirs.hold : s->ours.hold) * SECOND;
		s->in_max = theirs.extended && s->ours.extended ? BGP_EXTENDED_MAX : BGP_MAX;
	}
	handle_event(s, FSM_GOT_OPEN, NULL, now);
}

static void
got_update(struct session *s, struct str body, int64_t now)
{
	struct update_wire update;
	bool sound = s->state != FSM_ESTABLISHED || update_wire_parse(body, &update, &s->error);

	handle_event(s, sound ? FSM_GOT_UPDATE : FSM_BAD_UPDATE, NULL, now);
}

static void
got_refresh(struct session *s, struct str body, int64_t now)
{
	enum bgp_family family;

	handle_event(s, FSM_GOT_UPDATE, NULL, now);
	if (s->state == FSM_ESTABLISHED && message_parse_refresh(body, &family))
		s->refresh |= BGP_BIT(family) & s->families;
}

static void
grant_refreshes(struct session *s, int64_t now)
{
	for (int f = 0; f < BGP_FAMILIES; f++) {
		if (!(s->refresh & BGP_BIT(f)) || now < s->refresh_at[f])
			continue;
		s->refresh &= ~BGP_BIT(f);
		s->refresh_at[f] = now + REFRESH_PAUSE;
		if (ribout_refresh(s->rib, &s->reader, (enum bgp_family)f))
			report(s, (struct session_event){ .news = SESSION_REFRESH,
			    .family = (enum bgp_family)f });
	}
}

/* RFC 5492 section 3: try again without the refused capabilities, after a short pause. */
static void
got_notification(struct session *s, struct str body, int64_t now)
{
	s->error = message_parse_notification(body);
	s->yielded = s->state != FSM_ESTABLISHED && open_yield(&s->ours, &s->error);
	if (s->yielded)
		s->pauses = 0;
	handle_event(s, FSM_GOT_NOTIFICATION, "notification-received", now);
}

static void
got_message(struct session *s, const struct message *m, int64_t now)
{
	s->messages_in++;
	switch (m->type) {
	case BGP_OPEN:
		got_open(s, m->body, now);
		break;
	case BGP_UPDATE:
		got_update(s, m->body, now);
		break;
	case BGP_NOTIFICATION:
		got_notification(s, m->body, now);
		break;
	case BGP_KEEPALIVE:
		handle_event(s, FSM_GOT_KEEPALIVE, NULL, now);
		break;
	case BGP_ROUTE_REFRESH:
		got_refresh(s, m->body, now);
		break;
	}
}

void *
session_room(struct session *s, size_t *size)
{
	*size = s->in_max - s->in_len;
	return s->in + s->in_len;
}

static bool
is_connected(const struct session *s)
{
	return s->state >= FSM_OPEN_SENT;
}

void
session_received(struct session *s, size_t n, int64_t now)
{
	size_t taken = 0;

	if (!is_connected(s))
		return;
	s->in_len += n;
	while (is_connected(s)) {
		struct str rest = { (const char *)s->in + taken, s->in_len - taken };
		struct message m;
		int length = message_frame(rest, s->in_max, &m, &s->error);

		if (length == 0)
			break;
		if (length > 0)
			got_message(s, &m, now);
		else
			handle_event(s, FSM_BAD_HEADER, NULL, now);
		taken += length > 0 ? (size_t)length : 0;
	}
	if (!is_connected(s))
		return;
	s->in_len -= taken;
	memmove(s->in, s->in + taken, s->in_len);
}

static void
send_end_of_rib(struct session *s, enum bgp_family family)
{
	if ((s->ended & BGP_BIT(family)) || !ribout_is_complete(s->rib) ||
	    ribout_pending(s->rib, &s->reader, family) > 0)
		return;
	update_wire_put(&s->out, NULL, family, STR(""));	/* RFC 4724 section 2 */
	s->messages_out++;
	s->ended |= BGP_BIT(family);
	s->completed |= s->ended == s->families;
	report(s, (struct session_event){ .news = SESSION_END_OF_RIB, .family = family });
}

static void
send_updates(struct session *s, int64_t now)
{
	uint64_t before = s->messages_out, messages;

	if (s->next > 0) {
		buf_shift(&s->out, s->next);
		s->head -= s->next;
		s->next = 0;
	}
	for (int f = 0; f < BGP_FAMILIES; f++) {
		if (!(s->families & BGP_BIT(f)))
			continue;
		messages = update_put(s->rib, &s->reader, &s->view, (enum bgp_family)f, &s->out,
		    SESSION_OUT);
		s->messages_out += messages;
		if (messages > 0)
			s->update_end = s->written + session_output(s).n;
		send_end_of_rib(s, (enum bgp_family)f);
	}
	if (s->messages_out > before)
		restart_keepalive(s, now);
}

int64_t
session_send_hold(const struct session *s)
{
	int64_t hold = s->state < FSM_OPEN_CONFIRM ? s->us->open.hold * SECOND : s->hold;

	return 2 * hold > SEND_HOLD ? 2 * hold : SEND_HOLD;
}

/*
 * RFC 9687 section 3.2: the timer runs while output is unwritten, and restarts when a message is
 * completely written.
 */
static void
watch_writing(struct session *s, int64_t now)
{
	if (s->state < FSM_OPEN_CONFIRM || session_output(s).n == 0)
		s->send_hold_at = NEVER;
	else if (s->wrote || s->send_hold_at == NEVER)
		s->send_hold_at = now + session_send_hold(s);
	s->wrote = false;
}

void
session_turn(struct session *s, int64_t now)
{
	watch_writing(s, now);
	if (now >= s->retry_at) {
		s->retry_at = NEVER;
		handle_event(s, s->state == FSM_IDLE ? FSM_START : FSM_RETRY_EXPIRES,
		    "connection-timed-out", now);
	}
	if (now >= s->hold_at)
		handle_event(s, FSM_HOLD_EXPIRES, "hold-timer-expired", now);
	if (now >= s->keepalive_at)
		handle_event(s, FSM_KEEPALIVE_EXPIRES, NULL, now);
	if (now >= s->send_hold_at)
		handle_event(s, FSM_SEND_HOLD_EXPIRES, "send-hold-timer-expired", now);
	if (s->state != FSM_ESTABLISHED)
		return;
	grant_refreshes(s, now);
	send_updates(s, now);
}

void
session_reconsider(struct session *s)
{
	if (s->state != FSM_ESTABLISHED)
		return;
	s->view = make_view(s);
	for (int f = 0; f < BGP_FAMILIES; f++)
		if (s->families & BGP_BIT(f))
			ribout_refresh(s->rib, &s->reader, (enum bgp_family)f);
}

void
session_count_unsent(const struct session *s, unsigned families, size_t n[UPDATE_REASONS])
{
	memset(n, 0, UPDATE_REASONS * sizeof(*n));
	for (int f = 0; f < BGP_FAMILIES && s->state == FSM_ESTABLISHED; f++) {
		size_t all = ribout_routes(s->rib, (enum bgp_family)f);

		if (!(families & BGP_BIT(f)))
			continue;
		if (s->reader.of[f].routes == all)
			n[UPDATE_SENT] += all;
		else
			update_count_unsent(s->rib, &s->view, (enum bgp_family)f, n);
	}
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t
session_deadline(const struct session *s)
{
	int64_t first = sooner(sooner(s->retry_at, s->send_hold_at),
	    sooner(s->hold_at, s->keepalive_at));

	for (int f = 0; f < BGP_FAMILIES; f++)
		if (s->state == FSM_ESTABLISHED && s->refresh & BGP_BIT(f))
			first = sooner(first, s->refresh_at[f]);
	return first;
}

bool
session_has_more(const struct session *s)
{
	if (s->state != FSM_ESTABLISHED)
		return false;
	for (int f = 0; f < BGP_FAMILIES; f++)
		if ((s->families & BGP_BIT(f)) &&
		    ribout_pending(s->rib, &s->reader, (enum bgp_family)f) > 0)
			return true;
	return false;
}

bool
session_is_complete(const struct session *s)
{
	return s->state == FSM_ESTABLISHED && s->ended == s->families;
}

bool
session_is_settled(const struct session *s)
{
	return session_is_complete(s) && s->refresh == 0 && !session_has_more(s) &&
	    session_output(s).n == 0;
}

struct str
session_output(const struct session *s)
{
	if (s->out.len == s->head)
		return (struct str){ NULL, 0 };
	return (struct str){ s->out.data + s->head, s->out.len - s->head };
}

/* The Length field of the message at this offset: RFC 4271 section 4.1. */
static size_t
message_length(const struct session *s, size_t at)
{
	const uint8_t *length = (const uint8_t *)s->out.data + at + 16;

	return (size_t)length[0] << 8 | length[1];
}

void
session_wrote(struct session *s, size_t n)
{
	s->head += n;
	s->written += n;
	while (s->next < s->head && s->next + message_length(s, s->next) <= s->head) {
		s->next += message_length(s, s->next);
		s->wrote = true;
	}
	if (s->head < s->out.len)
		return;
	s->head = s->next = 0;
	buf_cut(&s->out, 0);
}
