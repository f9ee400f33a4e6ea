/*
 * The running program: one loop in which route lines come in (originate.h), the sessions with all
 * neighbors have their turns (neighbors.h), clients of the control socket get answers (lookup.h),
 * and status lines go out (status.h).
 *
 * Signals: SIGHUP reads the file of peers again, SIGUSR2 tries all peers now, SIGTERM and SIGINT
 * end it, SIGUSR1 prints the counters (stats.h).
 */
#ifndef SPEAKER_H
#define SPEAKER_H

#include "bgp/lookup.h"
#include "bgp/neighbors.h"
#include "bgp/originate.h"
#include "control/control.h"
#include "io/filter.h"
#include "io/stats.h"

/* Hold: stay until a signal. Exit: end when all peers have everything, as on_exit says. */
enum speaker_end { SPEAKER_HOLD, SPEAKER_EXIT, SPEAKER_WITHDRAW, SPEAKER_RETAIN };

struct speaker {
	/* Set by the program between speaker_init and speaker_open; a path: NULL for none. */
	enum speaker_end on_eof;	/* at the end of stdin */
	enum speaker_end on_exit;	/* SPEAKER_WITHDRAW or SPEAKER_RETAIN */
	int64_t quiet;			/* pause of stdin that means end-of-rib; 0: none does */
	struct str farewell;		/* shutdown communication: RFC 9003 */
	const char *peers_path, *control_path;	/* not owned */

	struct update_local us;
	struct policy policy;
	struct originate originate;
	struct neighbors neighbors;
	struct ribout *rib;		/* owned */
	struct filter filter;
	struct stats stats;		/* its callback calls speaker_print_stats */

	bool ports[UINT16_MAX + 1];	/* allowed by speaker_confine_to_peers */
	int64_t quiet_at;		/* when such a pause of stdin is over; or NEVER */
	bool stopping;			/* the sessions are being closed */
	struct control control;
	struct lookup_host host;
	struct service service;
};

/* Sets the defaults. *s must not move from now on. */
void speaker_init(struct speaker *s);

/* Opens stdin and stdout, catches signals, and listens at control_path. NULL, or a reason. */
const char *speaker_open(struct speaker *s);

/*
 * The sandbox while options and peers are parsed: any file may be read and, unless `dry_run`, any
 * port be connected to.
 */
void speaker_confine(const struct speaker *s, bool dry_run);

/*
 * The sandbox after that: only the files and ports of the peers, and BGP's own port. If the kernel
 * enforces it, peers that are read later can use no other port.
 */
void speaker_confine_to_peers(struct speaker *s, bool dry_run);

/* Protects next hops and both ends of all sessions: after options and peers have been read. */
void speaker_protect(struct speaker *s);

/* Runs until the end. 0, or 2 with a message when reading or writing failed. */
int speaker_run(struct speaker *s);

/* Prints what each peer would be sent when stdin has ended; returns the same. */
int speaker_dry_run(struct speaker *s);

/* A line of all counters, and one of each neighbor. */
void speaker_print_stats(struct speaker *s, FILE *to);

void speaker_free(struct speaker *s);

#endif
