/*
 * A session with one peer. A session uses neither a socket nor a clock: its owner passes received
 * bytes and the time (monotonic microseconds), and writes the output. The owner also handles the
 * TCP connection: it ends the connection when `drop` is set, opens one when `connect` is set, and
 * clears both flags.
 */
#ifndef SESSION_H
#define SESSION_H

#include "bgp/fsm.h"
#include "bgp/open.h"
#include "bgp/peer_config.h"
#include "bgp/ribout.h"
#include "bgp/update.h"

/* The longest pause between two attempts, unless the peer has a retry_max. */
#define SESSION_RETRY_MAX (120 * SECOND)

/* No UPDATE is encoded while this number of bytes is unwritten. */
#define SESSION_OUT (64 * 1024)

enum session_news {
	SESSION_CONNECT_FAILED,	/* has `why` */
	SESSION_OPEN_FAILED,	/* the connection ended before Established; has `why` */
	SESSION_UP,
	SESSION_DOWN,		/* has `why` */
	SESSION_END_OF_RIB,	/* End-of-RIB of `family` was sent */
	SESSION_REFRESH,	/* all routes of `family` are sent again: the peer requested it */
};

struct session_event {
	enum session_news news;
	const char *why;		/* reason without spaces (`hold-timer-expired`), or NULL */
	struct bgp_error error;		/* content of a NOTIFICATION that was sent or received */
	enum bgp_family family;
};

struct session {
	const struct update_local *us;
	const struct peer_config *peer;
	struct ribout *rib;
	void (*on_event)(struct session *s, const struct session_event *event);
	void *owner;			/* for on_event */

	bool drop;			/* the owner must write the output, then disconnect */
	bool connect;			/* the owner must connect (after `drop`) and report it */

	enum fsm_state state;
	int64_t since;			/* time when `state` began */
	int64_t retry_at, hold_at, keepalive_at, send_hold_at;	/* timers, or NEVER */
	int64_t hold;			/* negotiated; 0: no hold and keepalive timers */
	unsigned pauses;		/* pauses since the last session of at least two minutes */
	uint64_t random;		/* state of the generator for jitter */

	unsigned families;		/* negotiated families, while Established */
	unsigned ended;			/* families whose End-of-RIB has been sent */
	bool completed;			/* End-of-RIB of all families was sent, in any session */
	unsigned refresh;		/* families that the peer asked to be sent again */
	int64_t refresh_at[BGP_FAMILIES];	/* the earliest time of the next refresh */
	struct open ours;		/* local OPEN, without capabilities that the peer refused */
	bool yielded;			/* the next OPEN omits capabilities that the peer refused */
	struct open theirs;
	struct update_view view;
	struct ribout_reader reader;	/* attached while Established */
	struct bgp_error error;		/* the last error, sent or received */

	uint8_t *in;			/* owned, BGP_EXTENDED_MAX bytes */
	size_t in_len, in_max;		/* in_max: the longest acceptable message */
	struct buf out;			/* the first `head` bytes are written */
	size_t head;
	size_t next;			/* offset of the first message not completely written */
	bool wrote;			/* a message was completely written since the last turn */
	uint64_t written;		/* bytes of this connection that are written */
	uint64_t update_end;		/* the end of the last UPDATE with routes among all bytes */
	uint64_t messages_in, messages_out;
};

/* Initializes *s, in Idle. Owns none of the pointers. peer->as must be set. `seed`: for jitter. */
void session_open(struct session *s, const struct update_local *us, const struct peer_config *peer,
    struct ribout *rib, uint64_t seed);
void session_free(struct session *s);

void session_start(struct session *s, int64_t now);

/* Tries to connect now if there is no connection. */
void session_retry(struct session *s, int64_t now);

/*
 * Ends the session permanently, so that the peer removes the routes. Sends Cease with this subcode
 * (RFC 4486), as a Hard Reset if graceful restart would apply (RFC 8538). Administrative Shutdown
 * includes `words` (RFC 9003).
 */
void session_stop(struct session *s, uint8_t subcode, struct str words, int64_t now);

/*
 * Ends the session permanently without a NOTIFICATION, so that a peer with graceful restart retains
 * the routes for the restart time. The event has the reason SESSION_RETAIN.
 */
#define SESSION_RETAIN "retain"
void session_leave(struct session *s, int64_t now);

/*
 * The send hold time in microseconds: RFC 9687 section 4. Before the peer's OPEN arrives, this is
 * the longest time that may be negotiated.
 */
int64_t session_send_hold(const struct session *s);

/* Whether graceful restart (RFC 4724) was negotiated. */
bool session_can_restart(const struct session *s);

/* Report that the requested connection is open, or has failed or ended; `why` has no spaces. */
void session_connected(struct session *s, int64_t now);
void session_lost(struct session *s, const char *why, int64_t now);

/* The free part of the input buffer, at least one byte. */
void *session_room(struct session *s, size_t *size);

/* Processes n bytes that were received in the buffer of session_room. */
void session_received(struct session *s, size_t n, int64_t now);

/* Handles expired timers, and encodes UPDATEs while less than SESSION_OUT bytes are unwritten. */
void session_turn(struct session *s, int64_t now);

/* Sends all routes again, after a change of the peer's tags or may_export. */
void session_reconsider(struct session *s);

/* Counts routes of these families as update_count_unsent does; all 0 unless Established. */
void session_count_unsent(const struct session *s, unsigned families, size_t n[UPDATE_REASONS]);

/* The time of the next timer, or NEVER. */
int64_t session_deadline(const struct session *s);

/* Whether more UPDATEs can be encoded after the output is written. */
bool session_has_more(const struct session *s);

/* Whether the session is Established and all routes and End-of-RIBs are written. */
bool session_is_settled(const struct session *s);

/* Whether the session is Established, and past the End-of-RIB of each family. */
bool session_is_complete(const struct session *s);

/* The bytes to write. */
struct str session_output(const struct session *s);

/* Reports that the first n of these bytes were written. */
void session_wrote(struct session *s, size_t n);

#endif
