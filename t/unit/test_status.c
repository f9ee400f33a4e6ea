#include "bgp/status.h"

#include "base/clock.h"
#include "unit.h"

static const struct update_local us = { .open = { .as = 65000, .families = 3 } };
static struct neighbor neighbor = { .peer = { .addr = { ADDR_V4, { 192, 0, 2, 1 } }, .as = 65001,
    .port = PEER_CONFIG_PORT } };
static struct session *const s = &neighbor.session;
static struct buf out = BUF(4096);

static const struct session_event up = { .news = SESSION_UP },
    refused = { .news = SESSION_OPEN_FAILED, .why = "notification-received",
    .error = { .code = BGP_ERR_OPEN, .subcode = BGP_OPEN_AS } },
    away = { .news = SESSION_OPEN_FAILED, .why = "notification-received",
    .error = { .code = BGP_ERR_CEASE, .subcode = BGP_CEASE_REJECTED } },
    reset = { .news = SESSION_CONNECT_FAILED, .why = "connection-refused" },
    down = { .news = SESSION_DOWN, .why = "hold-timer-expired",
    .error = { .code = BGP_ERR_HOLD } };

static void
begin_status(void)
{
	*s = (struct session){ .us = &us, .peer = &neighbor.peer };
	buf_cut(&out, 0);
}

static const char *
text(void)
{
	buf_byte(&out, '\0');
	return out.data;
}

static void
check_line(const struct session_event *e, const char *expected)
{
	buf_cut(&out, 0);
	status_line(1500000, s, e, &out);
	ck_assert_str_eq(text(), expected);
}

START_TEST(a_line_has_time_peer_and_event)
{
	begin_status();
	s->families = 3;
	s->hold = 30 * SECOND;
	check_line(&up, "1.500000 peer 192.0.2.1 up as=65001 families=ipv4,ipv6 hold=30\n");
	check_line(&down, "1.500000 peer 192.0.2.1 down reason=hold-timer-expired "
	    "error=hold-timer-expired\n");
	check_line(&reset, "1.500000 peer 192.0.2.1 connect-failed error=connection-refused\n");
	neighbor.peer.port = 1179;
	check_line(&refused, "1.500000 peer 192.0.2.1 open-failed reason=notification-received "
	    "error=open-message-error/bad-peer-as port=1179\n");
	neighbor.peer.port = PEER_CONFIG_PORT;
}
END_TEST

START_TEST(a_message_has_advice)
{
	static const struct {
		struct session_event event;
		const char *words;
	} cases[] = {
		{ { .news = SESSION_CONNECT_FAILED, .why = "connection-refused" },
		    "cannot connect: connection-refused (does the peer listen on this address "
		    "and port?)" },
		{ { .news = SESSION_OPEN_FAILED, .why = "closed-by-peer" },
		    "no session: closed-by-peer (is this host configured as a neighbor on the "
		    "peer? are hops= and the password correct?)" },
		{ { .news = SESSION_OPEN_FAILED, .why = "notification-received",
		    .error = { .code = BGP_ERR_OPEN, .subcode = BGP_OPEN_AS } },
		    "no session: notification-received open-message-error/bad-peer-as "
		    "(compare as= and --as with the configuration of the peer)" },
		{ { .news = SESSION_DOWN, .why = "hold-timer-expired",
		.error = { .code = BGP_ERR_HOLD } },
		    "session down: hold-timer-expired "
		    "(nothing was received: check the link and its MTU; does the peer need "
		    "gtsm=yes?)" },
		{ { .news = SESSION_OPEN_FAILED, .why = "notification-received",
		    .error = { .code = BGP_ERR_OPEN, .subcode = BGP_OPEN_ROLE } },
		    "no session: notification-received open-message-error/role-mismatch "
		    "(the peer requires a BGP role, which is not supported: make the role optional "
		    "on the peer)" },
		{ { .news = SESSION_OPEN_FAILED, .why = "notification-received",
		    .error = { .code = BGP_ERR_OPEN, .subcode = BGP_OPEN_CAPABILITY, .n = 3,
			.data = { 9, 1, 3 } } },
		    "no session: notification-received open-message-error/unsupported-capability "
		    "(the peer requires capabilities that bgp-announce does not offer: role; next "
		    "attempt in half an hour, or at SIGUSR2)" },
		{ { .news = SESSION_DOWN, .why = "notification-received",
		    .error = { .code = BGP_ERR_CEASE, .subcode = BGP_CEASE_SHUTDOWN, .n = 6,
			.data = "\5\xc2\x9b\x9b\xc3\xbc" } },
		    "session down: notification-received cease/administrative-shutdown "
		    "\"\\194\\155\\155\xc3\xbc\"" },
		{ { .news = SESSION_DOWN, .why = SESSION_RETAIN },
		    "closed without a NOTIFICATION: the peer keeps the routes (graceful restart)" },
		{ { .news = SESSION_DOWN, .why = "connection-reset-by-peer" },
		"session down: connection-reset-by-peer" },
	};

	begin_status();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf words = BUF(1024);

		status_words(s, &cases[i].event, &words);
		buf_byte(&words, '\0');
		ck_assert_str_eq(words.data, cases[i].words);
		buf_free(&words);
	}
}
END_TEST

START_TEST(the_cause_is_the_best_explanation)
{
	static const char no_answer[] = "connection-refused "
	    "(does the peer listen on this address and port?)";

	begin_status();
	status_note_cause(&neighbor, &reset);
	ck_assert_str_eq(neighbor.cause, no_answer);
	status_note_cause(&neighbor, &away);
	ck_assert_str_eq(neighbor.cause, "cease/connection-rejected "
	    "(is this host configured as a neighbor on the peer?)");
	status_note_cause(&neighbor, &refused);
	status_note_cause(&neighbor, &away);
	status_note_cause(&neighbor, &reset);
	ck_assert_str_eq(neighbor.cause, "open-message-error/bad-peer-as "
	    "(compare as= and --as with the configuration of the peer)");
	status_note_cause(&neighbor, &up);
	ck_assert_uint_eq(neighbor.cause_rank, 0);
	status_note_cause(&neighbor, &reset);
	ck_assert_str_eq(neighbor.cause, no_answer);
}
END_TEST

START_TEST(a_repeated_failure_is_logged_once)
{
	static const struct session_event refresh = { .news = SESSION_REFRESH },
	    end = { .news = SESSION_END_OF_RIB };

	begin_status();
	ck_assert(status_is_news(&neighbor, &reset));
	ck_assert(!status_is_news(&neighbor, &reset));
	ck_assert(status_is_news(&neighbor, &refused));
	ck_assert(status_is_news(&neighbor, &reset));
	ck_assert(status_is_news(&neighbor, &up));
	ck_assert(status_is_news(&neighbor, &reset));
	ck_assert(status_is_news(&neighbor, &down));
	ck_assert(status_is_news(&neighbor, &down));
	ck_assert(status_is_news(&neighbor, &reset));
	ck_assert(!status_is_news(&neighbor, &refresh));
	ck_assert(!status_is_news(&neighbor, &end));
}
END_TEST

START_TEST(counters_include_state_and_cause)
{
	struct ribout *rib = ribout_new(ANY_SEED);

	begin_status();
	s->messages_out = 7;
	s->since = SECOND;
	neighbor.cause_rank = 0;
	status_put_counters(&neighbor, rib, 4 * SECOND, &out);
	ck_assert_str_eq(text(), "peer=192.0.2.1 state=idle error=none since=3 sent=0 pending=0 "
	    "messages_in=0 messages_out=7 unsent=0");
	status_note_cause(&neighbor, &down);
	buf_cut(&out, 0);
	status_put_counters(&neighbor, rib, 4 * SECOND, &out);
	ck_assert_ptr_nonnull(strstr(text(), " error=hold-timer-expired (nothing was received"));
	ribout_free(rib);
}
END_TEST

UNIT_MAIN("status", a_line_has_time_peer_and_event, a_message_has_advice,
    the_cause_is_the_best_explanation, a_repeated_failure_is_logged_once,
    counters_include_state_and_cause)
