/*
 * The Adj-RIB-Out, shared by all peers (RFC 4271 section 3.2 has one a peer; what differs between
 * peers here is only how far each has come).
 *
 * A change of a route puts it at the end of a log, and takes it from where it stood: so what a peer
 * has not been sent yet coalesces, and no two changes of a prefix can change places. There is a log
 * of routes that are announced, which a new session reads from the start, and one of those
 * withdrawn that some peer still has. A peer is a reader with a cursor into each log, and a bit a
 * route for what it has been sent. The log of withdrawals is read first, so that they need not wait
 * behind a full table.
 *
 * A route takes some 39 bytes (/32) or 54 (/128), a reader a bit a route; a reader that stands
 * still costs no more, but for the withdrawn routes that it has been sent, which stay until it is
 * told or reset.
 */
#ifndef RIBOUT_H
#define RIBOUT_H

#include "bgp/bgp.h"

struct ribout;

enum ribout_log { RIBOUT_WITHDRAWN, RIBOUT_ANNOUNCED, RIBOUT_LOGS };

/* One peer's view. To be zeroed; between attach and detach it must not move. */
struct ribout_reader {
	struct {
		size_t cursor[RIBOUT_LOGS];
		bool again;		/* at the end of the announced, start over */
		uint64_t *sent;		/* owned: a bit a slot */
		size_t words;
		size_t routes;		/* bits set */
	} of[BGP_FAMILIES];
};

struct ribout_change {
	/* The prefix as on the wire, wire_nlri_size(nlri[0]) bytes; till the next call. */
	const uint8_t *nlri;
	uint32_t attrs;
	uint32_t slot;
	/* The reader has been sent the route, maybe with other attributes. */
	bool had;
};

/* At most this many readers. */
#define RIBOUT_READERS_MAX INT32_MAX

/* `seed` is random, so that nobody can choose prefixes that collide. */
struct ribout *ribout_new(uint64_t seed);
void ribout_free(struct ribout *rib);

/*
 * From now on the table tells of each set of attributes that it is done with, once for each
 * announcement.
 */
void ribout_on_drop(struct ribout *rib, void (*drop)(void *owner, uint32_t attrs), void *owner);

/* Announces, or replaces when the attributes differ. Returns whether anything changed. */
bool ribout_announce(struct ribout *rib, const struct prefix *p, uint32_t attrs);

/* Returns whether the route was there. One that no reader has been sent is forgotten at once. */
bool ribout_withdraw(struct ribout *rib, const struct prefix *p);

/* Whether the route is announced. */
bool ribout_has(const struct ribout *rib, const struct prefix *p);

/* Whether this reader has been sent the route, maybe with other attributes. */
bool ribout_was_sent(const struct ribout *rib, const struct ribout_reader *r,
    const struct prefix *p);

/* Routes announced now. */
size_t ribout_routes(const struct ribout *rib, enum bgp_family family);

/* Calls `see` for each route announced now. */
void ribout_each(const struct ribout *rib, enum bgp_family family,
    void (*see)(void *owner, uint32_t attrs), void *owner);

/* From now on the table is complete: readers that have come to its end may be sent End-of-RIB. */
void ribout_complete(struct ribout *rib);
bool ribout_is_complete(const struct ribout *rib);

/* A new session: nothing has been sent. */
void ribout_attach(struct ribout *rib, struct ribout_reader *r);

/* The session is over, and with it all that was sent. */
void ribout_detach(struct ribout *rib, struct ribout_reader *r);

/*
 * The next change that this reader is to be sent; false when there is none. It stays the next until
 * taken.
 */
bool ribout_next(struct ribout *rib, struct ribout_reader *r, enum bgp_family family,
    enum ribout_log log, struct ribout_change *c);

/*
 * The change that ribout_next gave last has been dealt with, and the reader has the route now, or
 * has it no more (as after a withdrawal, always).
 */
void ribout_take(struct ribout *rib, struct ribout_reader *r, enum bgp_family family,
    enum ribout_log log, const struct ribout_change *c, bool has);

/*
 * Sends all routes of the family again. One asked for in the middle of another begins when that is
 * done. False when all is still to be sent anyway: so many that come at once are one.
 */
bool ribout_refresh(struct ribout *rib, struct ribout_reader *r, enum bgp_family family);

/* At most how many changes this reader has yet to be sent; 0 is exact. */
size_t ribout_pending(const struct ribout *rib, const struct ribout_reader *r,
    enum bgp_family family);

#endif
