/*
 * bgp-announce: tells routers by BGP the routes that it reads.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <strings.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/num.h"
#include "base/utf8.h"
#include "bgp/addrkind.h"
#include "bgp/bgpname.h"
#include "bgp/bgptext.h"
#include "bgp/dryrun.h"
#include "bgp/lookup.h"
#include "bgp/neighbors.h"
#include "bgp/status.h"
#include "control/control.h"
#include "control/control_client.h"
#include "io/filter.h"
#include "io/owner.h"
#include "io/sandbox.h"
#include "io/stats.h"

#define HOLD_TIME 90			/* seconds: RFC 4271 section 10 */
#define RESTART_TIME 120		/* seconds: as routers have it */
#define FAREWELL (2 * SECOND)		/* at the end, for Cease to go out */
#define LINE_TEXT_MAX (1024 * 1024)	/* the words of one UPDATE */

enum ending { END_HOLD, END_EXIT, END_WITHDRAW, END_RETAIN };

static struct {
	bool dry_run;
	bool check_only;
	enum ending on_eof, on_exit;
	int64_t quiet;			/* so long without input is end-of-rib; 0: never */
	struct str farewell;		/* a shutdown communication */
	const char *peers_path, *control_path;
	uint32_t max_routes;		/* 0: as many as come */
	bool allow_covering;		/* prefixes in which a next hop or a peer lies */
} options = { .on_exit = END_WITHDRAW };

static struct {
	uint64_t lines, announces, withdraws, unknown_keys;
	/* Refused. */
	uint64_t no_next_hop, default_routes, own_addresses, covering, martians, over_limit;
} counters;

static struct filter filter;
static struct stats stats;
static struct speaker us;
static struct ribout *rib;
static int64_t quiet_at = NEVER;	/* when stdin will have been quiet for long enough */
static bool stopping;			/* we are taking leave of the peers */
static struct policy policy;
static struct neighbors links;
static struct control control;
static struct addrset own;		/* next hops and peers, which no route may take away */
static bool ports[UINT16_MAX + 1];	/* of peers at the start; the sandbox refuses others */

static const char usage[] =
    "usage: bgp-announce -a AS -i ROUTER-ID [-n NEXT-HOP]... [-f PEERS] [PEER ...]\n"
    "Announces by BGP the routes whose lines come on stdin.\n"
    "PEER is ADDRESS[,KEY=VALUE]... with as, port, source, hops, gtsm, device,\n"
    "password-file, tags, export, retry-max: see the manual page.\n"
    "  -a, --as AS              our AS number\n"
    "  -i, --router-id ID       our BGP identifier, as an IPv4 address\n"
    "  -n, --next-hop ADDRESS   next hop of the routes of its family; once a family\n"
    "  -f, --peers FILE         more peers, one a line, their words parted by spaces\n"
    "  -t, --hold-time SECONDS  0, or 3 to 65535 (90)\n"
    "  -r, --restart-time SECONDS\n"
    "                           graceful restart: how long peers keep our routes while\n"
    "                           we are away, 0 (not at all) to 4095 (120)\n"
    "  -q, --quiet TIME         stdin that says nothing for so long has said end-of-rib\n"
    "  -e, --on-eof hold|exit|withdraw|retain\n"
    "                           at the end of stdin stay until a signal (hold), end as\n"
    "                           soon as all peers have everything (exit), or end at\n"
    "                           once as --on-exit has it\n"
    "  -o, --on-exit withdraw|retain\n"
    "                           at the end take the routes away, or leave them to\n"
    "                           graceful restart\n"
    "  -m, --message TEXT       tell the peers why, when the routes go\n"
    "  -A, --all KEY=VALUE,...  attributes of all routes: next-hop, med, local-pref,\n"
    "                           prepend, origin, community, ext-community,\n"
    "                           large-community\n"
    "  -T, --tag TAG:KEY=VALUE,...\n"
    "                           attributes of routes that have this tag\n"
    "  -x, --extended-next-hop  IPv4 routes without an IPv4 next hop go by the IPv6 one\n"
    "  -M, --max-routes N       announce at most N routes, of both families together\n"
    "      --allow-covering     take prefixes in which a next hop or a peer lies\n"
    "      --retry-max TIME     longest pause between two attempts to connect (2m)\n"
    "      --check-options      check the options and their files, and exit\n"
    "      --control SOCKET     answer --ask at this unix socket\n"
    "      --ask SOCKET         print what became of the routes whose prefixes come on\n"
    "                           stdin, as the bgp-announce at SOCKET has it\n"
    "  -d, --dry-run            print the UPDATEs and send nothing\n"
    "  -S, --stats FILE         keep counters in FILE\n"
    "  -h, --help               show this\n"
    "  -V, --version            show the version\n"
    "Status goes to stdout, a line an event; HUP reads PEERS again, USR2 tries all peers\n"
    "now.\n"
    "See bgp-announce(1) and dnstap-route(5).\n";

/* Options without a letter. */
enum { ALLOW_COVERING = UINT8_MAX + 1, ASK, CHECK_OPTIONS, CONTROL, RETRY_MAX };

static const struct option long_options[] = {
	{ "allow-covering", no_argument, NULL, ALLOW_COVERING },
	{ "ask", required_argument, NULL, ASK },
	{ "check-options", no_argument, NULL, CHECK_OPTIONS },
	{ "control", required_argument, NULL, CONTROL },
	{ "retry-max", required_argument, NULL, RETRY_MAX },
	{ "as", required_argument, NULL, 'a' },
	{ "router-id", required_argument, NULL, 'i' },
	{ "next-hop", required_argument, NULL, 'n' },
	{ "peers", required_argument, NULL, 'f' },
	{ "hold-time", required_argument, NULL, 't' },
	{ "restart-time", required_argument, NULL, 'r' },
	{ "quiet", required_argument, NULL, 'q' },
	{ "on-eof", required_argument, NULL, 'e' },
	{ "on-exit", required_argument, NULL, 'o' },
	{ "message", required_argument, NULL, 'm' },
	{ "all", required_argument, NULL, 'A' },
	{ "tag", required_argument, NULL, 'T' },
	{ "extended-next-hop", no_argument, NULL, 'x' },
	{ "max-routes", required_argument, NULL, 'M' },
	{ "dry-run", no_argument, NULL, 'd' },
	{ "stats", required_argument, NULL, 'S' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static void
set_as(const char *text)
{
	const char *number = strncasecmp(text, "AS", 2) == 0 ? text + 2 : "";

	if (peer_config_as_parse(str_of(text), &us.open.as))
		return;
	if (!peer_config_as_parse(str_of(number), &us.open.as))
		number = "a number from 1 to 4294967295, but not 23456";
	log_die("%s: not an AS number; write %s", text, number);
}

static void
set_router_id(const char *text)
{
	struct addr a;

	if (!addr_parse(str_of(text), &a) || a.family != ADDR_V4)
		log_die("%s: not a router ID; write an IPv4 address, as in 192.0.2.10", text);
	us.open.id = (uint32_t)a.bytes[0] << 24 | (uint32_t)a.bytes[1] << 16 |
	    (uint32_t)a.bytes[2] << 8 | a.bytes[3];
	if (us.open.id == 0)
		log_die("%s: a router ID is not 0 (RFC 6286)", text);
}

/* One for each family, and a link-local address beside the IPv6 one or in its place. */
static void
set_next_hop(const char *text)
{
	struct addr a, *to;

	if (!addr_parse(str_of(text), &a))
		log_die("%s: not a next hop; write an IPv4 or IPv6 address that routers can reach",
		    text);
	if (!attrs_can_be_next_hop(&a) && !addr_is_link_local(&a))
		log_die("%s: %s cannot be a next hop", text, addrkind_name(addrkind_of(&a)));
	to = addr_is_link_local(&a) ? &us.link_local : &us.next_hop[bgp_family(a.family)];
	if (to->family != ADDR_NONE)
		log_die("%s: a second next hop for %s", text, bgptext_family(bgp_family(a.family)));
	*to = a;
}

static void
set_hold_time(const char *text)
{
	uint32_t seconds;

	if (!num_parse(str_of(text), UINT16_MAX, &seconds) ||
	    (seconds != 0 && seconds < BGP_HOLD_MIN))
		log_die("%s: the hold time is 0, or 3 to 65535 seconds", text);
	us.open.hold = (uint16_t)seconds;
}

/*
 * Graceful restart: the next hops go on forwarding whether we are here or not, so the state is
 * always kept.
 */
static void
set_restart_time(const char *text)
{
	uint32_t seconds;

	if (!num_parse(str_of(text), BGP_RESTART_MAX, &seconds))
		log_die("%s: the restart time is 0 to %u seconds", text, BGP_RESTART_MAX);
	us.open.restart = us.open.notification = seconds > 0;
	us.open.restart_time = (uint16_t)seconds;
}

static void
set_quiet(const char *text)
{
	const char *why = clock_span_parse(str_of(text), &options.quiet);

	if (why != NULL || options.quiet == 0)
		log_die("%s: %s", text, why != NULL ? why : "must be greater than zero");
}

/* One of these words from `first` on. */
static enum ending
read_ending(const char *option, const char *text, enum ending first)
{
	static const char *const names[] = { "hold", "exit", "withdraw", "retain" };

	for (enum ending e = first; e <= END_RETAIN; e++)
		if (strcmp(text, names[e]) == 0)
			return e;
	log_die("%s: %s is %swithdraw or retain", text, option,
	    first == END_HOLD ? "hold, exit, " : "");
}

static void
set_farewell(const char *text)
{
	options.farewell = str_of(text);
	if (options.farewell.n > BGP_WORDS_MAX)
		log_die("--message: more than %u bytes (RFC 9003)", BGP_WORDS_MAX);
	if (!utf8_is_plain(options.farewell))
		log_die("--message: not UTF-8, or a control character in it (RFC 9003)");
}

static void
set_all(const char *text)
{
	struct attrs attrs;
	const char *why = attrs_parse(str_of(text), &attrs);

	if (why == NULL)
		why = attrs_merge(&policy.all, &attrs);
	if (why != NULL)
		log_die("--all %s: %s", text, why);
}

static void
set_tag(const char *text)
{
	const char *why = policy_tag(&policy, str_of(text));

	if (why != NULL)
		log_die("--tag %s: %s", text, why);
}

static void
set_max_routes(const char *text)
{
	if (!num_parse(str_of(text), UINT32_MAX, &options.max_routes) || options.max_routes == 0)
		log_die("%s: --max-routes is a number from 1", text);
}

static int
ask(const char *path)
{
	const struct control_client dialog = {.opening = LOOKUP_REQUEST,
	    .line_max = LOOKUP_LINE_MAX,
	    .sends_stdin = true,
	    .prints = true,
	    .cut = "bgp-announce has ended before it had answered"};
	const char *why = owner_become(path);
	int fd;

	if (why != NULL)
		log_die("%s: %s", path, why);
	if ((fd = control_client_connect(path)) < 0)
		log_die("%s: %s", path, strerror(errno));
	return control_client_run(&dialog, fd);
}

static void
set_retry_max(const char *text)
{
	const char *why = peer_config_retry_max_parse(str_of(text), &links.retry_max);

	if (why != NULL)
		log_die("%s: %s", text, why);
}

static void
set_option(int c)
{
	switch (c) {
	case 'a':
		set_as(optarg);
		break;
	case 'i':
		set_router_id(optarg);
		break;
	case 'n':
		set_next_hop(optarg);
		break;
	case 'f':
		options.peers_path = optarg;
		break;
	case 't':
		set_hold_time(optarg);
		break;
	case 'r':
		set_restart_time(optarg);
		break;
	case 'q':
		set_quiet(optarg);
		break;
	case 'e':
		options.on_eof = read_ending("--on-eof", optarg, END_HOLD);
		break;
	case 'o':
		options.on_exit = read_ending("--on-exit", optarg, END_WITHDRAW);
		break;
	case 'm':
		set_farewell(optarg);
		break;
	case 'A':
		set_all(optarg);
		break;
	case 'T':
		set_tag(optarg);
		break;
	case 'x':
		us.open.next_hop6 = policy.next_hop6 = true;
		break;
	case 'M':
		set_max_routes(optarg);
		break;
	case ALLOW_COVERING:
		options.allow_covering = true;
		break;
	case RETRY_MAX:
		set_retry_max(optarg);
		break;
	case CHECK_OPTIONS:
		options.check_only = true;
		break;
	case ASK:
		exit(ask(optarg));
	case CONTROL:
		options.control_path = optarg;
		break;
	case 'd':
		options.dry_run = true;
		break;
	case 'S':
		stats_keep(&stats, optarg);
		break;
	case 'h':
		fputs(usage, stdout);
		exit(0);
	case 'V':
		puts("bgp-announce " VERSION);
		exit(0);
	default:
		log_try_help();
	}
}

/* Some routes of this family may have a next hop: of all of them, or by their tags. */
static bool
has_next_hop(enum bgp_family family)
{
	bool has = update_next_hop(&us, &policy.all, policy.next_hop6, family).family != ADDR_NONE;

	for (size_t i = 0; i < policy.n; i++)
		has |= policy.tags[i].attrs.next_hop[family].family != ADDR_NONE;
	return has || (family == BGP_IPV6 && us.link_local.family != ADDR_NONE);
}

/* Those with a next hop; both when no option has any, as then each line has its own. */
static void
choose_families(void)
{
	for (int f = 0; f < BGP_FAMILIES; f++)
		if (has_next_hop((enum bgp_family)f))
			us.open.families |= BGP_BIT(f);
	if (us.open.families == 0)
		us.open.families = BGP_BIT(BGP_IPV4) | BGP_BIT(BGP_IPV6);
	us.open.restart_families = us.open.kept = us.open.families;
}

/* Routes to these would take away what carries the session, or point at themselves. */
static void
collect_own_addresses(void)
{
	addrset_free(&own);
	neighbors_addresses(&links, &own);
	for (int f = 0; f < BGP_FAMILIES; f++) {
		addrset_add(&own, &us.next_hop[f]);
		addrset_add(&own, &policy.all.next_hop[f]);
		for (size_t i = 0; i < policy.n; i++)
			addrset_add(&own, &policy.tags[i].attrs.next_hop[f]);
	}
	addrset_sort(&own);
}

static void
read_peers(void)
{
	unsigned long line;
	const char *why;

	if (options.peers_path == NULL)
		return;
	why = neighbors_read(&links, options.peers_path, &line);
	if (why != NULL && line > 0)
		log_die("%s:%lu: %s", options.peers_path, line, why);
	if (why != NULL)
		log_die("%s: %s", options.peers_path, why);
}

static void
parse_options(int argc, char **argv)
{
	const char *why;
	int c;

	us.open = (struct bgp_open){ .hold = HOLD_TIME, .multiprotocol = true, .refresh = true,
	    .as4 = true, .extended = true, .restart = true, .notification = true,
	    .restart_time = RESTART_TIME };
	while ((c = getopt_long(argc, argv, "a:i:n:f:t:r:q:e:o:m:A:T:xM:dS:hV",
	    long_options, NULL)) != -1)
		set_option(c);
	if (us.open.as == 0 && !options.check_only)
		log_misuse("no AS number given (-a)");
	if (us.open.id == 0 && !options.check_only)
		log_misuse("no router ID given (-i)");
	choose_families();
	for (; optind < argc; optind++)
		if ((why = neighbors_add(&links, str_of(argv[optind]))) != NULL)
			log_die("%s: %s", argv[optind], why);
	if (links.n == 0 && options.peers_path == NULL && !options.dry_run && !options.check_only)
		log_misuse("no PEER given");
}

/* A route that no peer could be told is refused where a person sees it. */
static void
refuse(const struct prefix *p, const char *why, uint64_t *counter)
{
	char text[PREFIX_STRLEN];

	++*counter;
	prefix_format(p, text);
	log_limited(&filter.limit, "line %llu: %s refused: %s", (unsigned long long)filter.in.line,
	    text, why);
}

/*
 * A family that has no next hop comes with each AAAA record, say: one line, and then only the
 * counter.
 */
static void
refuse_without_next_hop(const struct prefix *p)
{
	static bool said[BGP_FAMILIES];
	enum bgp_family family = bgp_family(p->addr.family);

	if (said[family]) {
		counters.no_next_hop++;
		return;
	}
	said[family] = true;
	refuse(p, family == BGP_IPV4 ?
	    "no next hop (-n) of its family; other IPv4 routes without one are only counted" :
	    "no next hop (-n) of its family; other IPv6 routes without one are only counted",
	    &counters.no_next_hop);
}

#define UNKNOWN_KEYS_MAX 100	/* that are named */

/* A key that no reader knows is named once. */
static void
note_unknown_key(struct str key)
{
	static struct intern named;
	static size_t n;

	uint32_t id = intern_take(&named, key);

	counters.unknown_keys++;
	if (named.texts[id].users > 1 || n == UNKNOWN_KEYS_MAX) {
		intern_drop(&named, id);
		return;
	}
	n++;
	log_warn("line %llu: key '%.*s' is unknown and ignored; it is named once",
	    (unsigned long long)filter.in.line, (int)key.n, key.p);
}

static bool
is_host(const struct prefix *p)
{
	return p->len == addr_bits(p->addr.family);
}

/*
 * NULL, or why a route with this next hop would take away what carries the session or the traffic,
 * with the counter that counts it. A prefix may do so where more specific routes are there.
 */
static const char *
own_reject_reason(const struct prefix *p, const struct addr *hop, uint64_t **counter)
{
	if (!prefix_covers(p, hop) && !addrset_meets(&own, p))
		return NULL;
	if (is_host(p)) {
		*counter = &counters.own_addresses;
		return "it is a next hop of ours, or an address of a session";
	}
	if (options.allow_covering)
		return NULL;
	*counter = &counters.covering;
	return "a next hop of ours, or an address of a session, is in it; "
	    "--allow-covering announces it";
}

/* NULL, or why this route is not to be, with the counter that counts it. */
static const char *
reject_reason(const struct prefix *p, const struct attrs *attrs, uint64_t **counter)
{
	enum bgp_family family = bgp_family(p->addr.family);
	struct addr hop = update_next_hop(&us, attrs, policy.next_hop6, family);
	const char *why;

	if (p->len == 0) {
		*counter = &counters.default_routes;
		return "a default route is never announced";
	}
	if ((why = own_reject_reason(p, &hop, counter)) != NULL)
		return why;
	if (addrkind_of_prefix(p) != ADDRKIND_UNICAST) {
		*counter = &counters.martians;
		return addrkind_name(addrkind_of_prefix(p));
	}
	if (!(us.open.families & BGP_BIT(family)) || (hop.family == ADDR_NONE &&
	    (family == BGP_IPV4 || us.link_local.family == ADDR_NONE))) {
		*counter = &counters.no_next_hop;
		return "no next hop (-n) of its family";
	}
	return NULL;
}

static const char too_many[] = "there are as many routes as --max-routes allows";

static bool
is_full(void)
{
	return options.max_routes > 0 &&
	    ribout_routes(rib, BGP_IPV4) + ribout_routes(rib, BGP_IPV6) >= options.max_routes;
}

/* What is refused now is no longer announced as it was before either. */
static void
announce(const struct route *r)
{
	const struct attrs *attrs;
	uint64_t *counter;
	uint32_t set;
	const char *why = policy_take(&policy, r, &set, &attrs);

	if (why != NULL) {
		filter_bad(&filter, why);
		return;
	}
	counters.announces++;
	why = reject_reason(&r->prefix, attrs, &counter);
	if (why == NULL && is_full() && !ribout_has(rib, &r->prefix)) {
		counter = &counters.over_limit;
		why = too_many;
	}
	if (why == NULL) {
		ribout_announce(rib, &r->prefix, set);
		return;
	}
	policy_drop(&policy, set);
	if (counter == &counters.no_next_hop)
		refuse_without_next_hop(&r->prefix);
	else
		refuse(&r->prefix, why, counter);
	ribout_withdraw(rib, &r->prefix);
}

/* What announce() would do with it, for who asks. */
static const char *
judge(const struct route *r, struct addr *hop)
{
	const struct attrs *attrs;
	uint64_t *counter;
	uint32_t set;
	const char *why = policy_take(&policy, r, &set, &attrs);

	if (why != NULL)
		return why;
	*hop = update_next_hop(&us, attrs, policy.next_hop6, bgp_family(r->prefix.addr.family));
	why = reject_reason(&r->prefix, attrs, &counter);
	policy_drop(&policy, set);
	return why == NULL && is_full() ? too_many : why;
}

static void
read_line(struct str line)
{
	struct route r;
	const char *why = route_parse(line, &r);

	if (why != NULL) {
		filter_bad(&filter, why);
		return;
	}
	switch (r.verb) {
	case ROUTE_COMMENT:
		return;
	case ROUTE_ANNOUNCE:
		announce(&r);
		break;
	case ROUTE_WITHDRAW:
		ribout_withdraw(rib, &r.prefix);
		counters.withdraws++;
		break;
	case ROUTE_END_OF_RIB:
		ribout_complete(rib);
		break;
	}
	counters.lines++;
}

static bool
at_eof(void)
{
	return filter.in.eof && !filter.more;
}

/*
 * The end of the input says that nothing is missing, and so does quiet, if asked; but not where the
 * end is taken for a failure, in which the routes are to be kept.
 */
static bool
has_said_all(int64_t now)
{
	bool end_is_end = options.on_eof == END_HOLD || options.on_eof == END_EXIT;

	return (at_eof() && end_is_end && !filter.stopping) || now >= quiet_at;
}

static void
read_routes(void)
{
	int64_t now = clock_mono();
	struct str line;

	while (filter_line(&filter, &line)) {
		read_line(line);
		quiet_at = options.quiet > 0 ? now + options.quiet : NEVER;
	}
	if (has_said_all(now))
		ribout_complete(rib);
	if (ribout_is_complete(rib))
		quiet_at = NEVER;
}

/* A failure that repeats is told once, and again after it was over; at the end none is. */
static bool
should_log(struct neighbor *link, const struct session_event *e)
{
	size_t unsent[UPDATE_REASONS];

	if (e->news == SESSION_REFRESH)
		return false;
	if (stopping && e->news != SESSION_DOWN)
		return false;
	if (e->news == SESSION_END_OF_RIB) {
		session_count_unsent(&link->session, BGP_BIT(e->family), unsent);
		return unsent[UPDATE_NO_NEXT_HOP] + unsent[UPDATE_PEER_NEXT_HOP] > 0;
	}
	if (e->why == NULL || e->news == SESSION_DOWN) {
		link->said[0] = '\0';
		return true;
	}
	if (strncmp(link->said, e->why, sizeof(link->said) - 1) == 0)
		return false;
	snprintf(link->said, sizeof(link->said), "%s", e->why);
	return true;
}

static void
put_peer(struct buf *out, const struct peer_config *p)
{
	char text[PEER_CONFIG_STRLEN];

	buf_put(out, text, peer_config_format(p, text));
}

static void
tell_person(struct neighbor *link, const struct session_event *e)
{
	struct buf text = BUF(1024);

	buf_str(&text, STR("peer "));
	put_peer(&text, &link->peer);
	buf_str(&text, STR(": "));
	status_words(&link->session, e, &text);
	if (e->why == NULL || stopping)
		log_info("%.*s", (int)text.len, text.data);
	else
		log_warn("%.*s", (int)text.len, text.data);
	buf_free(&text);
}

/* What came before stays where it explains more: after a refused OPEN a router may be silent. */
static void
note_cause(struct neighbor *link, const struct session_event *e)
{
	struct buf text = BUF(sizeof(link->cause) - 1);
	unsigned rank = status_rank(e);

	if (e->news == SESSION_UP)
		link->cause_rank = 0;
	if (rank == 0 || rank < link->cause_rank)
		return;
	link->cause_rank = rank;
	status_cause(&link->session, e, &text);
	memcpy(link->cause, text.data, text.len);
	link->cause[text.len] = '\0';
	buf_free(&text);
}

static void
tell(struct session *s, const struct session_event *e)
{
	struct neighbor *link = s->owner;
	size_t mark = filter.out.buf.len;

	note_cause(link, e);
	status_line(clock_wall(), s, e, &filter.out.buf);
	filter_end_line(&filter, mark);
	if (should_log(link, e))
		tell_person(link, e);
}

/*
 * Every peer is told that we leave, so that the routes go, or hears nothing more, so that it keeps
 * them; one that does not listen is not waited for.
 */
static void
close_links(bool retain)
{
	int64_t end = clock_mono() + FAREWELL;

	stopping = true;
	neighbors_stop(&links, retain, options.farewell);
	loop_begin(&filter.loop);
	neighbors_begin(&links, &filter.loop);
	for (neighbors_turn(&links, &filter.loop);
	     !neighbors_are_closed(&links) && clock_mono() < end;
	     neighbors_turn(&links, &filter.loop)) {
		loop_begin(&filter.loop);
		neighbors_begin(&links, &filter.loop);
		loop_wake(&filter.loop, end);
		loop_wait(&filter.loop);
	}
}

/* What new peers make refused: an address of a session, and what covers it. */
static void
withdraw_own_addresses(void)
{
	for (size_t i = 0; i < own.n; i++)
		for (uint8_t len = addr_bits(own.addrs[i].family); len > 0; len--) {
			struct prefix p = prefix_of(&own.addrs[i], len);
			uint64_t *counter;
			const char *why = own_reject_reason(&p, &own.addrs[i], &counter);

			if (why != NULL && ribout_withdraw(rib, &p))
				refuse(&p, why, counter);
		}
}

static void
reload(void)
{
	size_t tags = policy.n;
	unsigned long line;
	const char *why;

	if (options.peers_path == NULL)
		return;
	why = neighbors_read(&links, options.peers_path, &line);
	if (why != NULL && line > 0)
		log_warn("%s:%lu: %s; the peers stay as they were", options.peers_path, line, why);
	else if (why != NULL)
		log_warn("%s: %s; the peers stay as they were", options.peers_path, why);
	else
		log_info("%s: peers read again", options.peers_path);
	if (policy.n > tags)
		log_warn("%s: the tag %s was not known before: only routes announced from now on "
		    "have it (--tag %s)", options.peers_path, policy.tags[tags].name,
		    policy.tags[tags].name);
	collect_own_addresses();
	withdraw_own_addresses();
}

static void
put_peer_words(struct buf *out, const struct neighbor *link)
{
	buf_str(out, STR("peer="));
	put_peer(out, &link->peer);
	buf_str(out, STR(" state="));
	buf_str(out, str_of(fsm_name(link->session.state)));
	buf_str(out, STR(" error="));
	buf_str(out, str_of(link->cause_rank > 0 ? link->cause : "none"));
}

static void
put_counters(struct buf *out, const struct stats_counter *counters, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_byte(out, ' ');
		buf_str(out, str_of(counters[i].key));
		buf_byte(out, '=');
		buf_num(out, counters[i].value);
	}
}

static void
print_peer(FILE *to, const struct neighbor *link)
{
	const struct session *s = &link->session;
	struct stats_counter all[] = {
		{ "since", (uint64_t)((clock_mono() - s->since) / SECOND) },
		{ "sent", 0 },
		{ "pending", 0 },
		{ "messages_in", s->messages_in },
		{ "messages_out", s->messages_out },
	};
	struct buf words = BUF(1024);

	for (int f = 0; f < BGP_FAMILIES; f++) {
		all[1].value += s->reader.of[f].routes;
		if (s->families & BGP_BIT(f))
			all[2].value += ribout_pending(rib, &s->reader, (enum bgp_family)f);
	}
	put_peer_words(&words, link);
	put_counters(&words, all, sizeof(all) / sizeof(all[0]));
	if (status_put_unsent(s, BGP_BIT(BGP_IPV4) | BGP_BIT(BGP_IPV6), &words) == 0)
		buf_str(&words, STR(" unsent=0"));
	buf_byte(&words, '\0');
	stats_line(to, words.data, NULL, 0);
	buf_free(&words);
}

static void
print_stats(FILE *to)
{
	const struct stats_counter all[] = {
		{ "lines", counters.lines },
		{ "announces", counters.announces },
		{ "withdraws", counters.withdraws },
		{ "bad_lines", filter.bad_lines },
		{ "unknown_keys", counters.unknown_keys },
		{ "no_next_hop", counters.no_next_hop },
		{ "default_routes", counters.default_routes },
		{ "own_addresses", counters.own_addresses },
		{ "covering", counters.covering },
		{ "martians", counters.martians },
		{ "over_limit", counters.over_limit },
		{ "routes_ipv4", ribout_routes(rib, BGP_IPV4) },
		{ "routes_ipv6", ribout_routes(rib, BGP_IPV6) },
		{ "max_routes", options.max_routes },
		{ "status_lost", filter.lost },
		{ "clients", control.taken },
		{ "clients_refused", control_refused(&control) },
	};

	stats_line(to, NULL, all, sizeof(all) / sizeof(all[0]));
	for (size_t i = 0; i < links.n; i++)
		print_peer(to, links.links[i]);
}

/* One UPDATE a line, with the peer before it when several are named. */
static void
print_updates(const struct peer_config *p)
{
	const struct peer_config internal = { .as = us.open.as };
	struct buf text = BUF(LINE_TEXT_MAX);
	struct session s;

	dryrun_open(&s, &us, p != NULL ? p : &internal, rib);
	for (; dryrun_next(&s, &text); buf_cut(&text, 0)) {
		size_t mark;

		filter_make_room(&filter);
		mark = filter.out.buf.len;
		if (p != NULL) {
			buf_str(&filter.out.buf, STR("peer "));
			put_peer(&filter.out.buf, p);
			buf_byte(&filter.out.buf, ' ');
		}
		buf_str(&filter.out.buf, buf_view(&text));
		buf_byte(&filter.out.buf, '\n');
		filter_end_line(&filter, mark);
	}
	session_free(&s);
	buf_free(&text);
}

static int
show_updates(void)
{
	while (filter_begin(&filter), filter_wait(&filter))
		read_routes();
	ribout_complete(rib);
	if (links.n == 0)
		print_updates(NULL);
	for (size_t i = 0; i < links.n; i++)
		print_updates(&links.links[i]->peer);
	return filter_close(&filter);
}

/* After a turn: whether the end of stdin is to be ours, and how. */
static bool
is_to_end(enum ending *how)
{
	if (!at_eof() || options.on_eof == END_HOLD ||
	    (options.on_eof == END_EXIT && !neighbors_are_settled(&links)))
		return false;
	if (options.on_eof != END_EXIT)
		*how = options.on_eof;
	return true;
}

static int
run(void)
{
	enum ending how = options.on_exit;

	filter.lossy = filter.outlives_input = true;
	quiet_at = options.quiet > 0 ? clock_mono() + options.quiet : NEVER;
	neighbors_open(&links);
	for (;;) {
		filter_begin(&filter);
		neighbors_begin(&links, &filter.loop);
		if (options.control_path != NULL)
			control_begin(&control, &filter.loop);
		loop_wake(&filter.loop, quiet_at);
		stats_turn(&stats, &filter.loop);
		if (!filter_wait(&filter))
			break;
		read_routes();
		neighbors_turn(&links, &filter.loop);
		if (options.control_path != NULL)
			control_turn(&control, &filter.loop);
		if (loop_signalled(SIGHUP))
			reload();
		if (loop_signalled(SIGUSR2))
			neighbors_retry(&links);
		if (is_to_end(&how))
			break;
	}
	if (options.control_path != NULL)
		control_close(&control);
	close_links(how == END_RETAIN);
	stats_close(&stats);
	return filter_close(&filter);
}

/* The files of --stats and --control, in each of the two sandboxes. */
static void
allow_own_files(struct sandbox *sandbox)
{
	sandbox_allow(sandbox, stats.path, SANDBOX_REPLACE);
	sandbox_allow(sandbox, options.control_path, SANDBOX_REMOVE);
}

/*
 * PEERS is parsed inside. Ports and password files are not known before: until confine_to_peers,
 * any port may be connected to, and any file read.
 */
static void
confine(void)
{
	struct sandbox sandbox;

	sandbox_open(&sandbox, options.dry_run ? SANDBOX_NARROWS :
	    SANDBOX_NARROWS | SANDBOX_CONNECTS);
	sandbox_allow(&sandbox, "/", SANDBOX_READ);
	allow_own_files(&sandbox);
	sandbox_enter(&sandbox);
}

static void
allow_peer(struct sandbox *sandbox, const struct peer_config *p)
{
	ports[p->port] = true;
	if (p->password_file[0] != '\0')
		sandbox_allow(sandbox, p->password_file, SANDBOX_READ);
}

/*
 * At HUP the peers are read again: their passwords lie where they lay before, and their ports are
 * those of the start, or BGP's.
 */
static void
confine_to_peers(void)
{
	struct sandbox sandbox;

	sandbox_open(&sandbox, options.dry_run ? 0 : SANDBOX_CONNECTS);
	sandbox_allow(&sandbox, options.peers_path, SANDBOX_READ);
	ports[PEER_CONFIG_PORT] = true;
	for (size_t i = 0; i < links.n; i++)
		allow_peer(&sandbox, &links.links[i]->peer);
	for (unsigned port = 0; port <= UINT16_MAX; port++)
		if (ports[port])
			sandbox_allow_port(&sandbox, (uint16_t)port);
	allow_own_files(&sandbox);
	sandbox_narrow(&sandbox);
	links.ports = sandbox_limits_ports(&sandbox) ? ports : NULL;
}

/* At any exit, so that no socket is left behind. */
static void
stop_listening(void)
{
	control_close(&control);
}

static void
listen_for_questions(void)
{
	static struct lookup_host host = { .links = &links, .judge = judge };
	static struct service service;
	const char *why;

	if (options.control_path == NULL)
		return;
	host.rib = rib;
	service = lookup_service(&host);
	if ((why = control_open(&control, options.control_path, &service)) != NULL)
		log_die("--control %s: %s", options.control_path, why);
	atexit(stop_listening);
}

/* Before the sandbox; and signals are caught before anyone can connect. */
static void
open_all(void)
{
	filter_open(&filter, ROUTE_MAX - 1);
	loop_catch(SIGUSR2);
	stats.print = print_stats;
	listen_for_questions();
}

static void
drop_set(void *owner, uint32_t set)
{
	policy_drop(owner, set);
}

int
main(int argc, char **argv)
{
	int status;

	log_open("bgp-announce");
	policy_open(&policy, hash_seed());
	rib = ribout_new(hash_seed());
	ribout_on_drop(rib, drop_set, &policy);
	policy.on_unknown = note_unknown_key;
	us.sets = &policy.sets;
	links = (struct neighbors){ .us = &us, .rib = rib, .policy = &policy, .tell = tell };
	parse_options(argc, argv);
	if (!options.check_only)
		open_all();
	confine();
	read_peers();
	if (options.check_only)
		return 0;
	confine_to_peers();
	collect_own_addresses();
	status = options.dry_run ? show_updates() : run();
	neighbors_free(&links);
	ribout_free(rib);
	policy_free(&policy);
	addrset_free(&own);
	return status;
}
