#include "status.h"

#include "bgptext.h"
#include "clock.h"

static void
put_text(struct buf *out, const char *text)
{
	buf_put(out, text, strlen(text));
}

static void
put_key(struct buf *out, const char *key, uint64_t value)
{
	buf_byte(out, ' ');
	put_text(out, key);
	buf_byte(out, '=');
	buf_num(out, value);
}

void
status_peer(const struct peer *p, struct buf *out)
{
	char text[ADDR_STRLEN];

	buf_put(out, text, addr_format(&p->addr, text));
	if (p->port != PEER_PORT) {
		buf_str(out, STR(",port="));
		buf_num(out, p->port);
	}
}

static void
put_failure(struct buf *out, const char *event, const struct session_event *e)
{
	char text[BGP_ERROR_STRLEN];

	put_text(out, event);
	buf_str(out, STR(" reason="));
	put_text(out, e->why);
	if (e->error.code != 0) {
		buf_str(out, STR(" error="));
		put_text(out, bgptext_error(&e->error, text));
	}
}

static void
put_up(struct buf *out, const struct session *s)
{
	buf_str(out, STR("up"));
	put_key(out, "as", s->peer_as);
	buf_str(out, STR(" families="));
	bgptext_families(s->families, out);
	put_key(out, "hold", (uint64_t)(s->hold / SECOND));
}

static void
put_event(struct buf *out, const struct session *s, const struct session_event *e)
{
	switch (e->news) {
	case SESSION_CONNECT_FAILED:
		buf_str(out, STR("connect-failed error="));
		put_text(out, e->why);
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
		put_text(out, bgptext_family(e->family));
		put_key(out, "routes", s->reader.of[e->family].routes);
		break;
	case SESSION_REFRESH:
		buf_str(out, STR("refresh family="));
		put_text(out, bgptext_family(e->family));
		break;
	}
}

void
status_line(int64_t time, const struct peer *p, const struct session *s,
    const struct session_event *e, struct buf *out)
{
	char text[ADDR_STRLEN];

	buf_put(out, text, (size_t)time_format(time, text));
	buf_str(out, STR(" peer "));
	buf_put(out, text, addr_format(&p->addr, text));
	buf_byte(out, ' ');
	put_event(out, s, e);
	if (p->port != PEER_PORT)
		put_key(out, "port", p->port);
	buf_byte(out, '\n');
}

/* What is likely to be wrong when a router ends the connection without a word. */
static const char *
advice(const struct session_event *e)
{
	if (e->news == SESSION_OPEN_FAILED && e->error.code == 0)
		return " (is our address configured there? is the peer more hops away?)";
	if (e->error.code == BGP_ERR_OPEN && e->error.subcode == BGP_OPEN_AS)
		return " (do as= here and the AS numbers there agree?)";
	return "";
}

void
status_words(const struct session *s, const struct session_event *e, struct buf *out)
{
	static const char *const what[] = {
		[SESSION_CONNECT_FAILED] = "cannot connect",
		[SESSION_OPEN_FAILED] = "no session",
		[SESSION_DOWN] = "session down",
	};
	char text[BGP_ERROR_STRLEN];

	if (e->why == NULL) {
		put_event(out, s, e);
		return;
	}
	put_text(out, what[e->news]);
	buf_str(out, STR(": "));
	put_text(out, e->why);
	if (e->error.code != 0) {
		buf_byte(out, ' ');
		put_text(out, bgptext_error(&e->error, text));
	}
	put_text(out, advice(e));
}
