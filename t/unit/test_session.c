#include "bgp/session.h"

#include <stdio.h>

#include "base/clock.h"
#include "bgp/bgptext.h"
#include "bgp/message.h"
#include "bgp/status.h"
#include "unit.h"

static struct update_local us = {
	.open = { .as = 65000, .id = 9, .hold = 90, .families = 3, .multiprotocol = true,
	.refresh = true,
	    .as4 = true },
	.next_hop = { { ADDR_V4, { 192, 0, 2, 9 } }, { ADDR_V6, { 0x20, 1, 0xd, 0xb8 } } },
};
static const struct open theirs = { .as = 65000, .id = 7, .hold = 30, .families = 3,
    .multiprotocol = true, .refresh = true, .as4 = true };
static const struct open restarting_us = { .as = 65000, .id = 9, .hold = 90, .families = 3,
    .multiprotocol = true, .as4 = true, .restart = true, .notification = true, .restart_time = 120,
    .restart_families = 3, .kept = 3 };
static struct peer_config peer = {.addr = {ADDR_V4, {192, 0, 2, 1}}, .port = PEER_CONFIG_PORT};

static struct ribout *rib;
static struct session s;
static struct buf bytes = BUF(64 * 1024);
static struct buf news = BUF(64 * 1024);
static int64_t now;

static void
note_event(struct session *session, const struct session_event *event)
{
	status_line(0, session, event, &news);
}

/* The status lines since the last call, without time and peer. */
static const char *
what_happened(void)
{
	static char text[4096];
	struct str rest = buf_view(&news), line;
	size_t skip = strlen("0.000000 peer 192.0.2.1 ");

	text[0] = '\0';
	while (str_split(&rest, '\n', &line) && line.n > skip)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%.*s",
		    text[0] ? "; " : "", (int)(line.n - skip), line.p + skip);
	buf_cut(&news, 0);
	return text;
}

static void
begin_session(uint32_t as)
{
	now = SECOND;
	rib = ribout_new(1);
	peer.as = as;
	session_open(&s, &us, &peer, rib, 1);
	s.on_event = note_event;
	session_start(&s, now);
	ck_assert(s.connect);
	s.connect = false;
}

static void
end_session(void)
{
	session_free(&s);
	ribout_free(rib);
	what_happened();
}

/* Takes all unwritten messages, and returns them as text. */
static const char *
sent_text(void)
{
	static struct buf text = BUF(1024 * 1024);
	struct bgp_error error;
	struct message m;
	struct update_wire u;
	char name[BGPTEXT_ERROR_STRLEN];
	int length;

	buf_cut(&text, 0);
	while ((length = message_frame(session_output(&s), BGP_MAX, &m, &error)) > 0) {
		if (text.len > 0)
			buf_str(&text, STR("; "));
		if (m.type == BGP_OPEN)
			buf_str(&text, STR("open"));
		else if (m.type == BGP_KEEPALIVE)
			buf_str(&text, STR("keepalive"));
		else if (m.type == BGP_NOTIFICATION) {
			error = message_parse_notification(m.body);
			buf_str(&text, str_of(bgptext_error(&error, name)));
			if (message_words(&error).p != NULL)
				buf_byte(&text, ' ');
			buf_str(&text, message_words(&error));
		} else {
			ck_assert(update_wire_parse(m.body, &u, &error));
			bgptext_update(&u, true, &text);
		}
		session_wrote(&s, (size_t)length);
	}
	ck_assert_int_eq(length, 0);
	buf_byte(&text, '\0');
	return text.data;
}

/* Takes the only unwritten message, which must be an OPEN. */
static struct open
sent_open(void)
{
	struct bgp_error error;
	struct message m;
	struct open open;
	int length = message_frame(session_output(&s), BGP_MAX, &m, &error);

	ck_assert_uint_eq(session_output(&s).n, (size_t)length);
	ck_assert(open_parse(m.body, &open, &error));
	session_wrote(&s, (size_t)length);
	return open;
}

static void
hear(void)
{
	size_t done = 0;

	while (done < bytes.len) {
		size_t size, n;
		void *to = session_room(&s, &size);

		n = size < bytes.len - done ? size : bytes.len - done;
		memcpy(to, bytes.data + done, n);
		session_received(&s, n, now);
		done += n;
	}
	buf_cut(&bytes, 0);
}

static void
hear_open(const struct open *open)
{
	open_put(&bytes, open);
	hear();
}

static void
hear_keepalive(void)
{
	message_put_keepalive(&bytes);
	hear();
}

static void
come_up(const struct open *open)
{
	session_connected(&s, now);
	ck_assert_str_eq(sent_text(), "open");
	hear_open(open);
	ck_assert_str_eq(sent_text(), "keepalive");
	hear_keepalive();
	ck_assert_int_eq(s.state, FSM_ESTABLISHED);
}

static void
announce_prefix(const char *text)
{
	struct prefix p;

	ck_assert_ptr_null(prefix_parse(str_of(text), &p));
	ribout_announce(rib, &p, 0);
}

START_TEST(a_session_is_established_and_sends_its_routes)
{
	begin_session(65000);
	announce_prefix("10.0.0.1/32");
	announce_prefix("10.0.0.2/32");
	announce_prefix("2001:db8::1/128");
	come_up(&theirs);
	ck_assert_str_eq(what_happened(), "up as=65000 families=ipv4,ipv6 hold=30");
	session_turn(&s, now);
	ck_assert_str_eq(sent_text(),
	    "update origin=igp as-path= next-hop=192.0.2.9 local-pref=100 announce 10.0.0.1/32 "
	    "10.0.0.2/32; update origin=igp as-path= next-hop=2001:db8:: local-pref=100 announce "
	    "2001:db8::1/128");
	ck_assert(!session_is_settled(&s));
	ribout_complete(rib);
	session_turn(&s, now);
	ck_assert_str_eq(sent_text(), "update end-of-rib=ipv4; update end-of-rib=ipv6");
	ck_assert_str_eq(what_happened(),
	    "end-of-rib family=ipv4 routes=2; end-of-rib family=ipv6 routes=1");
	ck_assert(session_is_settled(&s));
	end_session();
}
END_TEST

START_TEST(only_negotiated_families_are_sent)
{
	struct open v6_only = theirs, old = theirs;

	v6_only.families = BGP_BIT(BGP_IPV6);
	old.families = 0;
	old.multiprotocol = old.as4 = false;
	begin_session(65000);
	announce_prefix("10.0.0.1/32");
	announce_prefix("2001:db8::1/128");
	come_up(&v6_only);
	session_turn(&s, now);
	ck_assert_str_eq(sent_text(),
	    "update origin=igp as-path= next-hop=2001:db8:: local-pref=100 announce "
	    "2001:db8::1/128");
	end_session();

	begin_session(65000);
	announce_prefix("10.0.0.1/32");
	announce_prefix("2001:db8::1/128");
	come_up(&old);	/* RFC 4760 section 8: IPv4 only */
	session_turn(&s, now);
	ck_assert_str_eq(sent_text(),
	    "update origin=igp as-path= next-hop=192.0.2.9 local-pref=100 announce 10.0.0.1/32");
	end_session();
}
END_TEST

/* RFC 4271 section 6.2. */
START_TEST(an_invalid_open_gets_a_notification)
{
	struct open open = theirs;

	open.as = 65001;
	begin_session(65000);
	session_connected(&s, now);
	sent_text();
	hear_open(&open);
	ck_assert_str_eq(sent_text(), "open-message-error/bad-peer-as");
	ck_assert(s.drop);
	ck_assert_str_eq(what_happened(),
	    "open-failed reason=notification-sent error=open-message-error/bad-peer-as");
	ck_assert(s.retry_at != NEVER);
	end_session();

	open = theirs;
	open.hold = 2;
	begin_session(65000);
	session_connected(&s, now);
	sent_text();
	hear_open(&open);
	ck_assert_str_eq(sent_text(), "open-message-error/unacceptable-hold-time");
	end_session();
}
END_TEST

START_TEST(an_invalid_message_gets_a_notification)
{
	begin_session(65000);
	come_up(&theirs);
	buf_put(&bytes, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\x13\4",
	    19);
	hear();
	ck_assert_str_eq(sent_text(), "message-header-error/connection-not-synchronized");
	ck_assert_str_eq(what_happened(),
	    "up as=65000 families=ipv4,ipv6 hold=30; down reason=notification-sent "
	    "error=message-header-error/connection-not-synchronized");
	end_session();

	begin_session(65000);
	come_up(&theirs);
	buf_put(&bytes,
	    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\x17\2\0\7\0\0", 23);
	hear();
	ck_assert_str_eq(sent_text(), "update-message-error/malformed-attribute-list");
	end_session();
}
END_TEST

START_TEST(timers_expire_on_time)
{
	begin_session(65000);
	come_up(&theirs);
	what_happened();
	ck_assert_int_eq(session_deadline(&s), s.keepalive_at);
	ck_assert(s.keepalive_at >= now + 75 * SECOND / 10 && s.keepalive_at <= now + 10 * SECOND);
	now = s.keepalive_at;
	session_turn(&s, now);
	ck_assert_str_eq(sent_text(), "keepalive");
	now += 19 * SECOND;
	hear_keepalive();
	ck_assert_int_eq(s.hold_at, now + 30 * SECOND);
	s.keepalive_at = NEVER;
	now += 30 * SECOND - 1;
	session_turn(&s, now);
	ck_assert_str_eq(sent_text(), "");
	now += 1;
	session_turn(&s, now);
	ck_assert_str_eq(sent_text(), "hold-timer-expired");
	ck_assert_str_eq(what_happened(),
	    "down reason=hold-timer-expired error=hold-timer-expired");
	end_session();
}
END_TEST

START_TEST(a_hold_time_of_0_stops_the_timers)
{
	struct open open = theirs;

	open.hold = 0;
	begin_session(65000);
	come_up(&open);
	ck_assert_int_eq(session_deadline(&s), NEVER);
	end_session();
}
END_TEST

START_TEST(with_a_hold_time_of_0_an_open_must_be_confirmed)
{
	struct open open = theirs;

	open.hold = 0;
	begin_session(65000);
	session_connected(&s, now);
	hear_open(&open);
	ck_assert_int_eq(s.state, FSM_OPEN_CONFIRM);
	now = session_deadline(&s);
	ck_assert_int_eq(now, 241 * SECOND);
	session_turn(&s, now);
	ck_assert_str_eq(what_happened(),
	    "open-failed reason=hold-timer-expired error=hold-timer-expired");
	end_session();
}
END_TEST

/*
 * The pauses double from 1 s to 120 s, each shortened by up to a quarter; after a long session they
 * start at 1 s again.
 */
START_TEST(pauses_double_until_a_session_lasts)
{
	static const int pauses[] = { 1, 2, 4, 8, 16, 32, 64, 120, 120 };

	begin_session(65000);
	for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
		session_lost(&s, "connection-refused", now);
		ck_assert_str_eq(what_happened(), "connect-failed error=connection-refused");
		ck_assert_int_eq(s.state, FSM_ACTIVE);
		ck_assert(s.retry_at <= now + pauses[i] * SECOND);
		ck_assert(s.retry_at >= now + pauses[i] * SECOND * 3 / 4);
		now = s.retry_at;
		session_turn(&s, now);
		ck_assert(s.connect);
	}
	come_up(&theirs);
	session_lost(&s, "closed-by-peer", now);
	ck_assert(s.retry_at >= now + 90 * SECOND);
	now = s.retry_at;
	session_turn(&s, now);
	come_up(&theirs);
	now += 120 * SECOND;
	session_lost(&s, "closed-by-peer", now);
	ck_assert_int_eq(s.state, FSM_IDLE);
	ck_assert(s.retry_at <= now + SECOND);
	now = s.retry_at;
	session_turn(&s, now);
	ck_assert_int_eq(s.state, FSM_CONNECT);
	end_session();
}
END_TEST

static void
lose_and_wait(int64_t longest)
{
	session_lost(&s, "connection-refused", now);
	ck_assert(s.retry_at <= now + longest && s.retry_at >= now + longest * 3 / 4);
	now = s.retry_at;
	session_turn(&s, now);
}

START_TEST(pauses_are_limited_by_retry_max)
{
	static const int pauses[] = { 1, 2, 4, 5, 5, 5 };

	peer.retry_max = 5 * SECOND;
	begin_session(65000);
	for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++)
		lose_and_wait(pauses[i] * SECOND);
	peer.retry_max = 600 * SECOND;
	for (int i = 0; i < 60; i++) {
		session_lost(&s, "connection-refused", now);
		now = s.retry_at;
		session_turn(&s, now);
	}
	lose_and_wait(600 * SECOND);
	end_session();
	peer.retry_max = 0;
}
END_TEST

START_TEST(a_retry_starts_an_attempt_immediately)
{
	begin_session(65000);
	for (int i = 0; i < 8; i++)
		lose_and_wait((i < 7 ? 1 << i : 120) * SECOND);
	session_lost(&s, "connection-refused", now);
	what_happened();
	s.connect = false;
	session_retry(&s, now);		/* in a pause between attempts */
	ck_assert(s.connect);
	s.connect = false;
	now += SECOND;
	session_retry(&s, now);		/* in an attempt, which is restarted */
	ck_assert(s.connect);
	ck_assert_str_eq(what_happened(), "connect-failed error=tried-again");
	lose_and_wait(SECOND);
	come_up(&theirs);
	what_happened();
	session_retry(&s, now);
	ck_assert(!s.drop && s.state == FSM_ESTABLISHED);
	ck_assert_str_eq(what_happened(), "");
	end_session();
}
END_TEST

START_TEST(a_new_session_sends_exactly_the_current_routes)
{
	struct prefix p;

	begin_session(65000);
	announce_prefix("10.0.0.1/32");
	announce_prefix("10.0.0.2/32");
	ribout_complete(rib);
	come_up(&theirs);
	session_turn(&s, now);
	sent_text();
	session_lost(&s, "connection-reset-by-peer", now);
	ck_assert_ptr_null(prefix_parse(STR("10.0.0.1/32"), &p));
	ribout_withdraw(rib, &p);
	now = s.retry_at;
	session_turn(&s, now);
	come_up(&theirs);
	session_turn(&s, now);
	ck_assert_str_eq(sent_text(),
	    "update origin=igp as-path= next-hop=192.0.2.9 local-pref=100 announce 10.0.0.2/32; "
	    "update end-of-rib=ipv4; update end-of-rib=ipv6");
	end_session();
}
END_TEST

START_TEST(a_route_refresh_sends_the_family_again)
{
	begin_session(65001);
	announce_prefix("10.0.0.1/32");
	come_up(&(struct open){ .as = 65001, .id = 9, .hold = 30, .as4 = true });
	session_turn(&s, now);
	sent_text();
	what_happened();
	buf_put(&bytes,
	    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\x17\5\0\1\0\1", 23);
	hear();
	session_turn(&s, now);
	ck_assert_str_eq(what_happened(), "refresh family=ipv4");
	ck_assert_str_eq(sent_text(),
	    "update origin=igp as-path=65000 next-hop=192.0.2.9 community=no-export announce "
	    "10.0.0.1/32");
	end_session();
}
END_TEST

START_TEST(stopping_sends_cease)
{
	begin_session(65000);
	come_up(&theirs);
	session_stop(&s, BGP_CEASE_SHUTDOWN, STR("maintenance until 10:00"), now);
	ck_assert_str_eq(sent_text(), "cease/administrative-shutdown maintenance until 10:00");
	ck_assert(s.drop);
	ck_assert_int_eq(session_deadline(&s), NEVER);
	end_session();
}
END_TEST

static void
connect_again(void)
{
	now = s.retry_at;
	session_turn(&s, now);
	ck_assert(s.connect);
	s.connect = false;
	session_connected(&s, now);
}

/* RFC 4724 section 4.1: an OPEN has the R bit until End-of-RIB was sent, and always the F bits. */
START_TEST(the_restart_state_is_set_until_all_is_sent)
{
	const struct open before = us.open;
	struct open helper = theirs, open;

	us.open = restarting_us;
	helper.restart = true;
	begin_session(65000);
	session_connected(&s, now);
	open = sent_open();
	ck_assert(open.restart && open.restarting && open.notification && open.kept == 3);
	ck_assert_uint_eq(open.restart_time, 120);
	session_lost(&s, "closed-by-peer", now);
	connect_again();
	ck_assert(sent_open().restarting);
	hear_open(&helper);
	hear_keepalive();
	session_turn(&s, now);
	what_happened();
	ck_assert_str_eq(sent_text(), "keepalive");
	session_lost(&s, "closed-by-peer", now);
	connect_again();
	ck_assert(sent_open().restarting);
	hear_open(&helper);
	hear_keepalive();
	ribout_complete(rib);
	session_turn(&s, now);
	ck_assert_str_eq(sent_text(), "keepalive; update end-of-rib=ipv4; update end-of-rib=ipv6");
	session_lost(&s, "closed-by-peer", now);
	connect_again();
	open = sent_open();
	ck_assert(!open.restarting && open.kept == 3);
	end_session();
	us.open = before;
}
END_TEST

/* RFC 8538 section 4: if both peers set N, a Cease becomes a Hard Reset; other errors do not. */
START_TEST(cease_is_a_hard_reset_with_graceful_restart)
{
	const struct open before = us.open;
	struct open helper = theirs;

	us.open = restarting_us;
	for (int n = 0; n < 2; n++) {
		helper.restart = true;
		helper.notification = n;
		begin_session(65000);
		come_up(&helper);
		session_stop(&s, BGP_CEASE_DECONFIGURED, STR(""), now);
		ck_assert_str_eq(sent_text(),
		    n ? "hard-reset/cease/peer-de-configured" : "cease/peer-de-configured");
		end_session();
	}
	begin_session(65000);
	come_up(&helper);
	now = s.hold_at;
	s.keepalive_at = NEVER;
	session_turn(&s, now);
	ck_assert_str_eq(sent_text(), "hold-timer-expired");
	end_session();
	us.open = before;
}
END_TEST

START_TEST(leaving_sends_no_notification)
{
	begin_session(65000);
	come_up(&theirs);
	what_happened();
	session_leave(&s, now);
	ck_assert_str_eq(sent_text(), "");
	ck_assert(s.drop);
	ck_assert_str_eq(what_happened(), "down reason=retain");
	ck_assert_int_eq(session_deadline(&s), NEVER);
	end_session();
}
END_TEST

/* RFC 5492 section 3. After an established session, all capabilities are offered again. */
START_TEST(a_refused_capability_is_not_offered_again)
{
	struct bgp_error error = { .code = BGP_ERR_OPEN, .subcode = BGP_OPEN_PARAMETER };
	struct open old = { .as = 65000, .id = 7, .hold = 30 };

	begin_session(65000);
	session_connected(&s, now);
	ck_assert(sent_open().multiprotocol);
	message_put_notification(&bytes, &error);
	hear();
	ck_assert_str_eq(what_happened(),
	    "open-failed reason=notification-received "
	    "error=open-message-error/unsupported-optional-parameter");
	ck_assert(s.retry_at <= now + SECOND);
	connect_again();
	ck_assert(!sent_open().multiprotocol);
	hear_open(&old);
	hear_keepalive();
	ck_assert_str_eq(what_happened(), "up as=65000 families=ipv4 hold=30");
	announce_prefix("10.0.0.1/32");
	session_turn(&s, now);
	ck_assert_str_eq(sent_text(),
	    "keepalive; update origin=igp as-path= next-hop=192.0.2.9 local-pref=100 announce "
	    "10.0.0.1/32");
	session_lost(&s, "closed-by-peer", now);
	connect_again();
	ck_assert(sent_open().multiprotocol);
	end_session();
}
END_TEST

/* RFC 5492 section 3: if no capability can be removed, the next attempt follows much later. */
START_TEST(a_required_capability_is_reported)
{
	struct bgp_error error = { .code = BGP_ERR_OPEN, .subcode = BGP_OPEN_CAPABILITY, .n = 3,
	    .data = { 9, 1, 3 } };

	begin_session(65000);
	session_connected(&s, now);
	sent_text();
	message_put_notification(&bytes, &error);
	hear();
	ck_assert_str_eq(what_happened(), "open-failed reason=notification-received "
	    "error=open-message-error/unsupported-capability capabilities=role");
	ck_assert(s.retry_at >= now + 1350 * SECOND && s.retry_at <= now + 1800 * SECOND);
	end_session();
}
END_TEST

/* RFC 4760 section 8. */
START_TEST(a_peer_without_multiprotocol_gets_ipv4)
{
	struct bgp_error error = { .code = BGP_ERR_OPEN, .subcode = BGP_OPEN_CAPABILITY, .n = 12,
	    .data = { 1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1 } };
	struct open old = { .as = 65000, .id = 7, .hold = 30, .as4 = true };

	begin_session(65000);
	announce_prefix("10.0.0.1/32");
	session_connected(&s, now);
	sent_text();
	message_put_notification(&bytes, &error);
	hear();
	ck_assert(s.retry_at <= now + SECOND);
	what_happened();
	connect_again();
	ck_assert(!sent_open().multiprotocol);
	hear_open(&old);
	hear_keepalive();
	ck_assert_str_eq(what_happened(), "up as=65000 families=ipv4 hold=30");
	session_turn(&s, now);
	ck_assert_ptr_nonnull(strstr(sent_text(), "announce 10.0.0.1/32"));
	end_session();
}
END_TEST

START_TEST(a_peer_without_a_common_family_is_refused)
{
	const struct open before = us.open;
	struct open v6_only = theirs;

	us.open.families = BGP_BIT(BGP_IPV4);
	v6_only.families = BGP_BIT(BGP_IPV6);
	begin_session(65000);
	session_connected(&s, now);
	sent_text();
	hear_open(&v6_only);
	ck_assert_str_eq(sent_text(), "open-message-error/unsupported-capability");
	ck_assert_str_eq(what_happened(), "open-failed reason=notification-sent "
	    "error=open-message-error/unsupported-capability "
	    "capabilities=multiprotocol/ipv4-unicast");
	end_session();
	us.open = before;
}
END_TEST

START_TEST(the_pause_after_a_prefix_limit_is_long)
{
	struct bgp_error error = { .code = BGP_ERR_CEASE, .subcode = BGP_CEASE_MAX_PREFIXES };

	begin_session(65000);
	come_up(&theirs);
	message_put_notification(&bytes, &error);
	hear();
	ck_assert(s.retry_at >= now + 1350 * SECOND && s.retry_at <= now + 1800 * SECOND);
	end_session();
}
END_TEST

/* Lets 470 seconds pass, in which the peer sends messages but reads none. */
static void
wait_470_seconds(void)
{
	for (int i = 0; i < 47; i++) {
		session_turn(&s, now);
		now += 10 * SECOND;
		hear_keepalive();
	}
}

/* RFC 9687: the peer sends KEEPALIVEs but reads no complete message for eight minutes. */
START_TEST(the_send_hold_timer_ends_a_blocked_session)
{
	begin_session(65000);
	announce_prefix("10.0.0.1/32");
	come_up(&theirs);
	what_happened();
	wait_470_seconds();
	session_wrote(&s, session_output(&s).n - 18);	/* all but the end of the last message */
	wait_470_seconds();
	ck_assert_int_eq(s.state, FSM_ESTABLISHED);
	session_wrote(&s, 1);
	now += 10 * SECOND;
	session_turn(&s, now);
	ck_assert_str_eq(what_happened(),
	    "down reason=send-hold-timer-expired error=send-hold-timer-expired");
	end_session();
}
END_TEST

/* RFC 9687 section 4. */
START_TEST(the_send_hold_time_is_at_least_twice_the_hold_time)
{
	const struct open before = us.open;
	struct open open = theirs;

	us.open.hold = 600;
	open.hold = 300;
	begin_session(65000);
	ck_assert_int_eq(session_send_hold(&s), 1200 * SECOND);
	come_up(&open);
	ck_assert_int_eq(session_send_hold(&s), 600 * SECOND);
	end_session();
	us.open = before;
}
END_TEST

/* The first request is served immediately; all others within five seconds cause one refresh. */
START_TEST(many_route_refreshes_cause_two)
{
	static const char refresh[] =
	    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\x17\5\0\1\0\1";
	int refreshes = 0;

	begin_session(65000);
	announce_prefix("10.0.0.1/32");
	come_up(&theirs);
	session_turn(&s, now);
	sent_text();
	what_happened();
	for (int i = 0; i < 1000; i++) {
		for (int n = 0; n < 10; n++)
			buf_put(&bytes, refresh, sizeof(refresh) - 1);
		hear();
		session_turn(&s, now);
		refreshes += strstr(sent_text(), "10.0.0.1/32") != NULL;
		now += SECOND / 250;
	}
	ck_assert_str_eq(what_happened(), "refresh family=ipv4");
	ck_assert_int_eq(refreshes, 1);
	ck_assert(!session_is_settled(&s));
	now = session_deadline(&s);
	ck_assert_int_eq(now, 6 * SECOND);
	session_turn(&s, now);
	ck_assert_str_eq(what_happened(), "refresh family=ipv4");
	ck_assert_ptr_nonnull(strstr(sent_text(), "10.0.0.1/32"));
	ck_assert(session_deadline(&s) > now + SECOND);
	end_session();
}
END_TEST

START_TEST(a_notification_is_reported)
{
	struct bgp_error error = { .code = BGP_ERR_CEASE, .subcode = 1 };

	begin_session(65000);
	come_up(&theirs);
	what_happened();
	message_put_notification(&bytes, &error);
	hear();
	ck_assert_str_eq(sent_text(), "");
	ck_assert_str_eq(what_happened(),
	    "down reason=notification-received error=cease/maximum-number-of-prefixes-reached");
	end_session();
}
END_TEST

/* UPDATEs are encoded up to SESSION_OUT, and KEEPALIVEs do not accumulate. */
START_TEST(a_blocked_peer_needs_limited_memory)
{
	struct prefix p = { .addr = { ADDR_V4, { 0 } }, .len = 32 };

	begin_session(65000);
	for (unsigned i = 0; i < 100000; i++) {
		p.addr.bytes[1] = (uint8_t)(i >> 16);
		p.addr.bytes[2] = (uint8_t)(i >> 8);
		p.addr.bytes[3] = (uint8_t)i;
		ribout_announce(rib, &p, 0);
	}
	come_up(&theirs);
	for (int i = 0; i < 50; i++) {
		now += 9 * SECOND;
		hear_keepalive();
		session_turn(&s, now);
	}
	ck_assert_uint_lt(session_output(&s).n, SESSION_OUT + BGP_MAX);
	ck_assert(session_has_more(&s));
	end_session();
}
END_TEST

/* The bytes of all UPDATEs for a million host routes of a family, in 4,096-byte iBGP messages. */
static size_t
bytes_of_a_million(enum addr_family family)
{
	struct prefix p = { .addr = { family, { 10 } }, .len = addr_bits(family) };
	uint8_t *last = p.addr.bytes + p.len / 8;
	size_t total = 0;

	begin_session(65000);
	for (unsigned i = 0; i < 1000000; i++) {
		last[-3] = (uint8_t)(i >> 16);
		last[-2] = (uint8_t)(i >> 8);
		last[-1] = (uint8_t)i;
		ribout_announce(rib, &p, 0);
	}
	come_up(&theirs);
	for (session_turn(&s, now); session_output(&s).n > 0; session_turn(&s, now)) {
		total += session_output(&s).n;
		session_wrote(&s, session_output(&s).n);
	}
	end_session();
	return total;
}

/* The minimum: all messages but the last are full, with 44 (IPv6: 62) bytes of overhead each. */
START_TEST(updates_are_as_full_as_possible)
{
	ck_assert_uint_eq(bytes_of_a_million(ADDR_V4), 5054340);
	ck_assert_uint_eq(bytes_of_a_million(ADDR_V6), 17261640);
}
END_TEST

UNIT_MAIN("session", a_session_is_established_and_sends_its_routes,
    only_negotiated_families_are_sent, an_invalid_open_gets_a_notification,
    an_invalid_message_gets_a_notification, timers_expire_on_time,
    a_hold_time_of_0_stops_the_timers, with_a_hold_time_of_0_an_open_must_be_confirmed,
    pauses_double_until_a_session_lasts, pauses_are_limited_by_retry_max,
    a_retry_starts_an_attempt_immediately, a_new_session_sends_exactly_the_current_routes,
    a_route_refresh_sends_the_family_again, stopping_sends_cease,
    the_restart_state_is_set_until_all_is_sent, cease_is_a_hard_reset_with_graceful_restart,
    leaving_sends_no_notification, a_refused_capability_is_not_offered_again,
    a_required_capability_is_reported, a_peer_without_multiprotocol_gets_ipv4,
    a_peer_without_a_common_family_is_refused, the_pause_after_a_prefix_limit_is_long,
    the_send_hold_timer_ends_a_blocked_session, the_send_hold_time_is_at_least_twice_the_hold_time,
    many_route_refreshes_cause_two, a_notification_is_reported, a_blocked_peer_needs_limited_memory,
    updates_are_as_full_as_possible)
