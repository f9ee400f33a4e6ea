/*
 * The OPEN message (RFC 4271 section 4.2) with its capabilities (RFC 5492): both families (RFC
 * 4760), route refresh (RFC 2918), four-octet AS numbers (RFC 6793), graceful restart (RFC 4724,
 * 8538), extended messages (RFC 8654) and IPv6 next hops of IPv4 routes (RFC 8950). Extended
 * optional parameters (RFC 9072) are read only.
 */
#ifndef OPEN_H
#define OPEN_H

#include "base/buf.h"
#include "bgp/bgp.h"

struct open {
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

/* Reads the body of an OPEN as far as the bytes alone tell (RFC 4271 section 6.2). */
bool open_parse(struct str body, struct open *o, struct bgp_error *error);

/*
 * Whether a peer may say this: the AS we expect of it, and against our own OPEN. With no family in
 * common it is refused, with the capabilities that it lacks (RFC 5492 section 3).
 */
bool open_check(const struct open *theirs, uint32_t as, const struct open *ours,
    struct bgp_error *error);

/*
 * Takes out of an OPEN of ours the capabilities for which the peer refused it with this
 * NOTIFICATION: all of them, or those that it names (RFC 5492 sections 3 and 5). False when there
 * was nothing to take out: the peer demands a capability, and another attempt would fail as well.
 */
bool open_yield(struct open *ours, const struct bgp_error *error);

/* Appends the whole message. */
void open_put(struct buf *out, const struct open *o);

#endif
