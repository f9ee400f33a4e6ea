/*
 * There is one thread and one loop. A turn reads the route lines that have arrived, then sends and
 * receives for each session, then serves the control socket. If stdout blocks, the sessions
 * continue: status lines are dropped and counted. At the end, the sessions are closed in further
 * turns, which do not read stdin and take at most FAREWELL.
 *
 * Invariant: the loop ends on a signal, or at the end of stdin unless on_eof is SPEAKER_HOLD.
 */
#include "bgp/speaker.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/hash.h"
#include "bgp/dryrun.h"
#include "bgp/status.h"
#include "io/sandbox.h"

#define HOLD_TIME 90			/* seconds: RFC 4271 section 10 */
#define RESTART_TIME 120		/* seconds: the usual default of routers */
#define FAREWELL (2 * SECOND)		/* the longest time to send Cease at the end */

#define PLACE_STRLEN (PATH_MAX + 32)

/* The line that is being read: `line N` of stdin, or FILE:N. */
static void
format_place(const struct speaker *s, char out[PLACE_STRLEN])
{
	if (s->files.path != NULL)
		snprintf(out, PLACE_STRLEN, "%s:%llu", s->files.path,
		    (unsigned long long)s->files.line);
	else
		snprintf(out, PLACE_STRLEN, "line %llu", (unsigned long long)s->filter.in.line);
}

static void
log_refused(void *owner, const struct prefix *p, const char *why)
{
	struct speaker *s = owner;
	char text[PREFIX_STRLEN], place[PLACE_STRLEN];

	prefix_format(p, text);
	format_place(s, place);
	log_limited(&s->filter.limit, "%s: %s refused: %s", place, text, why);
}

static void
log_unknown_key(void *owner, struct str key)
{
	char place[PLACE_STRLEN];

	format_place(owner, place);
	log_warn("%s: unknown key '%.*s' ignored; it is reported only once", place, (int)key.n,
	    key.p);
}

static void
log_event(struct speaker *s, const struct neighbor *neighbor, const struct session_event *e)
{
	struct buf text = BUF(1024);

	buf_str(&text, STR("peer "));
	peer_config_put(&neighbor->peer, &text);
	buf_str(&text, STR(": "));
	status_words(&neighbor->session, e, &text);
	if (e->why == NULL || s->stopping)
		log_info("%.*s", (int)text.len, text.data);
	else
		log_warn("%.*s", (int)text.len, text.data);
	buf_free(&text);
}

/* Writes a status line and a message. While stopping, logs only the end of sessions. */
static void
report_event(void *owner, struct neighbor *neighbor, const struct session_event *e)
{
	struct speaker *s = owner;
	size_t mark = s->filter.out.buf.len;

	status_note_cause(neighbor, e);
	status_line(clock_wall(), &neighbor->session, e, &s->filter.out.buf);
	filter_end_line(&s->filter, mark);
	if ((!s->stopping || e->news == SESSION_DOWN) && status_is_news(neighbor, e))
		log_event(s, neighbor, e);
}

static const char *
check_for_lookup(void *owner, const struct route *r, struct addr *hop)
{
	const struct speaker *s = owner;

	return originate_check(&s->originate, r, hop);
}

static bool
find_file_route(void *owner, const struct prefix *p, struct prefix *found, struct addr *hop)
{
	const struct speaker *s = owner;

	return originate_file_route(&s->originate, p, found, hop);
}

void
speaker_init(struct speaker *s)
{
	*s = (struct speaker){ .on_exit = SPEAKER_WITHDRAW, .quiet_at = NEVER };
	s->us.open = (struct open){ .hold = HOLD_TIME, .multiprotocol = true, .refresh = true,
	    .as4 = true, .extended = true, .restart = true, .notification = true,
	    .restart_time = RESTART_TIME };
	s->us.sets = &s->policy.sets;
	policy_open(&s->policy, hash_seed());
	s->rib = ribout_new(hash_seed());
	originate_open(&s->originate, &s->us, &s->policy, s->rib);
	s->originate.on_refused = log_refused;
	s->originate.on_unknown_key = log_unknown_key;
	s->originate.owner = s;
	s->neighbors = (struct neighbors){ .us = &s->us, .rib = s->rib, .policy = &s->policy,
	    .on_event = report_event, .owner = s };
	s->host = (struct lookup_host){ .rib = s->rib, .neighbors = &s->neighbors,
	    .check = check_for_lookup, .find_file_route = find_file_route, .owner = s };
	s->service = lookup_service(&s->host);
}

/* Signals are caught before a client of the control socket can connect. */
const char *
speaker_open(struct speaker *s)
{
	s->neighbors.watches_acks = s->barriers.n > 0;
	filter_open(&s->filter, ROUTE_MAX - 1);
	loop_catch(SIGUSR2);
	return s->control_path == NULL ? NULL :
	    control_open(&s->control, s->control_path, &s->service);
}

void
speaker_free(struct speaker *s)
{
	barriers_close(&s->barriers);
	neighbors_free(&s->neighbors);
	route_files_free(&s->files);
	ribout_free(s->rib);
	originate_free(&s->originate);
	policy_free(&s->policy);
}

void
speaker_protect(struct speaker *s)
{
	struct addrset sessions = { 0 };

	neighbors_addresses(&s->neighbors, &sessions);
	originate_protect(&s->originate, sessions);
}

static void
allow_own_files(struct sandbox *sandbox, const struct speaker *s)
{
	sandbox_allow(sandbox, s->stats.path, SANDBOX_REPLACE);
	sandbox_allow(sandbox, s->control_path, SANDBOX_REMOVE);
	for (size_t i = 0; i < s->barriers.n; i++)
		sandbox_allow(sandbox, s->barriers.fifos[i].path, SANDBOX_WRITE);
}

const char *
speaker_confine(const struct speaker *s, bool dry_run)
{
	struct sandbox sandbox;

	sandbox_open(&sandbox, dry_run ? SANDBOX_NARROWS : SANDBOX_NARROWS | SANDBOX_CONNECTS);
	sandbox_allow(&sandbox, "/", SANDBOX_READ);
	allow_own_files(&sandbox, s);
	return sandbox_enter(&sandbox);
}

static void
allow_peer(struct sandbox *sandbox, bool *ports, const struct peer_config *p)
{
	ports[p->port] = true;
	if (p->password_file[0] != '\0')
		sandbox_allow(sandbox, p->password_file, SANDBOX_READ);
}

const char *
speaker_confine_to_peers(struct speaker *s, bool dry_run)
{
	struct sandbox sandbox;
	const char *why;

	sandbox_open(&sandbox, dry_run ? 0 : SANDBOX_CONNECTS);
	sandbox_allow(&sandbox, s->peers_path, SANDBOX_READ);
	for (size_t i = 0; i < s->files.n; i++)
		sandbox_allow(&sandbox, s->files.list[i].path, SANDBOX_READ);
	s->ports[PEER_CONFIG_PORT] = true;
	for (size_t i = 0; i < s->neighbors.n; i++)
		allow_peer(&sandbox, s->ports, &s->neighbors.list[i]->peer);
	for (unsigned port = 0; port <= UINT16_MAX; port++)
		if (s->ports[port])
			sandbox_allow_port(&sandbox, (uint16_t)port);
	allow_own_files(&sandbox, s);
	why = sandbox_narrow(&sandbox);
	s->neighbors.ports = sandbox_limits_ports(&sandbox) ? s->ports : NULL;
	return why;
}

bool
speaker_read_files(struct speaker *s)
{
	return route_files_read(&s->files, &s->originate);
}

static bool
is_at_eof(const struct speaker *s)
{
	return s->filter.in.eof && !s->filter.more;
}

/*
 * Whether end-of-rib is implied: no input has arrived for the time --quiet, or stdin has ended. If
 * --on-eof is withdraw or retain, the end of stdin is a failure and implies nothing.
 */
static bool
has_all_routes(const struct speaker *s, int64_t now)
{
	bool regular = s->on_eof == SPEAKER_HOLD || s->on_eof == SPEAKER_EXIT;

	return (is_at_eof(s) && regular && !s->filter.drain.stopping) || now >= s->quiet_at;
}

static void
read_routes(struct speaker *s)
{
	int64_t now = clock_mono();
	struct str line;
	const char *why;

	while (filter_line(&s->filter, &line)) {
		if (!barriers_read(&s->barriers, line) &&
		    (why = originate_line(&s->originate, line)) != NULL)
			filter_bad(&s->filter, why);
		s->quiet_at = s->quiet > 0 ? now + s->quiet : NEVER;
	}
	if (has_all_routes(s, now))
		ribout_complete(s->rib);
	if (ribout_is_complete(s->rib))
		s->quiet_at = NEVER;
}

static void
reload_peers(struct speaker *s)
{
	size_t tags = s->policy.n;
	unsigned long line;
	const char *why;

	if (s->peers_path == NULL)
		return;
	why = neighbors_read(&s->neighbors, s->peers_path, &line);
	if (why != NULL && line > 0)
		log_warn("%s:%lu: %s; keeping the previous peers", s->peers_path, line, why);
	else if (why != NULL)
		log_warn("%s: %s; keeping the previous peers", s->peers_path, why);
	else
		log_info("%s: peers read again", s->peers_path);
	if (s->policy.n > tags)
		log_warn("%s: new tag %s applies only to routes announced from now on; for "
		    "earlier routes, restart with --tag %s", s->peers_path,
		    s->policy.tags[tags].name, s->policy.tags[tags].name);
	speaker_protect(s);
}

static void
reload_files(struct speaker *s)
{
	if (s->files.n == 0)
		return;
	if (speaker_read_files(s))
		log_info("files of routes read again: %zu routes", s->originate.files.n);
	else
		log_warn("%zu of %zu files of routes not read again; keeping their previous routes",
		    route_files_old(&s->files), s->files.n);
}

static void
begin_turn(struct speaker *s)
{
	filter_begin(&s->filter);
	neighbors_begin(&s->neighbors, &s->filter.loop);
	barriers_begin(&s->barriers, &s->neighbors, &s->filter.loop);
	if (s->control_path != NULL)
		control_begin(&s->control, &s->filter.loop);
	loop_wake(&s->filter.loop, s->quiet_at);
	stats_turn(&s->stats, &s->filter.loop);
}

static void
take_turn(struct speaker *s)
{
	read_routes(s);
	barriers_ask(&s->barriers, &s->neighbors);
	neighbors_turn(&s->neighbors, &s->filter.loop);
	barriers_turn(&s->barriers, &s->neighbors, clock_mono());
	if (s->control_path != NULL)
		control_turn(&s->control, &s->filter.loop);
	if (loop_signalled(SIGHUP)) {
		reload_peers(s);
		reload_files(s);
	}
	if (loop_signalled(SIGUSR2))
		neighbors_retry(&s->neighbors);
}

/* Whether the program ends now because stdin has ended. Sets *how if on_eof overrides on_exit. */
static bool
ends_at_eof(const struct speaker *s, enum speaker_end *how)
{
	if (!is_at_eof(s) || s->on_eof == SPEAKER_HOLD ||
	    (s->on_eof == SPEAKER_EXIT && (!neighbors_are_settled(&s->neighbors) ||
	    barriers_pending(&s->barriers) > 0)))
		return false;
	if (s->on_eof != SPEAKER_EXIT)
		*how = s->on_eof;
	return true;
}

/*
 * Sends Cease to every peer, so that the peer removes the routes; if `retain`, only closes the
 * connections. Waits at most FAREWELL for peers that do not read.
 */
static void
close_sessions(struct speaker *s, bool retain)
{
	int64_t end = clock_mono() + FAREWELL;
	struct loop *loop = &s->filter.loop;

	s->stopping = true;
	neighbors_stop(&s->neighbors, retain, s->farewell);
	loop_begin(loop);
	neighbors_begin(&s->neighbors, loop);
	for (neighbors_turn(&s->neighbors, loop);
	     !neighbors_are_closed(&s->neighbors) && clock_mono() < end;
	     neighbors_turn(&s->neighbors, loop)) {
		loop_begin(loop);
		neighbors_begin(&s->neighbors, loop);
		loop_wake(loop, end);
		loop_wait(loop);
	}
}

int
speaker_run(struct speaker *s)
{
	enum speaker_end how = s->on_exit;

	s->filter.lossy = s->filter.outlives_input = true;
	s->quiet_at = s->quiet > 0 ? clock_mono() + s->quiet : NEVER;
	neighbors_open(&s->neighbors);
	while (begin_turn(s), filter_wait(&s->filter)) {
		take_turn(s);
		if (ends_at_eof(s, &how))
			break;
	}
	if (s->control_path != NULL)
		control_close(&s->control);
	close_sessions(s, how == SPEAKER_RETAIN);
	stats_close(&s->stats);
	return filter_close(&s->filter);
}

/* Prints the UPDATEs for each peer, or for an internal peer if none is configured. */
int
speaker_dry_run(struct speaker *s)
{
	const struct peer_config internal = { .as = s->us.open.as };
	const char *why = NULL;
	int status;

	while (filter_begin(&s->filter), filter_wait(&s->filter))
		read_routes(s);
	ribout_complete(s->rib);
	if (s->neighbors.n == 0)
		why = dryrun_print(&s->filter, &s->us, &internal, s->rib, false);
	for (size_t i = 0; i < s->neighbors.n && why == NULL; i++)
		why = dryrun_print(&s->filter, &s->us, &s->neighbors.list[i]->peer, s->rib, true);
	status = filter_close(&s->filter);
	if (why == NULL)
		return status;
	log_error("%s", why);
	return 2;
}

static void
print_neighbor_stats(FILE *to, const struct neighbor *neighbor, const struct ribout *rib)
{
	struct buf text = BUF(1024);

	status_put_counters(neighbor, rib, clock_mono(), &text);
	buf_byte(&text, '\0');
	stats_line(to, text.data, NULL, 0);
	buf_free(&text);
}

void
speaker_print_stats(struct speaker *s, FILE *to)
{
	const struct originate_counters *c = &s->originate.counters;
	const struct stats_counter all[] = {
		{ "lines", c->lines },
		{ "announces", c->announces },
		{ "withdraws", c->withdraws },
		{ "bad_lines", s->filter.bad_lines },
		{ "unknown_keys", c->unknown_keys },
		{ "no_next_hop", c->refused[ORIGINATE_NO_NEXT_HOP] },
		{ "default_routes", c->refused[ORIGINATE_DEFAULT_ROUTE] },
		{ "own_addresses", c->refused[ORIGINATE_OWN_ADDRESS] },
		{ "covering", c->refused[ORIGINATE_COVERING] },
		{ "martians", c->refused[ORIGINATE_MARTIAN] },
		{ "over_limit", c->refused[ORIGINATE_OVER_LIMIT] },
		{ "routes_ipv4", ribout_routes(s->rib, BGP_IPV4) },
		{ "routes_ipv6", ribout_routes(s->rib, BGP_IPV6) },
		{ "max_routes", s->originate.max_routes },
		{ "routes_from_files", s->originate.files.n },
		{ "files_not_read", route_files_old(&s->files) },
		{ "status_lost", s->filter.lost },
		{ "barriers", s->barriers.last },
		{ "barriers_pending", barriers_pending(&s->barriers) },
		{ "barriers_lost", s->barriers.lost },
		{ "clients", s->control.taken },
		{ "clients_refused", control_refused(&s->control) },
	};

	stats_line(to, NULL, all, sizeof(all) / sizeof(all[0]));
	for (size_t i = 0; i < s->neighbors.n; i++)
		print_neighbor_stats(to, s->neighbors.list[i], s->rib);
}
