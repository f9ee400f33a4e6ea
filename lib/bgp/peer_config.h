/*
 * What a person says about a peer: `ADDRESS[,KEY=VALUE]...` on the command line; in a file the same
 * words parted by spaces, a peer a line.
 */
#ifndef PEER_CONFIG_H
#define PEER_CONFIG_H

#include "base/buf.h"
#include "base/str.h"
#include "line/addr.h"

#define PEER_CONFIG_PORT 179
#define PEER_CONFIG_DEVICE_STRLEN 16		/* as IFNAMSIZ */
#define PEER_CONFIG_PASSWORD_MAX 80		/* bytes: as the system has it */
#define PEER_CONFIG_TEXT_STRLEN 256		/* the longest path, or list of tags, and a NUL */

/* All bytes count, so that two that say the same are the same to memcmp(3). */
struct peer_config {
	struct addr addr;
	char link[PEER_CONFIG_DEVICE_STRLEN];		/* of a link-local address, else empty */
	char device[PEER_CONFIG_DEVICE_STRLEN];	/* to which the socket is bound; empty: none */
	uint32_t as;				/* 0: ours */
	uint16_t port;
	uint8_t hops;				/* 0: not said */
	int64_t retry_max;			/* microseconds; 0: not said */
	/* RFC 5082: nothing from further away than that is taken. */
	bool gtsm;
	/* Routes go without NO_EXPORT to an external peer. */
	bool may_export;
	struct addr source;			/* ADDR_NONE: the system chooses */
	char tags[PEER_CONFIG_TEXT_STRLEN];		/* comma between; empty: all routes */
	/* The same for who knows the tags, by whom it is set. */
	uint64_t tag_bits;
	char password_file[PEER_CONFIG_TEXT_STRLEN];	/* empty: none */
	/* What it holds, RFC 2385; set by peer_config_read_password. */
	uint8_t password[PEER_CONFIG_PASSWORD_MAX];
	size_t password_n;
};

#define PEER_CONFIG_STRLEN (ADDR_STRLEN + PEER_CONFIG_DEVICE_STRLEN + 16)

/*
 * Reads an AS number, plain or as HIGH.LOW (RFC 5396): neither 0, which is no AS (RFC 7607), nor
 * AS_TRANS, which is everybody's (RFC 6793 section 9).
 */
bool peer_config_as_parse(struct str text, uint32_t *as);

/* The longest pause between two attempts to connect: a second at least. NULL, or a reason. */
const char *peer_config_retry_max_parse(struct str text, int64_t *time);

/*
 * Reads words parted by `sep`; where that is a comma, a word without `=` goes on with the list
 * before it. NULL, or a reason; *p is then undefined.
 */
const char *peer_config_parse(struct str text, char sep, struct peer_config *p);

/* Reads the password file, if there is one: its first line. NULL, or a reason. */
const char *peer_config_read_password(struct peer_config *p);

/* The same router: address, link and port. */
bool peer_config_is_same(const struct peer_config *a, const struct peer_config *b);

/*
 * As it is named on the command line: `ADDRESS[%LINK]`, and `,port=PORT` where it is not 179;
 * NUL-ended.
 */
size_t peer_config_format(const struct peer_config *p, char out[PEER_CONFIG_STRLEN]);

/* Appends the same, without NUL. */
void peer_config_put(const struct peer_config *p, struct buf *out);

/* The address with its link alone. */
size_t peer_config_format_address(const struct peer_config *p, char out[PEER_CONFIG_STRLEN]);

#endif
