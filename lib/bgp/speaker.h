/*
 * The loop of bgp-announce: reads route lines (originate.h, route_files.h), serves the sessions of
 * all neighbors (neighbors.h) and the clients of the control socket (lookup.h), and writes status
 * lines (status.h).
 *
 * Signals: SIGHUP reads the files of peers and of routes again, SIGUSR2 tries to connect to all
 * peers now, SIGUSR1 prints counters (stats.h), SIGTERM and SIGINT end the loop.
 */
#ifndef SPEAKER_H
#define SPEAKER_H

#include "bgp/barriers.h"
#include "bgp/lookup.h"
#include "bgp/neighbors.h"
#include "bgp/originate.h"
#include "bgp/route_files.h"
#include "control/control.h"
#include "io/filter.h"
#include "io/stats.h"

/*
 * Actions. HOLD: run until a signal arrives. EXIT: when all peers have all routes, perform the
 * action `on_exit`. WITHDRAW, RETAIN: close the sessions, so that the peers remove the routes, or
 * retain the routes (graceful restart).
 */
enum speaker_end { SPEAKER_HOLD, SPEAKER_EXIT, SPEAKER_WITHDRAW, SPEAKER_RETAIN };

struct speaker {
	/* Set by the caller between speaker_init and speaker_open. A path may be NULL. */
	enum speaker_end on_eof;	/* action at the end of stdin */
	enum speaker_end on_exit;	/* action at the end: SPEAKER_WITHDRAW or SPEAKER_RETAIN */
	int64_t quiet;			/* time without input that counts as end-of-rib; 0: off */
	struct str farewell;		/* shutdown communication: RFC 9003 */
	const char *peers_path, *control_path;	/* not owned */
	struct route_files files;	/* the caller adds the files of routes */

	struct update_local us;
	struct policy policy;
	struct originate originate;
	struct neighbors neighbors;
	struct barriers barriers;
	struct ribout *rib;		/* owned */
	struct filter filter;
	struct stats stats;		/* the callback must call speaker_print_stats */

	bool ports[UINT16_MAX + 1];	/* ports allowed by speaker_confine_to_peers */
	int64_t quiet_at;		/* time when `quiet` has passed without input; or NEVER */
	bool stopping;			/* the sessions are being closed */
	struct control control;
	struct lookup_host host;
	struct service service;
};

/* Sets defaults. *s must not move afterwards. */
void speaker_init(struct speaker *s);

/*
 * Opens stdin and stdout, catches signals, listens on control_path. The FIFOs of `barriers` must
 * exist (barriers_open). NULL, or a reason.
 */
const char *speaker_open(struct speaker *s);

/*
 * Enters the sandbox for parsing options and peers: any file may be read, and unless `dry_run`, a
 * connection to any port may be opened. NULL, or a reason; the caller must then exit.
 */
__attribute__((warn_unused_result)) const char *
speaker_confine(const struct speaker *s, bool dry_run);

/*
 * Narrows the sandbox to the files of peers and routes, and to the ports of the peers and of BGP.
 * If the kernel limits ports, peers that are read later can use no other port. NULL, or a reason;
 * the caller must then exit.
 */
__attribute__((warn_unused_result)) const char *
speaker_confine_to_peers(struct speaker *s, bool dry_run);

/* Calls originate_protect. Options and peers must have been parsed. */
void speaker_protect(struct speaker *s);

/*
 * Reads the files of routes, and reports mistakes. Must follow speaker_protect. Returns whether all
 * files are good.
 */
bool speaker_read_files(struct speaker *s);

/* Runs the loop. Returns 0; or 2, after a message, if reading or writing failed. */
int speaker_run(struct speaker *s);

/* Reads stdin to its end and prints the UPDATEs for each peer. Returns as speaker_run does. */
int speaker_dry_run(struct speaker *s);

/* Prints a line of counters, then a line for each neighbor. */
void speaker_print_stats(struct speaker *s, FILE *to);

void speaker_free(struct speaker *s);

#endif
