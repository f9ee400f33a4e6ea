/*
 * What a person says about a peer: `ADDRESS[,KEY=VALUE]...` on the command line; in a file the same words
 * parted by spaces, a peer a line.
 */
#ifndef PEER_H
#define PEER_H

#include "addr.h"
#include "str.h"

#define PEER_PORT 179

struct peer {
	struct addr addr;
	uint32_t as;		/* 0: ours */
	uint16_t port;
	uint8_t hops;		/* 0: not said */
	struct addr source;	/* ADDR_NONE: the system chooses */
};

/*
 * Reads an AS number, plain or as HIGH.LOW (RFC 5396): neither 0, which is no AS (RFC 7607), nor AS_TRANS,
 * which is everybody's (RFC 6793 section 9).
 */
bool peer_as_parse(struct str text, uint32_t *as);

/* Reads words parted by `sep`. NULL, or a reason; *p is then undefined. */
const char *peer_parse(struct str text, char sep, struct peer *p);

#endif
