#include "bgp/dryrun.h"

#include "base/log.h"
#include "bgp/bgptext.h"

static void
hear(struct session *s, const struct buf *bytes)
{
	size_t size;
	void *to = session_room(s, &size);

	memcpy(to, bytes->data, bytes->len);
	session_received(s, bytes->len, 0);
}

/* The other side of the handshake: without timers, as no time passes. */
void
dryrun_open(struct session *s, const struct speaker *us, const struct peer_config *peer,
    struct ribout *rib)
{
	struct bgp_open theirs = { .as = peer->as, .id = us->open.id ^ 1, .refresh = true,
	    .as4 = true, .next_hop6 = true, .multiprotocol = true, .families = us->open.families };
	struct buf bytes = BUF(BGP_MAX);

	if (theirs.id == 0)
		theirs.id = 2;
	session_open(s, us, peer, rib, 0);
	session_start(s, 0);
	session_connected(s, 0);
	bgp_put_open(&bytes, &theirs);
	bgp_put_keepalive(&bytes);
	hear(s, &bytes);
	buf_free(&bytes);
}

bool
dryrun_next(struct session *s, struct buf *out)
{
	struct bgp_error error;
	struct bgp_message m;
	struct bgp_update u;

	for (;;) {
		int length = bgp_frame(session_output(s), BGP_MAX, &m, &error);

		if (length == 0) {
			session_turn(s, 0);
			length = bgp_frame(session_output(s), BGP_MAX, &m, &error);
		}
		if (length <= 0)
			return false;
		if (m.type == BGP_UPDATE) {
			if (!bgp_update_parse(m.body, &u, &error))
				log_die("an UPDATE of our own does not parse");
			bgptext_update(&u, true, out);
		}
		session_wrote(s, (size_t)length);
		if (m.type == BGP_UPDATE)
			return true;
	}
}
