/*
 * The configuration of a peer: `ADDRESS[,KEY=VALUE]...` on the command line. A file has one peer
 * per line, with the same words separated by spaces.
 */
#ifndef PEER_CONFIG_H
#define PEER_CONFIG_H

#include "base/buf.h"
#include "base/str.h"
#include "line/addr.h"

#define PEER_CONFIG_PORT 179
#define PEER_CONFIG_DEVICE_STRLEN 16	/* IFNAMSIZ */
#define PEER_CONFIG_PASSWORD_MAX 80	/* bytes: the limit of Linux (TCP_MD5SIG_MAXKEYLEN) */
#define PEER_CONFIG_TEXT_STRLEN 256	/* the longest path or list of tags, and NUL */

/* Unused bytes are zero, so that memcmp(3) can compare configurations. */
struct peer_config {
	struct addr addr;
	char link[PEER_CONFIG_DEVICE_STRLEN];	/* link of a link-local address; or empty */
	char device[PEER_CONFIG_DEVICE_STRLEN];	/* device that the socket is bound to; or empty */
	uint32_t as;			/* AS number; 0: the speaker's AS number */
	uint16_t port;
	uint8_t hops;			/* the most hops to the peer; 0: not set */
	int64_t retry_max;		/* longest pause between attempts, in us; 0: not set */
	bool gtsm;			/* RFC 5082: accept only packets from within `hops` */
	bool may_export;		/* do not add NO_EXPORT for an external peer */
	bool gate;			/* barriers wait for this peer (gate.h) */
	int64_t settle;			/* time after an acknowledged UPDATE, in microseconds */
	struct addr source;		/* local address; ADDR_NONE: the system's choice */
	char tags[PEER_CONFIG_TEXT_STRLEN];	/* separated by commas; empty: all routes */
	uint64_t tag_bits;		/* `tags`, one bit each (policy.h); set by neighbors.c */
	char password_file[PEER_CONFIG_TEXT_STRLEN];	/* path; empty: no password */
	uint8_t password[PEER_CONFIG_PASSWORD_MAX];	/* key of TCP MD5: RFC 2385 */
	size_t password_n;
};

#define PEER_CONFIG_STRLEN (ADDR_STRLEN + PEER_CONFIG_DEVICE_STRLEN)

/*
 * Reads an AS number, plain or as HIGH.LOW (RFC 5396). False also for the reserved numbers 0 (RFC
 * 7607) and AS_TRANS (RFC 6793 section 9).
 */
bool peer_config_as_parse(struct str text, uint32_t *as);

/* Reads the longest pause between two attempts to connect, in microseconds. */
bool peer_config_retry_max_parse(struct str text, int64_t *time);
#define PEER_CONFIG_RETRY_MAX_WRONG "retry-max is not a time of at least 1 s, as in 10s or 2m"

/*
 * Reads words separated by `sep`. If `sep` is a comma, a word without `=` continues the value
 * before it. NULL, or a reason; *p is then undefined.
 */
const char *peer_config_parse(struct str text, char sep, struct peer_config *p);

/* Reads the password, the first line of p->password_file, if that is set. NULL, or a reason. */
const char *peer_config_read_password(struct peer_config *p);

/* Whether both name the same peer: address, link and port are equal. */
bool peer_config_is_same(const struct peer_config *a, const struct peer_config *b);

/* Writes `ADDRESS[%LINK]` and NUL to `out`; returns the length without NUL. */
size_t peer_config_format_address(const struct peer_config *p, char out[PEER_CONFIG_STRLEN]);

/* Appends `ADDRESS[%LINK]`, and `,port=PORT` if it is not 179. */
void peer_config_put(const struct peer_config *p, struct buf *out);

#endif
