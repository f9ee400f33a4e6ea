/*
 * BGP messages: RFC 4271 with capabilities (RFC 5492), both families (RFC 4760), route refresh (RFC
 * 2918), four-octet AS numbers (RFC 6793), graceful restart (RFC 4724, 8538), extended messages
 * (RFC 8654), IPv6 next hops of IPv4 routes (RFC 8950) and extended optional parameters (RFC 9072,
 * read only). Encoders append whole messages to a buffer, which says afterwards whether they
 * fitted. Decoders give views into the bytes that they were handed, and on failure the error to put
 * into a NOTIFICATION.
 */
#ifndef BGP_H
#define BGP_H

#include "base/buf.h"
#include "base/str.h"
#include "bgp/community.h"
#include "bgp/family.h"
#include "line/addr.h"

#define BGP_HEADER 19
#define BGP_MAX 4096		/* the longest message, header included, */
#define BGP_EXTENDED_MAX 65535	/* and where both sides take extended ones (RFC 8654) */
#define BGP_VERSION 4
#define BGP_AS_TRANS 23456	/* RFC 6793: stands for an AS number that does not fit two octets */
#define BGP_HOLD_MIN 3		/* seconds; 0 is allowed too, and means no hold timer */

enum bgp_type { BGP_OPEN = 1, BGP_UPDATE, BGP_NOTIFICATION, BGP_KEEPALIVE, BGP_ROUTE_REFRESH };

/* Error codes of a NOTIFICATION (RFC 4271 section 4.5), and the subcodes that we use. */
enum bgp_error_code {
	BGP_ERR_HEADER = 1, BGP_ERR_OPEN, BGP_ERR_UPDATE, BGP_ERR_HOLD, BGP_ERR_FSM, BGP_ERR_CEASE,
	BGP_ERR_SEND_HOLD = 8	/* RFC 9687 */
};
enum { BGP_HEADER_SYNC = 1, BGP_HEADER_LENGTH, BGP_HEADER_TYPE };
enum {
	BGP_OPEN_VERSION = 1, BGP_OPEN_AS, BGP_OPEN_ID, BGP_OPEN_PARAMETER, BGP_OPEN_HOLD = 6,
	BGP_OPEN_CAPABILITY,	/* RFC 5492 section 5 */
	BGP_OPEN_ROLE = 11	/* RFC 9234 section 4.2 */
};
enum { BGP_UPDATE_ATTRIBUTES = 1, BGP_UPDATE_OPTIONAL = 9, BGP_UPDATE_NETWORK };
enum { BGP_FSM_OPEN_SENT = 1, BGP_FSM_OPEN_CONFIRM, BGP_FSM_ESTABLISHED };	/* RFC 6608 */
/* RFC 4486. */
enum {
	BGP_CEASE_MAX_PREFIXES = 1, BGP_CEASE_SHUTDOWN, BGP_CEASE_DECONFIGURED, BGP_CEASE_RESET,
	BGP_CEASE_REJECTED, BGP_CEASE_CONFIG, BGP_CEASE_COLLISION,
	BGP_CEASE_HARD_RESET = 9	/* RFC 8538 */
};

#define BGP_RESTART_MAX 4095	/* seconds of restart time */
#define BGP_WORDS_MAX 255	/* bytes of a shutdown communication: RFC 9003 */
#define BGP_ERROR_DATA (BGP_MAX - BGP_HEADER - 4)	/* bytes, also within a Hard Reset */

/* What a NOTIFICATION says. */
struct bgp_error {
	uint8_t code, subcode;	/* code 0: no error */
	/* Within a Hard Reset: the routes go, too, where graceful restart keeps them. */
	bool hard;
	uint16_t n;		/* bytes of data; of a longer one the first */
	uint8_t data[BGP_ERROR_DATA];
};

struct bgp_message {
	enum bgp_type type;
	struct str body;	/* after the header */
};

struct bgp_open {
	/* With the four-octet capability its value, else My Autonomous System. */
	uint32_t as;
	uint32_t id;		/* BGP Identifier */
	uint16_t hold;		/* seconds */
	/* Offered by the multiprotocol capability; without one IPv4 (RFC 4760 section 8). */
	unsigned families;
	bool multiprotocol;	/* that capability was there, for whatever family */
	bool refresh;		/* RFC 2918 */
	bool as4;		/* RFC 6793 */
	bool extended;		/* RFC 8654 */
	bool next_hop6;		/* RFC 8950: IPv4 routes may have an IPv6 next hop */
	bool restart;		/* RFC 4724; then also: */
	bool restarting;		/* has just restarted, and End-of-RIB is still to come */
	/* A NOTIFICATION too keeps the routes, but for a Hard Reset: RFC 8538. */
	bool notification;
	uint16_t restart_time;		/* seconds, 0 to 4095 */
	unsigned restart_families;	/* set of those it holds for, */
	unsigned kept;			/* and of those whose forwarding state was kept */
};

/* What an UPDATE says about its routes, as one peer is to see it. */
struct bgp_path {
	bool ibgp;				/* AS_PATH empty and LOCAL_PREF, else our AS */
	bool as4;				/* AS numbers of four octets on this session */
	uint32_t as;				/* ours */
	unsigned prepend;			/* so many times more, but not within the AS */
	uint8_t origin;
	int64_t med;				/* -1: none */
	uint32_t local_pref;
	/* Of IPv4 routes it may be of either family: RFC 8950. */
	struct addr next_hop[BGP_FAMILIES];
	/* Beside an IPv6 next hop, or in its place for IPv6 routes: RFC 2545; or ADDR_NONE. */
	struct addr link_local;
	struct str communities[COMMUNITY_KINDS];	/* as on the wire */
};

/* Views are absent where the field is. NLRI is read by bgp_nlri_next. */
struct bgp_update {
	struct str withdrawn, announced;	/* IPv4, in the body's own fields */
	struct str mp_withdrawn, mp_announced;	/* absent also for families that we do not speak */
	enum bgp_family mp_withdrawn_family, mp_announced_family;
	struct str mp_next_hop;
	struct str next_hop;			/* four bytes */
	struct str as_path, as4_path;		/* values of the attributes */
	struct str communities[COMMUNITY_KINDS];
	int origin;				/* -1: absent, as the next two */
	int64_t med, local_pref;
	unsigned attributes;			/* how many there are */
	bool malformed;				/* an attribute is: RFC 7606 keeps the session up */
};

/*
 * Takes a message off the front of the bytes received. Its length, at most `max` (BGP_MAX or
 * BGP_EXTENDED_MAX); 0 when it is not complete yet; or -1 and the error (RFC 4271 section 6.1).
 */
int bgp_frame(struct str in, size_t max, struct bgp_message *m, struct bgp_error *error);

/* Reads the body of an OPEN as far as the bytes alone tell (RFC 4271 section 6.2). */
bool bgp_open_parse(struct str body, struct bgp_open *o, struct bgp_error *error);

/*
 * Whether a peer may say this: the AS we expect of it, and against our own OPEN. With no family in
 * common it is refused, with the capabilities that it lacks (RFC 5492 section 3).
 */
bool bgp_open_check(const struct bgp_open *theirs, uint32_t as, const struct bgp_open *ours,
    struct bgp_error *error);

/*
 * Takes out of an OPEN of ours the capabilities for which the peer refused it with this
 * NOTIFICATION: all of them, or those that it names (RFC 5492 sections 3 and 5). False when there
 * was nothing to take out: the peer demands a capability, and another attempt would fail as well.
 */
bool bgp_open_yield(struct bgp_open *ours, const struct bgp_error *error);

/*
 * Reads the body of an UPDATE. False only where a session cannot go on: lengths that do not add up,
 * NLRI that is none, a next hop of a length that its family does not have, MP_REACH_NLRI or
 * MP_UNREACH_NLRI twice (RFC 4271 section 6.3; RFC 7606 sections 3, 5.3 and 7.11).
 */
bool bgp_update_parse(struct str body, struct bgp_update *u, struct bgp_error *error);

/* Whether it is an End-of-RIB marker, and for which family (RFC 4724 section 2). */
bool bgp_update_is_end(const struct bgp_update *u, enum bgp_family *family);

/*
 * Takes the next prefix; false at the end, and, with something left in *rest, at one that is
 * malformed.
 */
bool bgp_nlri_next(struct str *rest, enum bgp_family family, struct prefix *p);

/* The body of a NOTIFICATION, which has two bytes at least; that of a Hard Reset is unwrapped. */
struct bgp_error bgp_notification_parse(struct str body);

/*
 * Makes it a shutdown communication (RFC 9003) of at most BGP_WORDS_MAX bytes of UTF-8; of none it
 * stays as it is.
 */
void bgp_error_say(struct bgp_error *error, struct str words);

/* What a shutdown communication says, any bytes; absent where it is none. */
struct str bgp_error_words(const struct bgp_error *error);

/* The family that a ROUTE-REFRESH asks for; false for one that we do not speak. */
bool bgp_refresh_parse(struct str body, enum bgp_family *family);

void bgp_put_open(struct buf *out, const struct bgp_open *o);
void bgp_put_keepalive(struct buf *out);
void bgp_put_notification(struct buf *out, const struct bgp_error *error);
void bgp_put_end_of_rib(struct buf *out, enum bgp_family family);

/* The bytes of NLRI that one UPDATE can hold. */
size_t bgp_announce_room(const struct bgp_path *path, enum bgp_family family);
size_t bgp_withdraw_room(enum bgp_family family);

/* One UPDATE; the NLRI, of at most that many bytes, is as on the wire. */
void bgp_put_announce(struct buf *out, const struct bgp_path *path, enum bgp_family family,
    struct str nlri);
void bgp_put_withdraw(struct buf *out, enum bgp_family family, struct str nlri);

/* The bytes that a prefix of this length takes in NLRI. */
static inline size_t
bgp_nlri_size(uint8_t len)
{
	return 1 + (len + 7u) / 8;
}

#endif
