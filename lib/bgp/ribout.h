/*
 * The Adj-RIB-Out, shared by all peers. RFC 4271 section 3.2 has one Adj-RIB-Out per peer; here
 * each peer has a reader that records the changes and routes sent to the peer.
 *
 * A route takes about 39 bytes (/32) or 54 bytes (/128), and one bit per reader. Slow readers cost
 * no memory, but a withdrawn route stays until the withdrawal was sent to all its readers.
 */
#ifndef RIBOUT_H
#define RIBOUT_H

#include "bgp/bgp.h"

struct ribout;

/* The logs of changes (ribout.c): withdrawn routes, and announced routes. */
enum ribout_log { RIBOUT_WITHDRAWN, RIBOUT_ANNOUNCED, RIBOUT_LOGS };

/* The reader of one peer. Must be zeroed before use; must not move between attach and detach. */
struct ribout_reader {
	struct {
		size_t cursor[RIBOUT_LOGS];
		size_t mark[RIBOUT_LOGS];	/* the changes before it were marked */
		bool again;		/* read all routes again after the end of the log */
		uint64_t *sent;		/* owned; a bit per slot (ribout.c): its route was sent */
		size_t words;
		size_t routes;		/* number of bits set in `sent` */
	} of[BGP_FAMILIES];
};

struct ribout_change {
	/* The prefix in NLRI format, wire_nlri_size(nlri[0]) bytes; valid until the next call. */
	const uint8_t *nlri;
	uint32_t attrs;
	uint32_t slot;
	bool had;		/* the route was sent before, with any attributes */
};

/* `seed` must be random: it prevents attacks with colliding prefixes. */
struct ribout *ribout_new(uint64_t seed);
void ribout_free(struct ribout *rib);

/* Sets a function that is called when an announcement no longer uses its set of attributes. */
void ribout_on_drop(struct ribout *rib, void (*drop)(void *owner, uint32_t attrs), void *owner);

/* Announces a route, or replaces its attributes. Returns whether the route changed. */
bool ribout_announce(struct ribout *rib, const struct prefix *p, uint32_t attrs);

/* Withdraws a route. Returns whether it was announced. */
bool ribout_withdraw(struct ribout *rib, const struct prefix *p);

/* As ribout_has; if the route is announced, stores its attributes in *attrs. */
bool ribout_get(const struct ribout *rib, const struct prefix *p, uint32_t *attrs);

/* Whether the route is announced. */
bool ribout_has(const struct ribout *rib, const struct prefix *p);

/* Whether the route was sent to this reader's peer, with any attributes. */
bool ribout_was_sent(const struct ribout *rib, const struct ribout_reader *r,
    const struct prefix *p);

/* The number of announced routes. */
size_t ribout_routes(const struct ribout *rib, enum bgp_family family);

/* Calls `see` for each announced route, with its set of attributes. */
void ribout_each(const struct ribout *rib, enum bgp_family family,
    void (*see)(void *owner, uint32_t attrs), void *owner);

/* Marks the table as complete: End-of-RIB may follow its last route. */
void ribout_complete(struct ribout *rib);
bool ribout_is_complete(const struct ribout *rib);

/* Adds a reader when a session begins: no route has been sent to the peer. */
void ribout_attach(struct ribout *rib, struct ribout_reader *r);

/* Removes a reader when a session ends: the peer has no routes then. */
void ribout_detach(struct ribout *rib, struct ribout_reader *r);

/* The first change that this reader has not passed to ribout_take. False if there is none. */
bool ribout_next(struct ribout *rib, struct ribout_reader *r, enum bgp_family family,
    enum ribout_log log, struct ribout_change *c);

/* Removes the change of ribout_next from the pending changes. `has`: the peer now has the route. */
void ribout_take(struct ribout *rib, struct ribout_reader *r, enum bgp_family family,
    enum ribout_log log, const struct ribout_change *c, bool has);

/*
 * Marks all changes of these families (BGP_BIT) that are pending for this reader; a change of a
 * family that the peer does not have stays pending. ribout_has_marked is true until ribout_take has
 * removed each of them, or the change that has replaced it.
 */
void ribout_mark(struct ribout *rib, struct ribout_reader *r, unsigned families);

static inline bool
ribout_has_marked(const struct ribout_reader *r)
{
	for (int f = 0; f < BGP_FAMILIES; f++)
		for (int log = 0; log < RIBOUT_LOGS; log++)
			if (r->of[f].cursor[log] < r->of[f].mark[log])
				return true;
	return false;
}

/*
 * Makes all routes of the family pending again; a transfer in progress is completed first. False if
 * a transfer of all routes was pending already.
 */
bool ribout_refresh(struct ribout *rib, struct ribout_reader *r, enum bgp_family family);

/* An upper bound of the number of changes to send to this reader; 0 is exact. */
size_t ribout_pending(const struct ribout *rib, const struct ribout_reader *r,
    enum bgp_family family);

#endif
