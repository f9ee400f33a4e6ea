/*
 * A session with one peer, without a socket: bytes in, bytes out, and the time passed in (monotonic
 * microseconds). It joins the state machine, the messages and a reader of the Adj-RIB-Out. Its
 * owner has the connection: it opens one when `connect` is set, ends it when `drop` is, and clears
 * both.
 */
#ifndef SESSION_H
#define SESSION_H

#include "bgp/fsm.h"
#include "bgp/open.h"
#include "bgp/peer_config.h"
#include "bgp/ribout.h"
#include "bgp/update.h"

/* The longest pause between two attempts, where the peer's retry_max does not say another. */
#define SESSION_RETRY_MAX (120 * SECOND)

/* With so much to be written, no more routes are put into messages. */
#define SESSION_OUT (64 * 1024)

enum session_news {
	SESSION_CONNECT_FAILED,	/* `why` */
	SESSION_OPEN_FAILED,	/* `why`: the connection ended before the session was up */
	SESSION_UP,
	SESSION_DOWN,		/* `why` */
	SESSION_END_OF_RIB,	/* sent, for `family` */
	SESSION_REFRESH,	/* asked for, for `family` */
};

struct session_event {
	enum session_news news;
	const char *why;		/* without spaces, `hold-timer-expired` */
	struct bgp_error error;		/* of the NOTIFICATION, where one was sent or received */
	enum bgp_family family;
};

struct session {
	const struct update_local *us;
	const struct peer_config *peer;
	struct ribout *rib;
	void (*on_event)(struct session *s, const struct session_event *event);
	void *owner;			/* for on_event */

	/* Owner: end the connection, when what is to be written is, or cannot be. */
	bool drop;
	/* Owner: after that, open one; session_connected or session_lost answers. */
	bool connect;

	enum fsm_state state;
	int64_t since;			/* when this state began */
	int64_t retry_at, hold_at, keepalive_at, send_hold_at;	/* NEVER: not running */
	int64_t hold;			/* as negotiated; 0: no timers */
	unsigned pauses;		/* since a session lasted: the next one is longer */
	uint64_t random;		/* of the jitter */

	unsigned families;		/* negotiated, while Established */
	unsigned ended;			/* families whose End-of-RIB has been sent */
	/* End-of-RIB has been sent for all, in this session or an earlier one. */
	bool told_all;
	unsigned refresh;		/* families that are to be sent again, at */
	int64_t refresh_at[BGP_FAMILIES];	/* or later */
	struct open ours;		/* less what the peer refused, */
	bool yielded;			/* just now: it is the reason for the end */
	struct open theirs;
	struct update_view view;
	struct ribout_reader reader;	/* attached while Established */
	struct bgp_error error;		/* what was last wrong with the peer's messages */

	uint8_t *in;			/* owned, BGP_EXTENDED_MAX bytes */
	size_t in_len, in_max;		/* the longest message that may come */
	struct buf out;			/* its first `head` bytes are written */
	size_t head;
	size_t next;			/* the first message that is not written to its end */
	bool wrote;			/* a message to its end, since the last turn */
	uint64_t messages_in, messages_out;
};

/*
 * An idle session. `us`, the peer (whose AS is said), `rib` and `owner` are not owned; `seed` is of
 * the jitter.
 */
void session_open(struct session *s, const struct update_local *us, const struct peer_config *peer,
    struct ribout *rib, uint64_t seed);
void session_free(struct session *s);

void session_start(struct session *s, int64_t now);

/* Lets an attempt to connect begin now, where there is no connection. */
void session_retry(struct session *s, int64_t now);

/*
 * Ends it for good, telling the peer so: Cease with this subcode (RFC 4486) and, where it may have
 * some, words (RFC 9003). The routes are to go: where both sides keep them over a NOTIFICATION, it
 * is a Hard Reset.
 */
void session_stop(struct session *s, uint8_t subcode, struct str words, int64_t now);

/*
 * Ends it for good without a NOTIFICATION, so that a peer that has agreed to graceful restart keeps
 * the routes for a while. The event's reason is SESSION_RETAIN.
 */
#define SESSION_RETAIN "retain"
void session_leave(struct session *s, int64_t now);

/*
 * After that many microseconds in which no message could be written a connection is of no use: RFC
 * 9687 section 4. Before the peer's OPEN it is the longest that may be agreed on.
 */
int64_t session_send_hold(const struct session *s);

/* Graceful restart (RFC 4724) was agreed on. */
bool session_can_restart(const struct session *s);

/* The connection that was asked for is open, or has failed, or was lost; why, without spaces. */
void session_connected(struct session *s, int64_t now);
void session_lost(struct session *s, const char *why, int64_t now);

/* The place for bytes received, never empty; and how many were put there. */
void *session_room(struct session *s, size_t *size);
void session_received(struct session *s, size_t n, int64_t now);

/* Does what is due: timers, and UPDATEs as far as SESSION_OUT allows. */
void session_turn(struct session *s, int64_t now);

/*
 * The peer gets other routes from now on (its tags, or whether they may go further): all are said
 * again.
 */
void session_reconsider(struct session *s);

/*
 * How many routes of these families the peer does not get, by the reason; n[UPDATE_SENT] counts the
 * others. All 0 but while Established.
 */
void session_count_unsent(const struct session *s, unsigned families, size_t n[UPDATE_REASONS]);

/* When the next timer is due, or NEVER. */
int64_t session_deadline(const struct session *s);

/* More could be put into messages as soon as what there is has been written. */
bool session_has_more(const struct session *s);

/* Established, and the peer has all routes and End-of-RIB of each family. */
bool session_is_settled(const struct session *s);

/* The bytes to be written, and how many of them have been. */
struct str session_output(const struct session *s);
void session_wrote(struct session *s, size_t n);

#endif
