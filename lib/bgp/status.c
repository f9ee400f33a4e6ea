/*
 * An event is printed twice: put_event writes KEY=VALUE words for programs; status_words writes a
 * message for people. The message has advice from two tables: one for errors of connect(2), one for
 * the errors of a NOTIFICATION, with separate advice for a NOTIFICATION sent and received.
 *
 * Invariants: keys and values of status lines are stable. A peer's text is always escaped.
 */
#include "bgp/status.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "bgp/bgptext.h"
#include "bgp/message.h"
#include "line/answer.h"

static void
put_failure(struct buf *out, const char *event, const struct session_event *e)
{
	char text[BGPTEXT_ERROR_STRLEN];

	buf_str(out, str_of(event));
	bgptext_key(out, "reason");
	buf_str(out, str_of(e->why));
	if (e->error.code == 0)
		return;
	bgptext_key(out, "error");
	buf_str(out, str_of(bgptext_error(&e->error, text)));
	if (e->error.code == BGP_ERR_OPEN && e->error.subcode == BGP_OPEN_CAPABILITY &&
	    e->error.n > 0) {
		bgptext_key(out, "capabilities");
		bgptext_capabilities(&e->error, out);
	}
	if (message_words(&e->error).p == NULL)
		return;
	bgptext_key(out, "message");
	answer_escape(message_words(&e->error), out);
}

static void
put_up(struct buf *out, const struct session *s)
{
	buf_str(out, STR("up"));
	bgptext_count(out, "as", s->peer->as);
	bgptext_key(out, "families");
	bgptext_families(s->families, out);
	bgptext_count(out, "hold", (uint64_t)(s->hold / SECOND));
	if (session_can_restart(s))
		bgptext_count(out, "restart", s->ours.restart_time);
}

/*
 * Counts the routes of these families that are not sent to the peer. Unless the number N is 0,
 * appends ` unsent=N reason=WORD[,WORD]...`. Returns N.
 */
static size_t
put_unsent(const struct session *s, unsigned families, struct buf *out)
{
	static const char *const names[UPDATE_REASONS] = {
		[UPDATE_NO_FAMILY] = "family-not-agreed",
		[UPDATE_NO_NEXT_HOP] = "no-next-hop",
		[UPDATE_PEER_NEXT_HOP] = "next-hop-is-peer",
	};
	size_t n[UPDATE_REASONS], all = 0;
	const char *sep = " reason=";

	session_count_unsent(s, families, n);
	for (int i = UPDATE_SENT + 1; i < UPDATE_REASONS; i++)
		all += n[i];
	if (all == 0)
		return 0;
	bgptext_count(out, "unsent", all);
	for (int i = UPDATE_SENT + 1; i < UPDATE_REASONS; i++)
		if (n[i] > 0) {
			buf_str(out, str_of(sep));
			buf_str(out, str_of(names[i]));
			sep = ",";
		}
	return all;
}

static void
put_event(struct buf *out, const struct session *s, const struct session_event *e)
{
	switch (e->news) {
	case SESSION_CONNECT_FAILED:
		buf_str(out, STR("connect-failed error="));
		buf_str(out, str_of(e->why));
		break;
	case SESSION_OPEN_FAILED:
		put_failure(out, "open-failed", e);
		break;
	case SESSION_UP:
		put_up(out, s);
		break;
	case SESSION_DOWN:
		put_failure(out, "down", e);
		break;
	case SESSION_END_OF_RIB:
		buf_str(out, STR("end-of-rib family="));
		buf_str(out, str_of(bgptext_family(e->family)));
		bgptext_count(out, "routes", s->reader.of[e->family].routes);
		put_unsent(s, BGP_BIT(e->family), out);
		break;
	case SESSION_REFRESH:
		buf_str(out, STR("refresh family="));
		buf_str(out, str_of(bgptext_family(e->family)));
		break;
	}
}

void
status_line(int64_t time, const struct session *s, const struct session_event *e, struct buf *out)
{
	char text[PEER_CONFIG_STRLEN];

	buf_put(out, text, (size_t)time_format(time, text));
	buf_str(out, STR(" peer "));
	buf_put(out, text, peer_config_format_address(s->peer, text));
	buf_byte(out, ' ');
	put_event(out, s, e);
	if (s->peer->port != PEER_CONFIG_PORT)
		bgptext_count(out, "port", s->peer->port);
	buf_byte(out, '\n');
}

/* Advice for an error of connect(2). */
static const char *
connect_advice(const char *why)
{
	static const struct {
		const char *why, *advice;
	} known[] = {
		{ "connection-timed-out", " (is the peer up? check firewall, password and hops=)" },
		{ "connection-refused", " (does the peer listen on this address and port?)" },
		{ "network-is-unreachable", " (no route to the peer: check source= and device=)" },
		{ "no-route-to-host", " (is the peer up and on this link?)" },
		{ "cannot-assign-requested-address", " (is source= an address of this host?)" },
		{ "no-such-device", " (the link or device= does not exist)" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(why, known[i].why) == 0)
			return known[i].advice;
	return "";
}

#define RETRY_LATER "; next attempt in half an hour, or at SIGUSR2"

/* Advice for the error of a NOTIFICATION that was received or sent. */
static const struct {
	uint8_t code, subcode;
	const char *received, *sent;
} advices[] = {
	{ BGP_ERR_OPEN, BGP_OPEN_AS, " (compare as= and --as with the configuration of the peer)",
	    " (compare as= and --as with the configuration of the peer)" },
	{ BGP_ERR_OPEN, BGP_OPEN_ID, " (does the peer or another router have the same router ID?)",
	    " (the peer's router ID is 0 or equal to --router-id)" },
	{ BGP_ERR_OPEN, BGP_OPEN_HOLD, " (the peer requires a longer --hold-time)",
	    " (the peer's hold time is less than 3 s)" },
	{ BGP_ERR_OPEN, BGP_OPEN_ROLE, " (the peer requires a BGP role, which is not supported: "
	    "make the role optional on the peer)", "" },
	{ BGP_ERR_CEASE, BGP_CEASE_MAX_PREFIXES, " (too many routes for the peer: raise its prefix "
	    "limit, or set --max-routes" RETRY_LATER ")", "" },
	{ BGP_ERR_CEASE, BGP_CEASE_REJECTED, " (is this host configured as a neighbor on the "
	    "peer?)", "" },
	{ BGP_ERR_HOLD, 0, " (the peer received nothing: check the link and its MTU; does the peer "
	    "need gtsm=yes?)",
	    " (nothing was received: check the link and its MTU; does the peer need gtsm=yes?)" },
	{ BGP_ERR_SEND_HOLD, 0, " (bgp-announce did not read from the connection)",
	    " (the peer did not read from the connection)" },
};

/* Advice for an Unsupported Capability error, received or sent: RFC 5492 section 3. */
static void
put_capability_advice(struct buf *out, const struct session *s, const struct bgp_error *error,
    bool received)
{
	if (s->yielded)
		buf_str(out, STR(" (next attempt without the refused capabilities"));
	else if (received)
		buf_str(out, STR(" (the peer requires capabilities that bgp-announce does not "
		    "offer"));
	else
		buf_str(out, STR(" (the peer does not offer capabilities that bgp-announce "
		    "requires"));
	if (error->n > 0)
		buf_str(out, STR(": "));
	bgptext_capabilities(error, out);
	if (!s->yielded)
		buf_str(out, STR(RETRY_LATER));
	buf_byte(out, ')');
}

/*
 * How well a failure explains why there is no session: 3 for a NOTIFICATION, but 2 for Connection
 * Rejected and Connection Collision Resolution (RFC 4486); 1 without a NOTIFICATION; 0: no failure.
 */
static unsigned
rank_of(const struct session_event *e)
{
	if (e->why == NULL)
		return 0;
	if (e->error.code == 0)
		return 1;
	return e->error.code == BGP_ERR_CEASE && (e->error.subcode == BGP_CEASE_REJECTED ||
	    e->error.subcode == BGP_CEASE_COLLISION) ? 2 : 3;
}

static void
put_advice(struct buf *out, const struct session *s, const struct session_event *e)
{
	const struct bgp_error *error = &e->error;
	bool received = strcmp(e->why, "notification-received") == 0;

	if (e->news == SESSION_CONNECT_FAILED)
		buf_str(out, str_of(connect_advice(e->why)));
	else if (e->news == SESSION_OPEN_FAILED && error->code == 0)
		buf_str(out, STR(" (is this host configured as a neighbor on the peer? are "
		    "hops= and the password correct?)"));
	else if (error->code == BGP_ERR_OPEN && (error->subcode == BGP_OPEN_CAPABILITY ||
	    (error->subcode == BGP_OPEN_PARAMETER && s->yielded)))
		put_capability_advice(out, s, error, received);
	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
		if (error->code == advices[i].code && error->subcode == advices[i].subcode)
			buf_str(out, str_of(received ? advices[i].received : advices[i].sent));
}

void
status_note_cause(struct neighbor *n, const struct session_event *e)
{
	struct buf text = BUF(sizeof(n->cause) - 1);
	char name[BGPTEXT_ERROR_STRLEN];
	unsigned rank = rank_of(e);

	if (e->news == SESSION_UP)
		n->cause_rank = 0;
	if (rank == 0 || rank < n->cause_rank)
		return;
	n->cause_rank = rank;
	buf_str(&text, str_of(e->error.code != 0 ? bgptext_error(&e->error, name) : e->why));
	put_advice(&text, &n->session, e);
	memcpy(n->cause, text.data, text.len);
	n->cause[text.len] = '\0';
	buf_free(&text);
}

bool
status_is_news(struct neighbor *n, const struct session_event *e)
{
	size_t unsent[UPDATE_REASONS];

	if (e->news == SESSION_REFRESH)
		return false;
	if (e->news == SESSION_END_OF_RIB) {
		session_count_unsent(&n->session, BGP_BIT(e->family), unsent);
		return unsent[UPDATE_NO_NEXT_HOP] + unsent[UPDATE_PEER_NEXT_HOP] > 0;
	}
	if (e->why == NULL || e->news == SESSION_DOWN) {
		n->logged[0] = '\0';
		return true;
	}
	if (strncmp(n->logged, e->why, sizeof(n->logged) - 1) == 0)
		return false;
	snprintf(n->logged, sizeof(n->logged), "%s", e->why);
	return true;
}

void
status_put_counters(const struct neighbor *n, const struct ribout *rib, int64_t now,
    struct buf *out)
{
	const struct session *s = &n->session;
	size_t sent = 0, pending = 0;

	for (int f = 0; f < BGP_FAMILIES; f++) {
		sent += s->reader.of[f].routes;
		if (s->families & BGP_BIT(f))
			pending += ribout_pending(rib, &s->reader, (enum bgp_family)f);
	}
	buf_str(out, STR("peer="));
	peer_config_put(&n->peer, out);
	bgptext_key(out, "state");
	buf_str(out, str_of(fsm_name(s->state)));
	bgptext_key(out, "error");
	buf_str(out, str_of(n->cause_rank > 0 ? n->cause : "none"));
	bgptext_count(out, "since", (uint64_t)((now - s->since) / SECOND));
	bgptext_count(out, "sent", sent);
	bgptext_count(out, "pending", pending);
	bgptext_count(out, "messages_in", s->messages_in);
	bgptext_count(out, "messages_out", s->messages_out);
	if (put_unsent(s, BGP_BIT(BGP_IPV4) | BGP_BIT(BGP_IPV6), out) == 0)
		buf_str(out, STR(" unsent=0"));
}

/* Appends a shutdown communication, escaped: it may contain anything (RFC 9003 section 4). */
static void
put_quoted(struct buf *out, struct str words)
{
	if (words.p == NULL)
		return;
	buf_str(out, STR(" \""));
	utf8_put_shown(words, out);
	buf_byte(out, '"');
}

void
status_words(const struct session *s, const struct session_event *e, struct buf *out)
{
	static const char *const what[] = {
		[SESSION_CONNECT_FAILED] = "cannot connect",
		[SESSION_OPEN_FAILED] = "no session",
		[SESSION_DOWN] = "session down",
	};
	unsigned missing = s->us->open.families & ~s->families;
	char text[BGPTEXT_ERROR_STRLEN];

	if (e->why == NULL) {
		put_event(out, s, e);
		if (e->news != SESSION_UP || missing == 0)
			return;
		buf_str(out, STR(" (the peer does not offer "));
		bgptext_families(missing, out);
		buf_str(out, STR(": routes of this family are not sent)"));
		return;
	}
	if (strcmp(e->why, SESSION_RETAIN) == 0) {
		buf_str(out, STR("closed without a NOTIFICATION: the peer keeps the routes "
		    "(graceful restart)"));
		return;
	}
	buf_str(out, str_of(what[e->news]));
	buf_str(out, STR(": "));
	buf_str(out, str_of(e->why));
	if (e->error.code != 0 && strcmp(bgptext_error(&e->error, text), e->why) != 0) {
		buf_byte(out, ' ');
		buf_str(out, str_of(text));
		put_quoted(out, message_words(&e->error));
	}
	put_advice(out, s, e);
}
