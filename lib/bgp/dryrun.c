#include "bgp/dryrun.h"

#include "bgp/bgptext.h"
#include "bgp/message.h"

#define LINE_TEXT_MAX (1024 * 1024)	/* the longest UPDATE as text, in bytes */

/* The simulated peer has hold time 0, which disables the timers, because no time passes. */
void
dryrun_open(struct session *s, const struct update_local *us, const struct peer_config *peer,
    struct ribout *rib)
{
	struct open theirs = { .as = peer->as, .id = us->open.id ^ 1, .refresh = true,
	    .as4 = true, .next_hop6 = true, .multiprotocol = true, .families = us->open.families };
	struct buf bytes = BUF(BGP_MAX);
	size_t room;

	if (theirs.id == 0)
		theirs.id = 2;
	session_open(s, us, peer, rib, 0);
	session_start(s, 0);
	session_connected(s, 0);
	open_put(&bytes, &theirs);
	message_put_keepalive(&bytes);
	memcpy(session_room(s, &room), bytes.data, bytes.len);
	session_received(s, bytes.len, 0);
	buf_free(&bytes);
}

bool
dryrun_next(struct session *s, struct buf *out, const char **why)
{
	struct bgp_error error;
	struct message m;
	struct update_wire u;

	*why = NULL;
	for (;;) {
		int length = message_frame(session_output(s), BGP_MAX, &m, &error);

		if (length == 0) {
			session_turn(s, 0);
			length = message_frame(session_output(s), BGP_MAX, &m, &error);
		}
		if (length <= 0)
			return false;
		if (m.type == BGP_UPDATE) {
			if (!update_wire_parse(m.body, &u, &error)) {
				*why = "internal error: an encoded UPDATE does not parse";
				return false;
			}
			bgptext_update(&u, true, out);
		}
		session_wrote(s, (size_t)length);
		if (m.type == BGP_UPDATE)
			return true;
	}
}

const char *
dryrun_print(struct filter *f, const struct update_local *us, const struct peer_config *peer,
    struct ribout *rib, bool named)
{
	struct buf text = BUF(LINE_TEXT_MAX), *out = &f->out.buf;
	struct session s;
	const char *why;

	dryrun_open(&s, us, peer, rib);
	for (; dryrun_next(&s, &text, &why); buf_cut(&text, 0)) {
		size_t mark;

		filter_make_room(f);
		mark = out->len;
		if (named) {
			buf_str(out, STR("peer "));
			peer_config_put(peer, out);
			buf_byte(out, ' ');
		}
		buf_str(out, buf_view(&text));
		buf_byte(out, '\n');
		filter_end_line(f, mark);
	}
	session_free(&s);
	buf_free(&text);
	return why;
}
