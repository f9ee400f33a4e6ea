/*
 * The OPEN message (RFC 4271 section 4.2) with its capabilities (RFC 5492): multiprotocol (RFC
 * 4760), route refresh (RFC 2918), four-octet AS numbers (RFC 6793), graceful restart (RFC 4724,
 * 8538), extended messages (RFC 8654) and IPv6 next hops of IPv4 routes (RFC 8950). Extended
 * optional parameters (RFC 9072) are read but not sent.
 */
#ifndef OPEN_H
#define OPEN_H

#include "base/buf.h"
#include "bgp/bgp.h"

struct open {
	uint32_t as;		/* from the four-octet capability, or else My Autonomous System */
	uint32_t id;		/* BGP Identifier */
	uint16_t hold;		/* seconds */
	unsigned families;	/* multiprotocol families, or else IPv4 (RFC 4760 section 8) */
	bool multiprotocol;	/* a multiprotocol capability exists, of any family */
	bool refresh;		/* route refresh: RFC 2918 */
	bool as4;		/* four-octet AS numbers: RFC 6793 */
	bool extended;		/* extended messages: RFC 8654 */
	bool next_hop6;		/* RFC 8950: IPv4 routes may have an IPv6 next hop */
	bool restart;		/* graceful restart (RFC 4724), with the fields below */
	bool restarting;		/* the Restart State bit */
	bool notification;		/* also after a NOTIFICATION (RFC 8538) */
	uint16_t restart_time;		/* seconds, 0 to 4095 */
	unsigned restart_families;	/* families in the graceful restart capability */
	unsigned kept;			/* families whose forwarding state was preserved */
};

/* Reads the body of an OPEN. False if its format is wrong (RFC 4271 section 6.2). */
bool open_parse(struct str body, struct open *o, struct bgp_error *error);

/*
 * Whether the OPEN of a peer is acceptable: it has the configured AS and suits the local OPEN. If
 * there is no common family, the error lists the capabilities that the peer lacks (RFC 5492 section
 * 3).
 */
bool open_check(const struct open *theirs, uint32_t as, const struct open *ours,
    struct bgp_error *error);

/*
 * Removes from the local OPEN the capabilities that the peer refused with this NOTIFICATION: all,
 * or those in its data (RFC 5492 sections 3 and 5). False if no capability was removed, so another
 * attempt would fail in the same way.
 */
bool open_yield(struct open *ours, const struct bgp_error *error);

/* Appends an OPEN message. */
void open_put(struct buf *out, const struct open *o);

#endif
